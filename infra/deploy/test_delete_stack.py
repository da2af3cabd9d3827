"""Deletes stacks in moto, which is made to refuse what Lake Formation refuses.

    python -m pytest infra/deploy/test_delete_stack.py
"""

import json
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

sys.path.insert(0, str(Path(__file__).resolve().parent))

import delete_stack  # noqa: E402

REGION, ACCOUNT, STACK = "us-east-2", "123456789012", "core-account-cleanroom-create"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{STACK}-machine"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/lake-admin"
TRUST = {"Version": "2012-10-17", "Statement": []}

# As much of the service's template as deleting looks at; moto knows no Serverless transform.
TEMPLATE = {
    "Parameters": {"DataLakeAdmin": {"Type": "String", "Default": "true"}},
    "Resources": {
        "MachineRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {"RoleName": f"{STACK}-machine", "AssumeRolePolicyDocument": TRUST},
        },
        "CreateMachine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": STACK,
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                "DefinitionString": json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
            },
        },
    },
}


def refusal(operation, message):
    return ClientError({"Error": {"Code": "InvalidInputException", "Message": message}}, operation)


class Account:
    """An account of moto whose Lake Formation validates its settings (AWS-behaviour that moto lacks)."""

    def __init__(self):
        services = ["cloudformation", "stepfunctions", "lakeformation", "iam", "sts"]
        self.clients = {service: boto3.client(service, region_name=REGION) for service in services}
        self.lake, self.iam = self.clients["lakeformation"], self.clients["iam"]
        self.iam.create_role(RoleName="lake-admin", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.deaf, self.removals = False, 0
        events = self.lake.meta.events
        events.register("provide-client-params.lakeformation.PutDataLakeSettings", self.validate)
        events.register("after-call.lakeformation.GetDataLakeSettings", self.show_more)
        self.before = {
            "CreateDatabaseDefaultPermissions": [],
            "CreateTableDefaultPermissions": [
                {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}],
            "TrustedResourceOwners": ["210987654321"],
            "AllowExternalDataFiltering": True,
            "ExternalDataFilteringAllowList": [{"DataLakePrincipalIdentifier": "210987654321"}],
            "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
        }

    def validate(self, params, **_):
        settings = params["DataLakeSettings"]
        for one in settings["DataLakeAdmins"]:
            arn = one["DataLakePrincipalIdentifier"]
            try:
                self.iam.get_role(RoleName=arn.split("/")[-1])
            except self.iam.exceptions.NoSuchEntityException:
                raise refusal("PutDataLakeSettings", f"Invalid principal, arn: {arn}") from None
        if unknown := set(settings.get("Parameters", {})) - {"CROSS_ACCOUNT_VERSION"}:
            raise refusal("PutDataLakeSettings", f"Invalid parameter key {unknown}")
        if self.deaf:
            params["DataLakeSettings"] = {**settings, "DataLakeAdmins": self.listed()}
        return params

    def show_more(self, parsed, **_):
        parsed["DataLakeSettings"].setdefault("Parameters", {})["SET_CONTEXT"] = "TRUE"

    def listed(self):
        return self.settings()["DataLakeAdmins"]

    def settings(self):
        return self.lake.get_data_lake_settings()["DataLakeSettings"]

    def administrators(self):
        return [one["DataLakePrincipalIdentifier"] for one in self.listed()]

    def appoint(self, *arns):
        admins = [{"DataLakePrincipalIdentifier": arn} for arn in arns]
        self.lake.put_data_lake_settings(DataLakeSettings={**self.before, "DataLakeAdmins": admins})

    def deploy(self, **parameters):
        self.clients["cloudformation"].create_stack(
            StackName=STACK, TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])

    def remove(self):
        self.removals += 1
        self.clients["cloudformation"].delete_stack(StackName=STACK)
        return 0

    def delete(self, remove=None):
        return delete_stack.main(["sam"], self.clients, remove or self.remove)


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(delete_stack, "PAUSE", 0)
    with mock_aws():
        yield Account()


