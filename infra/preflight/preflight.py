"""Looks whether an account has what a deployment needs, and changes nothing.

    python infra/preflight/preflight.py --parameter-overrides ApiAuthorization=name/id --region us-east-2

Takes the flags of `sam deploy`, and reads samconfig.toml. `--output json` prints a list instead of lines. A line each:
✓ as it has to be, ✗ wrong, ? could not be seen or cannot be told; below ✗ the command that mends it.

Exit code: 0 nothing is wrong, 1 something is, 2 could not run.
"""

import json
import sys
from dataclasses import asdict

import boto3
from botocore.exceptions import BotoCoreError

import lake
import limits
import places
from account import Account, ChangeRefused, Unreadable, make_clients
from findings import RIGHT, UNKNOWN, WRONG, Finding, checks_of
from parameters import UsageError, read_deployment

CHECKS = checks_of(lake, places, limits)


def run(name, function, account, deployment):
    """One check. What cannot be looked at, for whatever reason, is unknown, never right."""
    try:
        mark, found, mend = function(account, deployment)
        return Finding(mark, name, found, mend)
    except ChangeRefused:
        raise
    except Unreadable as reason:
        return Finding(UNKNOWN, name, str(reason))
    except Exception as error:  # noqa: BLE001 - an answer of another form than expected says nothing
        return Finding(UNKNOWN, name, f"could not be read: {type(error).__name__}: {error}")


def print_lines(findings):
    width = max(len(each.check) for each in findings)
    for each in findings:
        print(f"{each.mark} {each.check:<{width}}  {each.found}")
        if each.mend:
            print(f"  {'':<{width}}  → {each.mend}")
    counts = {mark: sum(each.mark == mark for each in findings) for mark in (RIGHT, WRONG, UNKNOWN)}
    print(f"{counts[RIGHT]} {RIGHT}, {counts[WRONG]} {WRONG}, {counts[UNKNOWN]} {UNKNOWN}")


def main(arguments, clients=None):
    try:
        deployment = read_deployment(arguments)
        clients = clients or make_clients(boto3.Session(
            profile_name=deployment.profile, region_name=deployment.region))
        account = Account(clients, deployment.profile)
    except (BotoCoreError, UsageError, Unreadable) as error:
        print(f"preflight: {error}", file=sys.stderr)
        return 2
    deployment, state = deployment.continued(account)
    findings = [run(name, function, account, deployment) for name, function in CHECKS]
    if any(pair == ("--output", "json") for pair in zip(arguments, arguments[1:])):
        print(json.dumps([asdict(each) for each in findings], indent=2, ensure_ascii=False))
    else:
        print(f"{account.caller} in {account.id}, {account.region}; {state}")
        print_lines(findings)
    return 1 if any(each.mark == WRONG for each in findings) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
