"""Every action of Step Functions that is served, through boto3, with its paginators and each of its errors."""
import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/test"
PASS = json.dumps({"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})
WAIT = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}})
FAIL = json.dumps({"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}})


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


@pytest.fixture
def machine(sfn):
    """Makes a machine of a definition."""
    made = []

    def make(definition=PASS, **arguments):
        name = f"m-{uuid.uuid4()}"
        arn = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE, **arguments)["stateMachineArn"]
        made.append(arn)
        return arn

    yield make
    for arn in made:
        sfn.delete_state_machine(stateMachineArn=arn)


def ended(sfn, arn, seconds=60):
    """The execution once it has ended. Step Functions has no waiter in boto3."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        description = sfn.describe_execution(executionArn=arn)
        if description["status"] != "RUNNING":
            return description
        time.sleep(0.002)
    raise AssertionError(f"{arn} has not ended")


def refused(code, call, **arguments):
    """Calls what has to be refused with a code, and gives the message."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    assert response["Error"]["Code"] == code, response["Error"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    return response["Error"]["Message"]


def request():
    request_id = str(uuid.uuid4())
    return request_id, {"requestId": request_id, "account": "111122223333", "database": "r" + uuid.uuid4().hex}


def own_machine(sfn):
    machines = sfn.list_state_machines()["stateMachines"]
    return next(m["stateMachineArn"] for m in machines if m["name"] == "core-account-cleanroom-create")


# The machines of the service itself


def test_the_machines_of_the_service_are_there_from_the_start_and_cannot_be_changed(sfn):
    names = {m["name"] for m in sfn.list_state_machines()["stateMachines"]}
    assert {"core-account-cleanroom-create", "core-account-cleanroom-create-recover"} <= names
    arn = own_machine(sfn)
    assert json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"])["StartAt"]
    refused("AccessDeniedException", sfn.update_state_machine, stateMachineArn=arn, definition=PASS)
    refused("AccessDeniedException", sfn.delete_state_machine, stateMachineArn=arn)


def test_a_request_makes_a_room_and_the_same_request_is_answered_with_it(sfn):
    arn = own_machine(sfn)
    name, body = request()
    first = sfn.start_execution(stateMachineArn=arn, name=name, input=json.dumps(body))
    description = ended(sfn, first["executionArn"])
    assert description["status"] == "SUCCEEDED", description
    assert json.loads(description["output"])["database"] == body["database"]
    assert description["startDate"].timestamp() <= description["stopDate"].timestamp()
    message = refused(
        "ExecutionAlreadyExists", sfn.start_execution, stateMachineArn=arn, name=name, input=json.dumps(body))
    assert message == f"Execution Already Exists: '{first['executionArn']}'"
    used = sfn.describe_state_machine_for_execution(executionArn=first["executionArn"])
    assert used["stateMachineArn"] == arn and used["definition"]


# Machines


def test_a_machine_is_made_once(sfn, machine):
    name = f"m-{uuid.uuid4()}"
    made = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    again = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    assert again["stateMachineArn"] == made["stateMachineArn"] and again["creationDate"] == made["creationDate"]
    # What is not given has the value that AWS gives it.
    again = sfn.create_state_machine(
        name=name, definition=PASS, roleArn=ROLE, type="STANDARD", loggingConfiguration={},
        tracingConfiguration={"enabled": False}, encryptionConfiguration={"type": "AWS_OWNED_KEY"})
    assert again["creationDate"] == made["creationDate"]
    for other in [
        {"definition": PASS.replace(" ", "")}, {"tracingConfiguration": {"enabled": True}},
        {"loggingConfiguration": {"includeExecutionData": True}},
    ]:
        refused(
            "StateMachineAlreadyExists", sfn.create_state_machine,
            **{"name": name, "definition": PASS, "roleArn": ROLE, **other})
    message = refused("StateMachineAlreadyExists", sfn.create_state_machine, name=name, definition=WAIT, roleArn=ROLE)
    assert made["stateMachineArn"] in message
    sfn.delete_state_machine(stateMachineArn=made["stateMachineArn"])
    refused("StateMachineDoesNotExist", sfn.describe_state_machine, stateMachineArn=made["stateMachineArn"])
    # What is not there is deleted without an error, as on AWS.
    sfn.delete_state_machine(stateMachineArn=made["stateMachineArn"])


def test_a_machine_that_is_made_again_keeps_its_role_and_its_tags(sfn, machine):
    name, tags = f"m-{uuid.uuid4()}", [{"key": "team", "value": "data"}]
    made = sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE, tags=tags)
    again = sfn.create_state_machine(
        name=name, definition=PASS, roleArn=ROLE + "-other", tags=[{"key": "team", "value": "lake"}])
    assert again["stateMachineArn"] == made["stateMachineArn"] and again["creationDate"] == made["creationDate"]
    assert sfn.describe_state_machine(stateMachineArn=made["stateMachineArn"])["roleArn"] == ROLE
    assert sfn.list_tags_for_resource(resourceArn=made["stateMachineArn"])["tags"] == tags
    sfn.delete_state_machine(stateMachineArn=made["stateMachineArn"])


