"""The alias of the service's own machine, by which callers start it."""
import json
import uuid

import pytest

from test_step_functions import PASS, ROLE, ended, own_machine, refused, request


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


@pytest.fixture(scope="module")
def own(sfn):
    return own_machine(sfn)


def make_room(sfn, arn):
    name, body = request()
    execution = sfn.start_execution(stateMachineArn=arn, name=name, input=json.dumps(body))["executionArn"]
    return ended(sfn, execution)


def names(executions):
    return [e["name"] for e in executions["executions"]]


def test_an_execution_that_is_started_by_the_alias_names_it_and_its_version(sfn, own):
    expected = [
        (own, {}), (f"{own}:1", {"stateMachineVersionArn": f"{own}:1"}),
        (f"{own}:live", {"stateMachineVersionArn": f"{own}:1", "stateMachineAliasArn": f"{own}:live"}),
    ]
    for arn, qualifiers in expected:
        description = make_room(sfn, arn)
        assert description["status"] == "SUCCEEDED", description
        assert description["stateMachineArn"] == own
        execution = description["executionArn"]
        assert execution == f"{own.replace(':stateMachine:', ':execution:')}:{description['name']}"
        listed = next(e for e in sfn.list_executions(stateMachineArn=own)["executions"]
                      if e["executionArn"] == execution)
        started = sfn.get_execution_history(executionArn=execution)["events"][0]["executionStartedEventDetails"]
        for shown in [description, listed, started]:
            assert {k: v for k, v in shown.items() if k in (
                "stateMachineVersionArn", "stateMachineAliasArn")} == qualifiers
        used = sfn.describe_state_machine_for_execution(executionArn=execution)
        assert used["stateMachineArn"] == own


def test_executions_are_listed_by_alias_and_by_version(sfn, own):
    plain, by_version, by_alias = [make_room(sfn, arn)["name"] for arn in [own, f"{own}:1", f"{own}:live"]]
    all_names, alias_names, version_names = [
        names(sfn.list_executions(stateMachineArn=arn)) for arn in [own, f"{own}:live", f"{own}:1"]]
    assert all_names[:3] == [by_alias, by_version, plain]
    assert alias_names[0] == by_alias and not {plain, by_version} & set(alias_names)
    assert version_names[:2] == [by_alias, by_version] and plain not in version_names
    assert names(sfn.list_executions(stateMachineArn=f"{own}:live", statusFilter="SUCCEEDED")) == alias_names
    assert names(sfn.list_executions(stateMachineArn=f"{own}:live", statusFilter="FAILED")) == []
    for arn, expected in [(own, all_names), (f"{own}:live", alias_names), (f"{own}:1", version_names)]:
        pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 1})
        assert [name for page in pages for name in names(page)] == expected
    token = sfn.list_executions(stateMachineArn=f"{own}:1", maxResults=1)["nextToken"]
    refused("InvalidToken", sfn.list_executions, stateMachineArn=own, nextToken=token)


def test_a_name_is_in_use_however_the_machine_is_named(sfn, own):
    name, body = request()
    first = sfn.start_execution(stateMachineArn=f"{own}:live", name=name, input=json.dumps(body))["executionArn"]
    ended(sfn, first)
    for arn in [own, f"{own}:1", f"{own}:live"]:
        message = refused(
            "ExecutionAlreadyExists", sfn.start_execution, stateMachineArn=arn, name=name, input=json.dumps(body))
        assert message == f"Execution Already Exists: '{first}'"


def test_a_machine_is_described_by_its_alias_as_the_version_that_runs(sfn, own):
    plain = sfn.describe_state_machine(stateMachineArn=own)
    for arn in [f"{own}:live", f"{own}:1"]:
        described = sfn.describe_state_machine(stateMachineArn=arn)
        assert described["stateMachineArn"] == f"{own}:1"
        for member in ["name", "status", "definition", "roleArn", "type"]:
            assert described[member] == plain[member]


def test_the_alias_and_the_version_are_described(sfn, own):
    alias = sfn.describe_state_machine_alias(stateMachineAliasArn=f"{own}:live")
    assert alias["stateMachineAliasArn"] == f"{own}:live" and alias["name"] == "live"
    assert alias["routingConfiguration"] == [{"stateMachineVersionArn": f"{own}:1", "weight": 100}]
    assert alias["creationDate"] <= alias["updateDate"]
    aliases = sfn.list_state_machine_aliases(stateMachineArn=own)["stateMachineAliases"]
    assert aliases == [{"stateMachineAliasArn": f"{own}:live", "creationDate": alias["creationDate"]}]
    versions = sfn.list_state_machine_versions(stateMachineArn=own)["stateMachineVersions"]
    assert [v["stateMachineVersionArn"] for v in versions] == [f"{own}:1"]
    refused("InvalidToken", sfn.list_state_machine_aliases, stateMachineArn=own, nextToken="x")
    refused("InvalidToken", sfn.list_state_machine_versions, stateMachineArn=own, nextToken="x")


def test_what_is_no_alias_and_no_version_is_not_there(sfn, own):
    other = sfn.create_state_machine(name=f"m-{uuid.uuid4()}", definition=PASS, roleArn=ROLE)["stateMachineArn"]
    # Nobody starts a recovery but the rules, so that it has none.
    absent = ["dead", "0", "2", "01"]
    for arn in [*(f"{own}:{name}" for name in absent), f"{own}-recover:live", f"{other}:live", f"{other}:1"]:
        for call in [sfn.start_execution, sfn.list_executions, sfn.describe_state_machine]:
            assert arn in refused("StateMachineDoesNotExist", call, stateMachineArn=arn)
        refused("ResourceNotFound", sfn.describe_state_machine_alias, stateMachineAliasArn=arn)
    refused("ResourceNotFound", sfn.describe_state_machine_alias, stateMachineAliasArn=own)
    refused("InvalidArn", sfn.describe_state_machine_alias, stateMachineAliasArn="nonsense")
    for machine in [other, f"{own}-recover"]:
        assert sfn.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"] == []
        assert sfn.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"] == []
    refused("StateMachineDoesNotExist", sfn.list_state_machine_aliases, stateMachineArn=other + "x")
    refused("StateMachineDoesNotExist", sfn.update_state_machine, stateMachineArn=f"{own}:live", definition=PASS)
    sfn.delete_state_machine(stateMachineArn=f"{own}:live")
    assert sfn.describe_state_machine(stateMachineArn=own)["status"] == "ACTIVE"