def test_the_role_is_off_the_list_before_it_is_deleted_and_everything_else_stays(account):
    account.deploy()
    account.appoint(OTHER, ROLE)
    seen = []
    assert account.delete(lambda: seen.extend(account.administrators()) or account.remove()) == 0
    assert seen == [OTHER] and account.administrators() == [OTHER]
    assert {name: account.settings()[name] for name in account.before if name != "Parameters"} == {
        name: value for name, value in account.before.items() if name != "Parameters"}
    assert account.settings()["Parameters"] == {"CROSS_ACCOUNT_VERSION": "4", "SET_CONTEXT": "TRUE"}
    # The next one who changes the settings is not refused.
    account.appoint(*account.administrators())


def test_without_it_the_deleted_role_stays_listed_and_every_later_change_is_refused(account):
    """What this is for: the account as it is left by deleting the stack alone."""
    account.deploy()
    account.appoint(OTHER, ROLE)
    account.remove()
    assert ROLE in account.administrators()
    with pytest.raises(ClientError, match="Invalid principal"):
        account.appoint(*account.administrators())


def test_while_the_role_still_reads_as_listed_nothing_is_deleted(account, capsys):
    account.deploy()
    account.appoint(OTHER, ROLE)
    account.deaf = True
    assert account.delete() == 2 and account.removals == 0
    assert "still reads as a data-lake administrator" in capsys.readouterr().err


def test_where_the_settings_cannot_be_put_nothing_is_deleted_and_the_reason_is_said(account, capsys):
    account.deploy()
    account.iam.create_role(RoleName="leaver", AssumeRolePolicyDocument=json.dumps(TRUST))
    account.appoint(f"arn:aws:iam::{ACCOUNT}:role/leaver", ROLE)
    account.iam.delete_role(RoleName="leaver")
    assert account.delete() == 2 and account.removals == 0
    assert "Invalid principal, arn: arn:aws:iam::123456789012:role/leaver" in capsys.readouterr().err


def test_settings_that_are_managed_elsewhere_are_not_changed(account, capsys):
    account.deploy(DataLakeAdmin="false")
    account.appoint(OTHER, ROLE)
    assert account.delete() == 2 and account.removals == 0 and account.administrators() == [OTHER, ROLE]
    assert "Take it off there" in capsys.readouterr().err
    account.appoint(OTHER)
    assert account.delete() == 0 and account.removals == 1


def test_what_runs_is_not_cut_off(account, capsys):
    account.deploy()
    account.appoint(OTHER, ROLE)
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}"
    account.clients["stepfunctions"].start_execution(stateMachineArn=machine, name="one", input="{}")
    assert account.delete() == 2 and account.removals == 0 and ROLE in account.administrators()
    assert "is running" in capsys.readouterr().err


def test_a_stack_that_was_not_deleted_after_all_keeps_its_administrator(account, capsys):
    account.deploy()
    account.appoint(OTHER, ROLE)
    assert account.delete(lambda: 1) == 1
    assert account.administrators() == [OTHER, ROLE]
    assert "is a data-lake administrator again" in capsys.readouterr().err


def test_a_role_that_is_not_listed_is_no_hindrance_and_a_stack_that_is_not_there_is_said(account, capsys):
    assert account.delete() == 2 and "cannot be read" in capsys.readouterr().err
    account.deploy()
    account.appoint(OTHER)
    assert account.delete() == 0 and account.removals == 1 and account.administrators() == [OTHER]


def test_what_an_earlier_deletion_left_behind_is_taken_off_too(account):
    """The role is gone, by hand, and still listed."""
    account.deploy()
    account.appoint(OTHER, ROLE)
    account.iam.delete_role(RoleName=f"{STACK}-machine")
    assert account.delete(lambda: 0) == 0 and account.administrators() == [OTHER]