def test_a_machine_that_was_never_updated_is_described_as_on_aws(sfn, machine):
    arn = machine(loggingConfiguration={})
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    for description in [
        sfn.describe_state_machine(stateMachineArn=arn),
        sfn.describe_state_machine_for_execution(executionArn=execution),
    ]:
        assert "revisionId" not in description
        assert description["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}
        assert description["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
        assert description["tracingConfiguration"] == {"enabled": False}


def test_a_revision_is_of_the_last_update_that_changed_something(sfn, machine):
    arn = machine()
    assert "revisionId" not in sfn.update_state_machine(stateMachineArn=arn, definition=PASS, roleArn=ROLE)
    assert "revisionId" not in sfn.describe_state_machine(stateMachineArn=arn)
    changes = [{"roleArn": ROLE + "-other"}, {"tracingConfiguration": {"enabled": True}}, {"definition": WAIT},
               {"definition": PASS}, {"roleArn": ROLE}]
    revisions = [sfn.update_state_machine(stateMachineArn=arn, **change)["revisionId"] for change in changes]
    assert len(set(revisions)) == len(changes)
    assert sfn.update_state_machine(stateMachineArn=arn, definition=PASS, roleArn=ROLE)["revisionId"] == revisions[-1]
    assert sfn.describe_state_machine(stateMachineArn=arn)["revisionId"] == revisions[-1]
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert sfn.describe_state_machine_for_execution(executionArn=execution)["revisionId"] == revisions[-1]


def test_a_machine_can_be_updated(sfn, machine):
    arn = machine(tags=[{"key": "team", "value": "data"}])
    before = sfn.describe_state_machine(stateMachineArn=arn)
    assert before["status"] == "ACTIVE" and before["type"] == "STANDARD" and before["roleArn"] == ROLE
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=FAIL)
    after = sfn.describe_state_machine(stateMachineArn=arn)
    assert json.loads(after["definition"]) == json.loads(FAIL)
    assert after["revisionId"] == updated["revisionId"] and "revisionId" not in before
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert ended(sfn, execution)["error"] == "Broken"
    refused("MissingRequiredParameter", sfn.update_state_machine, stateMachineArn=arn)
    refused(
        "InvalidLoggingConfiguration", sfn.update_state_machine, stateMachineArn=arn,
        loggingConfiguration={"level": "ALL"})
    refused("StateMachineDoesNotExist", sfn.update_state_machine, stateMachineArn=arn + "x", definition=PASS)


def test_an_execution_keeps_the_definition_that_it_began_with(sfn, machine):
    arn = machine(WAIT)
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    sfn.update_state_machine(stateMachineArn=arn, definition=PASS)
    used = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(used["definition"]) == json.loads(WAIT)
    sfn.stop_execution(executionArn=execution)


@pytest.mark.parametrize("code,arguments", [
    ("InvalidName", {"name": "with space"}), ("InvalidName", {"name": "with*star"}),
    ("ValidationException", {"name": "x" * 81}), ("InvalidArn", {"roleArn": "nobody"}),
    ("InvalidDefinition", {"definition": "{"}), ("InvalidDefinition", {"definition": "{}"}),
    ("InvalidDefinition", {"definition": PASS.replace("Pass\", \"End", "Nonsense\", \"End")}),
    ("InvalidDefinition", {"definition": PASS.replace('"StartAt": "Pass"', '"StartAt": ""')}),
    ("StateMachineTypeNotSupported", {"type": "EXPRESS"}),
    ("InvalidLoggingConfiguration", {"loggingConfiguration": {"level": "ERROR"}}),
    ("ValidationException", {"versionDescription": "without publish"}),
    ("TooManyTags", {"tags": [{"key": str(i), "value": ""} for i in range(51)]}),
])
def test_what_a_machine_cannot_be_made_of_is_refused_by_its_name(sfn, code, arguments):
    refused(code, sfn.create_state_machine, **{"name": "m", "definition": PASS, "roleArn": ROLE, **arguments})


def test_machines_are_listed_page_by_page(sfn, machine):
    made = {machine() for _ in range(5)}
    pages = list(sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["stateMachines"]) <= 2 for page in pages)
    listed = [m["stateMachineArn"] for page in pages for m in page["stateMachines"]]
    assert made <= set(listed) and len(listed) == len(set(listed))
    refused("InvalidToken", sfn.list_state_machines, nextToken="nonsense")


