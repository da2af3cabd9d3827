"""Holds the policy of the machines' role in the template against what the tasks of the machines need.

`make compile` derives out/policy.json from what AWS requires behind each call; an action, resource or condition too few
or too many is named, and each of ten plausible ones added has to be. That what is derived is right is shown by the runs
(`simulate --role`), where each permission taken away has to make one fail.

    python infra/checks/check_policies.py
"""

import json
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra/step_function/template.yml"
POLICY = ROOT / "out/policy.json"

EXTRAS = [
    ("glue:DeleteTable", "*"), ("s3:DeleteObject", "arn:${Partition}:s3:::${Bucket}/*"), ("iam:CreateRole", "*"),
    ("lakeformation:PutDataLakeSettings", "*"), ("athena:*", "*"), ("states:StopExecution", "*"),
    ("secretsmanager:PutSecretValue", "*"), ("s3:GetObject", "arn:${Partition}:s3:::${Bucket}/*"),
    ("glue:GetTable", "*"), ("states:StartExecution", "arn:${Partition}:states:${Region}:${AccountId}:stateMachine:*"),
]


def plain(value):
    """A value of the template as a text, its CloudFormation functions replaced by the names that the compiler uses."""
    if isinstance(value, str):
        return value.replace("${AWS::", "${")
    if isinstance(value, list):
        return [plain(element) for element in value]
    if "Ref" in value:
        return "${" + value["Ref"].removeprefix("AWS::") + "}"
    if "Fn::Sub" in value:
        return plain(value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0])
    if "Fn::If" in value and value["Fn::If"][0] == "MakesLocationRole":
        return "${LocationRoleArn}"
    return {name: plain(member) for name, member in value.items()}


def rights(statements):
    """The single rights that statements give: action, resource and condition."""
    found = set()
    for statement in statements:
        if statement["Effect"] != "Allow":
            raise SystemExit(f"a statement denies: {statement}")
        condition = json.dumps(plain(statement.get("Condition", {})), sort_keys=True)
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                found.add((action, plain(resource), condition))
    return found


def differences(needed, given):
    """What is wrong, a line each."""
    few = [f"too few: {a} on {r}{'' if c == '{}' else ' when ' + c}" for a, r, c in sorted(needed - given)]
    many = [f"too many: {a} on {r}{'' if c == '{}' else ' when ' + c}" for a, r, c in sorted(given - needed)]
    return few + many


def main():
    policy = json.loads(POLICY.read_text())
    template = yaml_parse(TEMPLATE.read_text())
    role = template["Resources"]["MachineRole"]["Properties"]
    statements = [s for p in role["Policies"] for s in p["PolicyDocument"]["Statement"]]
    needed, given = rights(policy["Statement"]), rights(statements)
    passed = failed = 0

    def check(name, problems):
        nonlocal passed, failed
        passed, failed = passed + (not problems), failed + bool(problems)
        print(f"{'ok    ' if not problems else 'FAILED'} {name}", *problems, sep="\n         ")

    check("the role has what the tasks need, and nothing besides", differences(needed, given))
    for action, resource in EXTRAS:
        mutant = rights(statements + [{"Effect": "Allow", "Action": [action], "Resource": [resource]}])
        named = any(line.startswith(f"too many: {action} ") for line in differences(needed, mutant))
        check(f"{action} added is found", [] if named else ["it is not"])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
