"""What an execution is started with is kept and shown byte for byte as it was sent."""
import json
import signal
import uuid

import pytest

from server import running
from test_step_functions import FAIL, PASS, ROLE, WAIT, ended, refused

INPUT = '{ "a" : 1.0,\n "b": 1e3,\t"c" : "\\u0041\\/" }\n'
NESTED = json.dumps({"StartAt": "Start", "States": {"Start": {
    "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution", "End": True,
    "Parameters": {"StateMachineArn.$": "$.machine", "Name": "inner", "Input": INPUT}}}})


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


def make(sfn, definition):
    return sfn.create_state_machine(
        name=f"m-{uuid.uuid4()}", definition=definition, roleArn=ROLE)["stateMachineArn"]


def shown(sfn, execution):
    """What the description and the first two events show of an execution's input."""
    events = sfn.get_execution_history(executionArn=execution)["events"]
    return [
        sfn.describe_execution(executionArn=execution)["input"], events[0]["executionStartedEventDetails"]["input"],
        events[1]["stateEnteredEventDetails"]["input"]]


def test_the_input_is_shown_as_it_was_sent_and_read_as_what_it_is(sfn):
    arn = sfn.start_execution(stateMachineArn=make(sfn, PASS), input=INPUT)["executionArn"]
    output = ended(sfn, arn)["output"]
    assert shown(sfn, arn) == [INPUT] * 3
    assert json.loads(output) == {"a": 1.0, "b": 1000, "c": "A/"}


def test_an_execution_without_input_has_two_braces(sfn):
    arn = sfn.start_execution(stateMachineArn=make(sfn, PASS))["executionArn"]
    ended(sfn, arn)
    assert shown(sfn, arn) == ["{}"] * 3


def test_inputs_that_are_written_differently_are_the_same(sfn):
    machine = make(sfn, WAIT)
    first = sfn.start_execution(stateMachineArn=machine, name="e", input=INPUT)
    again = sfn.start_execution(stateMachineArn=machine, name="e", input=json.dumps(json.loads(INPUT)))
    assert again["executionArn"] == first["executionArn"] and again["startDate"] == first["startDate"]
    assert shown(sfn, first["executionArn"]) == [INPUT] * 3
    refused("ExecutionAlreadyExists", sfn.start_execution, stateMachineArn=machine, name="e", input="{}")
    sfn.stop_execution(executionArn=first["executionArn"])


def test_a_redrive_keeps_the_input(sfn):
    arn = sfn.start_execution(stateMachineArn=make(sfn, FAIL), input=INPUT)["executionArn"]
    ended(sfn, arn)
    sfn.redrive_execution(executionArn=arn)
    assert ended(sfn, arn)["redriveCount"] == 1
    assert shown(sfn, arn) == [INPUT] * 3


def test_the_input_that_a_task_gives_is_kept_as_it_is(sfn):
    inner = make(sfn, PASS)
    outer = sfn.start_execution(stateMachineArn=make(sfn, NESTED), input=json.dumps({"machine": inner}))
    output = ended(sfn, outer["executionArn"])
    assert output["status"] == "SUCCEEDED", output
    arn = json.loads(output["output"])["ExecutionArn"]
    ended(sfn, arn)
    assert shown(sfn, arn) == [INPUT] * 3


def test_spaces_count_towards_the_length_of_an_input(sfn):
    machine = make(sfn, PASS)
    longest = "{" + " " * 262_142 + "}"
    arn = sfn.start_execution(stateMachineArn=machine, input=longest)["executionArn"]
    assert ended(sfn, arn)["input"] == longest
    refused("ValidationException", sfn.start_execution, stateMachineArn=machine, input=longest + " ")


def test_the_input_outlives_the_process(program, tmp_path):
    with running(program, folder=str(tmp_path)) as server:
        sfn = server.client("stepfunctions")
        arn = sfn.start_execution(stateMachineArn=make(sfn, WAIT), input=INPUT)["executionArn"]
        server.stop(signal.SIGKILL)
    with running(program, folder=str(tmp_path)) as server:
        sfn = server.client("stepfunctions")
        assert shown(sfn, arn) == [INPUT] * 3
        sfn.stop_execution(executionArn=arn)
        assert shown(sfn, arn) == [INPUT] * 3