def test_tags_are_added_replaced_and_taken_away(sfn, machine):
    arn = machine(tags=[{"key": "team", "value": "data"}])
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "lake"}, {"key": "cost", "value": "7"}])
    tags = {t["key"]: t["value"] for t in sfn.list_tags_for_resource(resourceArn=arn)["tags"]}
    assert tags == {"team": "lake", "cost": "7"}
    sfn.untag_resource(resourceArn=arn, tagKeys=["cost"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "lake"}]
    refused("ResourceNotFound", sfn.list_tags_for_resource, resourceArn=arn + "x")
    refused("ResourceNotFound", sfn.tag_resource, resourceArn=arn + "x", tags=[])
    refused(
        "TooManyTags", sfn.tag_resource, resourceArn=arn, tags=[{"key": str(i), "value": ""} for i in range(51)])


def test_a_definition_is_validated(sfn):
    assert sfn.validate_state_machine_definition(definition=PASS)["result"] == "OK"
    bad = sfn.validate_state_machine_definition(definition=json.dumps({"StartAt": "A", "States": {}}))
    assert bad["result"] == "FAIL" and bad["truncated"] is False
    for diagnostic in bad["diagnostics"]:
        assert diagnostic["severity"] == "ERROR" and diagnostic["code"] and diagnostic["message"]


def test_a_definition_without_a_start_has_one_diagnostic(sfn):
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}}
    bad = sfn.validate_state_machine_definition(definition=json.dumps({"States": states}))
    assert bad["result"] == "FAIL" and bad["diagnostics"] == [{
        "severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "location": "/",
        "message": "These fields are required: [StartAt]"}]


# Lists


def test_the_token_of_a_list_has_the_length_that_aws_allows(sfn, machine):
    arn = machine()
    lists = [
        (3096, lambda token: sfn.list_executions(stateMachineArn=arn, nextToken=token)),
        (1024, lambda token: sfn.list_state_machines(nextToken=token)),
    ]
    for longest, page in lists:
        refused("InvalidToken", page, token="x" * longest)
        message = refused("ValidationException", page, token="x" * (longest + 1))
        assert "at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to " + str(
            longest) in message


# Executions


def test_an_execution_is_idempotent_by_name_while_it_runs(sfn, machine):
    arn = machine(WAIT)
    first = sfn.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    again = sfn.start_execution(stateMachineArn=arn, name="one", input='{"a":1}')
    assert again["executionArn"] == first["executionArn"] and again["startDate"] == first["startDate"]
    refused("ExecutionAlreadyExists", sfn.start_execution, stateMachineArn=arn, name="one", input='{"a": 2}')
    stopped = sfn.stop_execution(executionArn=first["executionArn"], error="Enough", cause="of this")
    description = sfn.describe_execution(executionArn=first["executionArn"])
    assert description["status"] == "ABORTED" and description["error"] == "Enough"
    assert description["cause"] == "of this" and description["stopDate"] == stopped["stopDate"]
    refused("ExecutionAlreadyExists", sfn.start_execution, stateMachineArn=arn, name="one", input='{"a": 1}')


