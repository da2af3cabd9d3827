"""What only the recovery says to itself, said by a client: it is refused, and a request is recovered and told all the same."""
import hashlib
import json
import time
import uuid

import botocore.exceptions
import pytest

from server import running
from test_json_api import get, post

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:core-account-cleanroom-create"
RECOVERY = MACHINE + "-recover"


@pytest.fixture(scope="module")
def server(program):
    with running(program) as server:
        yield server


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


def recovery_name(arn):
    return "recover-" + hashlib.sha256(arn.encode()).hexdigest()


ARN = MACHINE.replace(":stateMachine:", ":execution:") + ":6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"


@pytest.mark.parametrize("name,given", [
    (recovery_name(ARN), {}),
    (recovery_name(ARN), {"executionArn": ARN}),
    ("any", {}),
    ("any", {"executionArn": ARN, "recover": True, "attempt": 1, "histories": {"arn": ARN}}),
    ("any", {"executionArn": ARN, "pad": 1}),
    ("any", {"executionArn": "x" * 2000}),
    ("any", {"recover": True, "pad": "x" * 200_000}),
    ("any", {"recover": True, "executionArn": "x", "attempt": -1e300, "histories": {}}),
    ("any", {"sweep": True, "recover": True}),
    ("any", {"sweep": False}),
], ids=range(10))
def test_a_recovery_is_not_to_be_forged(sfn, name, given):
    with pytest.raises(botocore.exceptions.ClientError) as refusal:
        sfn.start_execution(stateMachineArn=RECOVERY, name=name, input=json.dumps(given))
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "sweep" in refusal.value.response["Error"]["Message"]


@pytest.mark.parametrize("given", [{"sweep": True}, {"executionArn": ARN}], ids=["sweep", "one"])
def test_an_operator_may_ask_for_a_sweep_and_for_one_execution(sfn, given):
    execution = sfn.start_execution(
        stateMachineArn=RECOVERY, name=f"by-hand-{uuid.uuid4()}", input=json.dumps(given))["executionArn"]
    for _ in range(600):
        if (status := sfn.describe_execution(executionArn=execution)["status"]) != "RUNNING":
            break
        time.sleep(0.05)
    assert status == ("SUCCEEDED" if "sweep" in given else "FAILED")


def test_an_execution_of_another_machine_under_the_name_of_a_recovery_changes_no_outcome(server, sfn):
    request = {"requestId": str(uuid.uuid4()), "account": "111122223333", "database": "forged_name"}
    post(server, request)
    told = get(server, f"/v1/requests/{request['requestId']}?wait=20").json()
    assert told["status"] == "SUCCEEDED"
    # The machine that makes rooms takes any name, that of the recovery of this request among them.
    name = recovery_name(told["executionArn"])
    other = sfn.start_execution(
        stateMachineArn=MACHINE, name=name, input=json.dumps({**request, "database": "bad name!"}))["executionArn"]
    for _ in range(600):
        if sfn.describe_execution(executionArn=other)["status"] != "RUNNING":
            break
        time.sleep(0.05)
    again = get(server, f"/v1/requests/{request['requestId']}").json()
    assert (again["status"], again["outcome"]) == ("SUCCEEDED", told["outcome"])
    assert "recoveredBy" not in again
