"""How much clients may have running and in memory, and what a page of a history costs."""
import http.server
import json
import threading
import uuid

import pytest

from server import running
from test_access_and_limits import fetch
from test_step_functions import ROLE, WAIT, ended, own_machine, refused, request

LIMIT = 20


@pytest.fixture(scope="module")
def server(program):
    environment = {"CLEANROOM_MAXIMUM_EXECUTIONS": str(LIMIT), "CLEANROOM_MAXIMUM_START_DEPTH": "2"}
    with running(program, environment=environment) as server:
        yield server


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


def machine(sfn, definition, name=None):
    return sfn.create_state_machine(
        name=name or f"m-{uuid.uuid4()}", definition=definition, roleArn=ROLE)["stateMachineArn"]


def resident(server):
    """How many bytes of memory the server has."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def test_one_execution_too_many_is_refused_and_the_services_own_go_on(sfn):
    waiting = machine(sfn, WAIT)
    started = [sfn.start_execution(stateMachineArn=waiting)["executionArn"] for _ in range(LIMIT)]
    message = refused("ExecutionLimitExceeded", sfn.start_execution, stateMachineArn=waiting)
    assert "maximum number of running executions" in message
    assert f"{LIMIT} of clients' machines run, and maximumExecutions is {LIMIT}" in message
    request_id, content = request()
    execution = sfn.start_execution(stateMachineArn=own_machine(sfn), name=request_id, input=json.dumps(content))["executionArn"]
    assert ended(sfn, execution)["status"] == "SUCCEEDED"
    for arn in started:
        sfn.stop_execution(executionArn=arn)
    assert sfn.stop_execution(
        executionArn=sfn.start_execution(stateMachineArn=waiting)["executionArn"])["stopDate"]


def test_a_machine_that_starts_itself_twice_ends(sfn):
    name = f"m-{uuid.uuid4()}"
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
            "Parameters": {"StateMachineArn": arn, "Input": "{}"}}
    machine(sfn, json.dumps({"StartAt": "A", "States": {"A": {**task, "Next": "B"}, "B": {**task, "End": True}}}), name)
    ended(sfn, sfn.start_execution(stateMachineArn=arn)["executionArn"])
    for _ in range(400):
        executions = sfn.list_executions(stateMachineArn=arn)["executions"]
        if len(executions) == 7 and all(e["status"] != "RUNNING" for e in executions):
            break
    assert sorted(e["status"] for e in executions) == ["FAILED"] * 4 + ["SUCCEEDED"] * 3


def test_metrics_do_not_grow_with_the_states_of_clients(sfn, server):
    def sizes():
        text = fetch(server, "/metrics")[1]
        return len(text), text.count("\n")

    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
            "Parameters": {"ExecutionArn": "x"}}

    def run():
        names = [f"State-{uuid.uuid4()}" for _ in range(300)]
        states = {}
        for state, following in zip(names, names[1:] + ["End"]):
            catch = [{"ErrorEquals": ["States.ALL"], "Next": following}]
            states[state] = {**task, "Catch": catch, "Next": following}
        states["End"] = {"Type": "Succeed"}
        arn = machine(sfn, json.dumps({"StartAt": names[0], "States": states}))
        assert ended(sfn, sfn.start_execution(stateMachineArn=arn)["executionArn"])["status"] == "SUCCEEDED"

    run()
    size, lines = sizes()
    for _ in range(3):
        run()
    assert sizes()[1] <= lines + 20 and sizes()[0] < size + 2000


def test_what_waits_takes_little_more_than_its_text(sfn, server):
    """Each was 5.5 MB: 20 of them a hundred."""
    waiting = machine(sfn, WAIT)
    data = json.dumps({"a": [[0]] * 32_500}, separators=(",", ":"))
    warm = sfn.start_execution(stateMachineArn=waiting, input=data)["executionArn"]
    sfn.describe_execution(executionArn=warm)
    before = resident(server)
    started = [sfn.start_execution(stateMachineArn=waiting, input=data)["executionArn"] for _ in range(LIMIT - 1)]
    for arn in started:
        assert sfn.describe_execution(executionArn=arn, includedData="METADATA_ONLY")["status"] == "RUNNING"
    assert resident(server) - before < 50_000_000
    for arn in [warm, *started]:
        sfn.stop_execution(executionArn=arn)


def test_answers_that_nobody_takes_hold_little_more_than_their_requests(program, tmp_path):
    """Each took nine megabytes: 60 of them 540, and as much again after each start."""
    count, wrapper = 60, tmp_path / "cleanroom"
    wrapper.write_text(f'#!/bin/sh\nulimit -v 3000000\nexec {program} "$@"\n')
    wrapper.chmod(0o755)
    receiver = Refusing()
    environment = {
        "CLEANROOM_API_ENDPOINT": f"http://127.0.0.1:{receiver.server_address[1]}",
        "CLEANROOM_MAXIMUM_EXECUTIONS": str(count)}
    data = json.dumps({"requestId": "x", "pad": [[0]] * 62_000}, separators=(",", ":"))
    folder = str(tmp_path)
    with running(wrapper, environment=environment, folder=folder) as server:
        sfn = server.client("stepfunctions")
        own = own_machine(sfn)
        sfn.start_execution(stateMachineArn=own, input=data)
        before = resident(server)
        for _ in range(count - 1):
            sfn.start_execution(stateMachineArn=own, input=data)
        refused("ExecutionLimitExceeded", sfn.start_execution, stateMachineArn=own, input=data)
        assert resident(server) - before < 200_000_000
        assert a_room_is_made(sfn)
    with running(wrapper, environment=environment, folder=folder) as server:
        sfn = server.client("stepfunctions")
        assert a_room_is_made(sfn)
        assert resident(server) < 400_000_000
    receiver.shutdown()
    receiver.server_close()


class Refusing(http.server.ThreadingHTTPServer):
    """Takes the answers of rooms, and no others: they are to be sent again."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(404 if b"InvalidRequest" in body else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def a_room_is_made(sfn):
    request_id, content = request()
    execution = sfn.start_execution(
        stateMachineArn=own_machine(sfn), name=request_id, input=json.dumps(content))["executionArn"]
    return ended(sfn, execution)["status"] == "SUCCEEDED"


def test_a_page_of_a_long_history_costs_what_it_holds(sfn, server):
    loop = {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "end", "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}}
    arn = sfn.start_execution(
        stateMachineArn=machine(sfn, json.dumps(loop)), input=json.dumps({"a": "x" * 250_000}))["executionArn"]
    assert ended(sfn, arn)["status"] == "FAILED"
    before = resident(server)
    for arguments in ({"maxResults": 1}, {"maxResults": 1, "reverseOrder": True}, {"maxResults": 1000},
                      {"maxResults": 1000, "reverseOrder": True}):
        page = sfn.get_execution_history(executionArn=arn, **arguments)
        assert 1 <= len(page["events"]) <= 20
        assert sum(len(json.dumps(event, default=str)) for event in page["events"]) < 5_000_000
        assert page["nextToken"]
    assert resident(server) - before < 200_000_000
