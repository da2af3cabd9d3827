"""A server beside executions that never end, and on a disk that becomes full."""
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from server import Server

ROLE = "arn:aws:iam::000000000000:role/maker"
SEARCHES = {f"n{number}.$": "States.ArrayLength($..x)" for number in range(10)}
ENDLESS = {
    "StartAt": "Search",
    "States": {
        "Search": {"Type": "Pass", "Parameters": SEARCHES, "ResultPath": "$.counts", "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [{"Variable": "$.list", "IsPresent": True, "Next": "Search"}],
                  "Default": "Done"},
        "Done": {"Type": "Succeed"},
    },
}
INPUT = json.dumps({"list": [{"x": 1}] * 20_000})


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)
    return value


def get(server, path):
    try:
        with urllib.request.urlopen(server.url + path, timeout=30) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def post(server, request):
    call = urllib.request.Request(
        server.url + "/v1/cleanrooms", json.dumps(request).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(call, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def status(server, request):
    with urllib.request.urlopen(f"{server.url}/v1/requests/{request['requestId']}?wait=20", timeout=60) as reply:
        return json.load(reply)["status"]


def room(name):
    return {"requestId": str(uuid.uuid4()), "account": "111122223333", "database": name}


def run(program, folder, *arguments):
    result = subprocess.run(
        [program, *arguments, "--data-dir", os.path.join(folder, "lake"), "--output", "json"], capture_output=True,
        text=True, timeout=120)
    return result.returncode, json.loads(result.stdout)


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="cleanroom-clients-") as path:
        yield path


def test_others_go_on_beside_an_endless_execution_which_is_stopped_timed_out_and_set_aside(program, folder):
    server = Server(program, folder)
    steps = server.client("stepfunctions")

    def machine(name, **more):
        return steps.create_state_machine(
            name=name, definition=json.dumps({**ENDLESS, **more}), roleArn=ROLE)["stateMachineArn"]

    def describe(arn):
        return steps.describe_execution(executionArn=arn)["status"]

    endless = machine("endless")
    first = steps.start_execution(stateMachineArn=endless, name="first", input=INPUT)["executionArn"]
    timed = steps.start_execution(
        stateMachineArn=machine("timed", TimeoutSeconds=2), name="timed", input=INPUT)["executionArn"]
    for number in range(5):
        request = room(f"room_{number}")
        assert post(server, request)[0] == 202
        assert status(server, request) == "SUCCEEDED"
        assert get(server, "/health/live") == 200
    wait_for(lambda: describe(timed) == "TIMED_OUT")
    assert describe(first) == "RUNNING"
    steps.stop_execution(executionArn=first, error="Operator", cause="enough")
    assert describe(first) == "ABORTED"

    second = steps.start_execution(stateMachineArn=endless, name="second", input=INPUT)["executionArn"]
    assert server.stop() == 0, "SIGTERM ends it in order"
    for _ in range(3):
        server = Server(program, folder)
        wait_for(lambda: get(server, "/health/ready") == 200)
        steps = server.client("stepfunctions")
        assert describe(second) == "RUNNING"
        notes = os.path.join(folder, "lake", "engine.evaluations")
        wait_for(lambda: os.path.exists(notes) and b"second" in open(notes, "rb").read())
        server.stop(signal.SIGKILL)
    server = Server(program, folder)
    wait_for(lambda: get(server, "/health/ready") == 200)
    lines = [line for line in server.log_text().splitlines() if "is set aside" in line]
    assert len(lines) == 1 and json.loads(lines[0])["execution"] == second
    code, listed = run(program, folder, "executions", "list")
    held = [one for one in listed["executions"] if "setAside" in one]
    assert code == 0 and [one["executionArn"] for one in held] == [second] and held[0]["status"] == "RUNNING"

    # Tried again, it is in hand of the server; and stopped through it.
    assert run(program, folder, "executions", "retry", "second")[0] == 0
    assert run(program, folder, "executions", "retry", "second")[1]["error"]["code"] == "NOT_SET_ASIDE"
    code, stopped = run(program, folder, "executions", "stop", "second", "--cause", "enough")
    assert (code, stopped["status"], stopped["cause"]) == (0, "ABORTED", "enough")

    # And one on a folder without a server.
    steps = server.client("stepfunctions")
    third = steps.start_execution(stateMachineArn=endless, name="third", input=INPUT)["executionArn"]
    server.stop(signal.SIGKILL)
    assert run(program, folder, "executions", "stop", "third")[1]["status"] == "ABORTED"
    server = Server(program, folder)
    assert server.client("stepfunctions").describe_execution(executionArn=third)["status"] == "ABORTED"
    assert server.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk has to be mounted")
def test_a_full_disk_is_told_of_and_everything_goes_on_when_there_is_room_again(program, folder):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "none", folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        server = Server(program, folder)
        wait_for(lambda: get(server, "/health/ready") == 200)
        before = room("before")
        assert post(server, before)[0] == 202 and status(server, before) == "SUCCEEDED"
        filler = os.path.join(folder, "filler")
        with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        taken, refused = [], []
        while not refused:
            request = room(f"full_{len(taken)}")
            code, problem = post(server, request)
            if code == 202:
                taken.append(request)
            else:
                assert (code, problem["code"]) == (503, "SERVICE_UNAVAILABLE") and "disk" in problem["detail"]
                refused.append(request)
        wait_for(lambda: get(server, "/health/ready") == 503)
        assert get(server, "/health/live") == 200
        with urllib.request.urlopen(server.url + "/metrics") as reply:
            assert 'cleanroom_engine_state{state="waiting"} 1' in reply.read().decode()
        with pytest.raises(ClientError) as error:
            server.client("glue").create_database(DatabaseInput={"Name": "full"})
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        os.remove(filler)
        wait_for(lambda: get(server, "/health/ready") == 200, seconds=20)
        for request in refused:
            assert post(server, request)[0] == 202
        for request in taken + refused:
            assert status(server, request) == "SUCCEEDED"
        log = server.log_text()
        assert log.count("The engine waits until it can write again") == 1
        assert log.count("The engine runs.") == 2
        assert '"level":"error"' in log and server.stop() == 0
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