@pytest.mark.parametrize("code,arguments", [
    ("StateMachineDoesNotExist", {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:nobody"}),
    ("InvalidArn", {"stateMachineArn": "nonsense"}),
    ("InvalidArn", {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:execution:a:b"}),
    ("InvalidName", {"name": "a b"}), ("InvalidExecutionInput", {"input": "{"}),
    ("ValidationException", {"input": json.dumps("x" * 262_144)}),
])
def test_what_cannot_be_started_is_refused_by_its_name(sfn, machine, code, arguments):
    refused(code, sfn.start_execution, **{"stateMachineArn": machine(), **arguments})


def test_executions_are_listed_newest_first_by_status_and_page_by_page(sfn, machine):
    arn = machine()
    names = [f"e{i}" for i in range(7)]
    for name in names:
        ended(sfn, sfn.start_execution(stateMachineArn=arn, name=name)["executionArn"])
    sfn.update_state_machine(stateMachineArn=arn, definition=WAIT)
    running = sfn.start_execution(stateMachineArn=arn, name="running")["executionArn"]
    pages = list(
        sfn.get_paginator("list_executions").paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 3}))
    assert [len(page["executions"]) for page in pages] == [3, 3, 2]
    assert [e["name"] for page in pages for e in page["executions"]] == ["running", *reversed(names)]
    assert [e["name"] for e in sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]] == [
        "running"]
    assert len(sfn.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]) == 7
    assert sfn.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"] == []
    refused("InvalidToken", sfn.list_executions, stateMachineArn=arn, nextToken="nonsense")
    refused("StateMachineDoesNotExist", sfn.list_executions, stateMachineArn=arn + "x")
    sfn.stop_execution(executionArn=running)


def test_the_history_is_told_in_both_directions_and_without_data(sfn, machine):
    arn = sfn.start_execution(stateMachineArn=machine(), input='{"a": 1}')["executionArn"]
    ended(sfn, arn)
    events = sfn.get_execution_history(executionArn=arn)["events"]
    assert [e["type"] for e in events] == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert [e["id"] for e in events] == [1, 2, 3, 4]
    assert json.loads(events[0]["executionStartedEventDetails"]["input"]) == {"a": 1}
    assert events[0]["executionStartedEventDetails"]["roleArn"] == ROLE
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=arn, reverseOrder=True, PaginationConfig={"PageSize": 3})
    assert [e["id"] for page in pages for e in page["events"]] == [4, 3, 2, 1]
    bare = sfn.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "input" not in bare[0]["executionStartedEventDetails"]
    assert "output" not in bare[3]["executionSucceededEventDetails"]
    refused("InvalidToken", sfn.get_execution_history, executionArn=arn, nextToken="nonsense")
    refused("ExecutionDoesNotExist", sfn.get_execution_history, executionArn=arn + "x")


def test_an_execution_can_be_described_without_its_data(sfn, machine):
    arn = sfn.start_execution(stateMachineArn=machine())["executionArn"]
    ended(sfn, arn)
    assert "input" not in sfn.describe_execution(executionArn=arn, includedData="METADATA_ONLY")
    refused("ExecutionDoesNotExist", sfn.describe_execution, executionArn=arn + "x")
    refused("InvalidArn", sfn.describe_execution, executionArn="nonsense")
    refused("ExecutionDoesNotExist", sfn.describe_state_machine_for_execution, executionArn=arn + "x")
    used = sfn.describe_state_machine_for_execution(executionArn=arn, includedData="METADATA_ONLY")
    assert used["stateMachineArn"] and "definition" not in used


def test_a_failed_execution_can_be_redriven(sfn, machine):
    arn = sfn.start_execution(stateMachineArn=machine(FAIL))["executionArn"]
    assert ended(sfn, arn)["redriveStatus"] == "REDRIVABLE"
    assert sfn.redrive_execution(executionArn=arn)["redriveDate"]
    description = ended(sfn, arn)
    assert description["status"] == "FAILED" and description["redriveCount"] == 1
    assert "ExecutionRedriven" in [e["type"] for e in sfn.get_execution_history(executionArn=arn)["events"]]
    own = arn.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")
    assert len(sfn.list_executions(stateMachineArn=own, redriveFilter="REDRIVEN")["executions"]) == 1
    assert sfn.list_executions(stateMachineArn=own, redriveFilter="NOT_REDRIVEN")["executions"] == []
    succeeded = sfn.start_execution(stateMachineArn=machine())["executionArn"]
    ended(sfn, succeeded)
    refused("ExecutionNotRedrivable", sfn.redrive_execution, executionArn=succeeded)
    refused("ExecutionDoesNotExist", sfn.redrive_execution, executionArn=arn + "x")


def test_stopping_what_has_ended_or_is_not_there(sfn, machine):
    arn = sfn.start_execution(stateMachineArn=machine())["executionArn"]
    stopped = ended(sfn, arn)["stopDate"]
    assert sfn.stop_execution(executionArn=arn)["stopDate"] == stopped
    refused("ExecutionDoesNotExist", sfn.stop_execution, executionArn=arn + "x")


def test_an_action_that_is_not_there_says_so(sfn):
    message = refused("UnknownOperationException", sfn.create_activity, name="a")
    assert "CreateActivity" in message
