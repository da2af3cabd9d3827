"""Removes the stack, and takes its role off the data-lake administrators first.

    python infra/deploy/delete_stack.py SAM [FLAG…]

CloudFormation leaves the administrators alone (DeletionPolicy: Retain), because they are everybody's. But a role that is
deleted while it is listed stays listed, and from then on every PutDataLakeSettings of the account is refused with
"Invalid principal" (https://github.com/aws/aws-cdk/issues/19492). So the role goes off the list while it exists, and the
stack is not touched before a read shows that it is off. Nobody else is taken off.

Exit code: 0 the stack is gone, 1 it is not, 2 nothing was tried.
"""

import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from sam_flags import Call, UsageError  # noqa: E402

SAMCONFIG = ROOT / "infra/step_function/samconfig.toml"
# The only parameter that PutDataLakeSettings takes; a read may show others, and putting them back is refused.
# https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_DataLakeSettings.html
PUTTABLE = ["CROSS_ACCOUNT_VERSION"]
MACHINES = "AWS::StepFunctions::StateMachine"
# Seconds between two looks, and how many: what is read may lag behind what was written.
PAUSE, LOOKS = 3, 20


class CannotDelete(Exception):
    """Why the stack was left as it is."""


def administrators(settings):
    return [one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins", [])]


def put(lake, settings, admins):
    """Puts everything back as it was read, but for the administrators: what is not said is emptied."""
    kept = {name: value for name, value in settings.get("Parameters", {}).items() if name in PUTTABLE}
    changed = {
        **{name: value for name, value in settings.items() if name != "Parameters"},
        "DataLakeAdmins": [{"DataLakePrincipalIdentifier": one} for one in admins],
        **({"Parameters": kept} if kept else {}),
    }
    lake.put_data_lake_settings(DataLakeSettings=changed)


def take_off(lake, role):
    """Takes a role off the administrators; whether it was on."""
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    if role not in administrators(settings):
        return False
    try:
        put(lake, settings, [one for one in administrators(settings) if one != role])
    except ClientError as error:
        raise CannotDelete(
            f"{role} could not be taken off the data-lake administrators ({error}). Nothing was deleted. "
            "'Invalid principal' means that another one of them does not exist any more: take that off first.") from error
    for _ in range(LOOKS):
        if role not in administrators(lake.get_data_lake_settings()["DataLakeSettings"]):
            return True
        time.sleep(PAUSE)
    raise CannotDelete(f"{role} still reads as a data-lake administrator. Nothing was deleted; try again.")


def put_back(lake, role):
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    if role not in administrators(settings):
        put(lake, settings, [*administrators(settings), role])


def look_up(clients, stack):
    """The role of the machines, the ARNs of the machines, and whether the template keeps the administrators."""
    try:
        resources = [
            resource
            for page in clients["cloudformation"].get_paginator("list_stack_resources").paginate(StackName=stack)
            for resource in page["StackResourceSummaries"]
        ]
        parameters = clients["cloudformation"].describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    except ClientError as error:
        raise CannotDelete(f"the stack {stack} cannot be read: {error}") from error
    role = next((one.get("PhysicalResourceId") for one in resources if one["LogicalResourceId"] == "MachineRole"), None)
    machines = [one["PhysicalResourceId"] for one in resources if one["ResourceType"] == MACHINES]
    elsewhere = any(one["ParameterKey"] == "DataLakeAdmin" and one["ParameterValue"] == "false" for one in parameters)
    return role, machines, elsewhere


def require_idle(clients, machines):
    """What runs would lose its rights where it stands, and could neither go on nor undo."""
    for machine in machines:
        running = clients["stepfunctions"].list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        if running:
            raise CannotDelete(f"{running[0]['executionArn']} is running. Nothing was deleted; wait until it has ended.")


def delete(clients, stack, remove):
    """Takes the role off, has the stack removed, and puts the role back where the stack stands after all."""
    role_name, machines, elsewhere = look_up(clients, stack)
    arn = was_on = None
    if role_name:
        require_idle(clients, machines)
        try:
            arn = clients["iam"].get_role(RoleName=role_name)["Role"]["Arn"]
        except clients["iam"].exceptions.NoSuchEntityException:
            account = clients["sts"].get_caller_identity()
            arn = f"arn:{account['Arn'].split(':')[1]}:iam::{account['Account']}:role/{role_name}"
        lake = clients["lakeformation"]
        if elsewhere and arn in administrators(lake.get_data_lake_settings()["DataLakeSettings"]):
            raise CannotDelete(
                f"{arn} is a data-lake administrator, and DataLakeAdmin=false says that they are managed elsewhere. "
                "Take it off there. Nothing was deleted.")
        was_on = take_off(lake, arn)
        print(f"{arn} {'was taken off' if was_on else 'is not among'} the data-lake administrators.", flush=True)
    code = remove()
    if code and was_on:
        # A deployment would not put it back: to CloudFormation, nothing has changed.
        try:
            clients["iam"].get_role(RoleName=role_name)
            put_back(lake, arn)
            print(f"The stack was not deleted, so {arn} is a data-lake administrator again.", file=sys.stderr)
        except clients["iam"].exceptions.NoSuchEntityException:
            pass
    return code


def main(arguments, clients=None, remove=None):
    try:
        sam, *words = arguments
        call = Call(words, SAMCONFIG, Path.cwd())
        stack = call.setting("delete", "--stack-name")
        if not stack:
            raise CannotDelete(f"no stack name is given, neither with flags nor in {call.path}")
        if not clients:
            session = boto3.Session(
                profile_name=call.setting("delete", "--profile"), region_name=call.setting("delete", "--region"))
            services = ["cloudformation", "stepfunctions", "lakeformation", "iam", "sts"]
            clients = {service: session.client(service) for service in services}
        command = [sam, *call.arguments("delete", "--no-prompts")]
        code = delete(clients, stack, remove or (lambda: subprocess.run(command).returncode))
        return 1 if code else 0
    except (CannotDelete, UsageError, BotoCoreError, ClientError) as problem:
        print(f"make: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
