"""Who is let in, and what a client may not do to a server."""
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
import uuid

import pytest

from server import running


def fetch(server, path, method="GET", headers=None, body=None):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


TARGET = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}


def test_pages_of_other_origins_and_names_get_nothing(server):
    own = server.url.removeprefix("http://")
    for headers in ({"Host": "evil.example"}, {"Host": f"evil.example:{server.port}"},
                    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"},
                    {"Host": "127.0.0.1.evil.example"}, {"Host": ""}):
        for method, path in (("POST", "/"), ("GET", "/health/live"), ("GET", "/metrics")):
            status, text = fetch(server, path, method, {**TARGET, **headers}, "{}" if method == "POST" else None)
            assert status == 403 and "stateMachines" not in text, (headers, path, text)
    for headers in ({"Origin": server.url}, {"Host": f"localhost:{server.port}"}, {"Host": f"[::1]:{server.port}"}):
        assert fetch(server, "/", "POST", {**TARGET, **headers}, "{}")[0] == 200, headers
    assert own


def test_another_address_needs_credentials(program, tmp_path):
    result = subprocess.run(
        [program, "serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path / "lake"), "--output", "json"],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert result.returncode == 64
    assert json.loads(result.stdout)["error"]["code"] == "CREDENTIALS_REQUIRED"
    assert not (tmp_path / "lake").exists()


def test_a_bearer_token_is_needed_where_one_is_configured(program):
    token = secrets.token_urlsafe(32)
    environment = {"CLEANROOM_TOKEN_HASHES": hashlib.sha256(token.encode()).hexdigest()}
    with running(program, "--host", "0.0.0.0", environment=environment) as server:
        for given in (None, "", "Bearer", f"Bearer {token}x", f"Bearer {environment['CLEANROOM_TOKEN_HASHES']}", token):
            headers = {"Authorization": given} if given is not None else {}
            assert fetch(server, "/metrics", headers=headers)[0] == 401
        assert fetch(server, "/metrics", headers={"Authorization": f"Bearer {token}"})[0] == 200
        # What a supervisor asks tells nothing, and needs none.
        assert fetch(server, "/health/ready")[0] == 200
        # Nobody can sign without an access key.
        assert fetch(server, "/", "POST", TARGET, "{}")[0] == 403
        assert token not in server.log_text()


def test_a_body_larger_than_a_mebibyte_is_refused(server):
    for headers in ({}, {"Transfer-Encoding": "chunked"}):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        body = iter([b"x" * 65_536] * 17) if headers else b"x" * (1_048_576 + 1)
        try:
            connection.request("POST", "/", body=body, headers={**TARGET, **headers}, encode_chunked=bool(headers))
            response = connection.getresponse()
            assert response.status == 413
            assert response.headers["x-amzn-ErrorType"] == "RequestEntityTooLargeException"
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server has closed before it was sent everything.
        finally:
            connection.close()
    assert fetch(server, "/health/live")[0] == 200


def closed_after(connection, patience=20):
    """Whether the server ends the connection by itself."""
    connection.settimeout(patience)
    try:
        while connection.recv(4096):
            pass
        return True
    except (ConnectionResetError, BrokenPipeError):
        return True
    except TimeoutError:
        return False


def test_slow_clients_and_idle_connections_are_closed(program):
    environment = {"CLEANROOM_IDLE_TIMEOUT": "1", "CLEANROOM_TRANSFER_TIMEOUT": "1"}
    with running(program, environment=environment) as server:
        address = ("127.0.0.1", server.port)
        idle = socket.create_connection(address)
        head = socket.create_connection(address)
        head.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        body = socket.create_connection(address)
        body.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
        kept = socket.create_connection(address)
        kept.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for connection in (idle, head, body, kept):
            assert closed_after(connection)
            connection.close()


def test_past_the_limit_of_waiting_requests_clients_are_told_to_come_again(program):
    with running(program, environment={"CLEANROOM_MAXIMUM_WAITING": "1"}) as server:
        # Another process writes, and so the commit of the slow one waits.
        other = sqlite3.connect(os.path.join(server.folder, "lake", "lake.sqlite"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        body = json.dumps(
            {"name": "slow", "roleArn": "arn:aws:iam::000000000000:role/r", "definition": definition}).encode()
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSStepFunctions.CreateStateMachine\r\n"
                     + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        sfn = server.client("stepfunctions")
        # It may take a moment to arrive.
        for _ in range(200):
            try:
                sfn.list_state_machines()
            except sfn.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "ThrottlingException"
                break
        else:
            raise AssertionError("nothing was refused")
        assert fetch(server, "/v1/cleanrooms")[0] == 429
        # A supervisor still gets an answer, and the one that waited gets its own.
        assert fetch(server, "/health/ready")[0] == 200
        other.execute("ROLLBACK")
        other.close()
        slow.settimeout(30)
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
        slow.close()
        assert sfn.list_state_machines()["stateMachines"]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_server_within_ten_seconds_and_its_work_goes_on_at_the_next_start(program, tmp_path, sign):
    with running(program, folder=str(tmp_path)) as server:
        sfn = server.client("stepfunctions")
        wait = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}})
        machine = sfn.create_state_machine(
            name="waiting", definition=wait, roleArn="arn:aws:iam::000000000000:role/r")["stateMachineArn"]
        execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        # A request whose body never comes does not hold it up for longer.
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{")
        begin = time.monotonic()
        assert server.stop(sign) == 0
        assert time.monotonic() - begin < 10
        with open(os.path.join(str(tmp_path), "server.log"), encoding="utf-8") as file:
            log = file.read()
        assert "is told to stop" in log and "has stopped" in log
        slow.close()
    with running(program, folder=str(tmp_path)) as server:
        sfn = server.client("stepfunctions")
        for _ in range(1000):
            if sfn.describe_execution(executionArn=execution)["status"] == "SUCCEEDED":
                break
            time.sleep(0.01)
        assert sfn.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"


def test_a_folder_has_one_server(program, tmp_path):
    with running(program, folder=str(tmp_path)):
        result = subprocess.run(
            [program, "serve", "--port", "0", "--data-dir", str(tmp_path / "lake"), "--output", "json"],
            capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
        assert result.returncode == 2
        assert json.loads(result.stdout)["error"]["code"] == "LAKE_FOLDER_IN_USE"


def test_an_address_in_use_is_told(server, program, tmp_path):
    result = subprocess.run(
        [program, "serve", "--port", str(server.port), "--data-dir", str(tmp_path), "--output", "json"],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert result.returncode == 64
    assert json.loads(result.stdout)["error"]["code"] == "CANNOT_LISTEN"


def test_what_other_processes_start_is_run_by_the_server(server, program):
    database = "r" + uuid.uuid4().hex
    result = subprocess.run(
        [program, "create", "--account", "111122223333", "--database", database, "--data-dir",
         os.path.join(server.folder, "lake"), "--output", "json"], capture_output=True, text=True)
    assert result.returncode == 0 and json.loads(result.stdout)["status"] == "SUCCEEDED"


def test_the_measurements_and_the_log_tell_of_requests(server):
    request_id = str(uuid.uuid4())
    sfn = server.client("stepfunctions")
    machine = next(m["stateMachineArn"] for m in sfn.list_state_machines()["stateMachines"]
                   if m["name"] == "core-account-cleanroom-create")
    arn = sfn.start_execution(stateMachineArn=machine, name=request_id, input=json.dumps(
        {"requestId": request_id, "account": "111122223333", "database": "r" + uuid.uuid4().hex}))["executionArn"]
    while sfn.describe_execution(executionArn=arn)["status"] == "RUNNING":
        pass
    text = fetch(server, "/metrics")[1]
    for name in ("cleanroom_requests_total", "cleanroom_executions_total", "cleanroom_step_duration_seconds_bucket",
                 "cleanroom_executions_set_aside", "cleanroom_execution_limit_refusals", "cleanroom_engine_state",
                 "cleanroom_answers_waiting", "cleanroom_commit_duration_seconds_sum", "cleanroom_requests_waiting"):
        assert re.search(rf"^{name}(\{{.*\}})? [0-9.e+-]+$", text, re.M), name
    states = dict(re.findall(r'^cleanroom_engine_state{state="(\w+)"} (\S+)$', text, re.M))
    assert {state for state, value in states.items() if float(value) == 1} == {"running"} and len(states) == 4
    # Each has a line in the table of the page.
    page = (pathlib.Path(__file__).parents[2] / "docs/serve.md").read_text()
    for name in re.findall(r"^# TYPE (\w+)", text, re.M):
        assert f"| `{name}` |" in page, name
    # Each line is one of the format: a comment, or a name with labels and a number.
    for line in text.splitlines():
        assert re.fullmatch(r'# TYPE \w+ \w+|\w+(\{(\w+="([^"\\]|\\.)*",?)*\})? \S+', line), line
    for message in ("POST AWSStepFunctions.DescribeExecution", "ExecutionSucceeded"):
        # The log is written beside the answers.
        for _ in range(1000):
            lines = [json.loads(line) for line in server.log_text().splitlines(keepends=True) if line.endswith("\n")]
            if any(line.get("requestId") == request_id and line["message"] == message for line in lines):
                break
            time.sleep(0.01)
        else:
            raise AssertionError(message)


def test_print_config_tells_where_each_value_comes_from_and_no_secret(program, tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"port": 1234, "bucket": "from-file", "accessKeys": ["AKID:not-to-be-shown-at-all"]}))
    file.chmod(0o600)
    result = subprocess.run(
        [program, "serve", "--print-config", "--config", str(file), "--host", "127.0.0.2", "--output", "json"],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"], "CLEANROOM_WORKGROUP": "from-env"})
    assert result.returncode == 0, result.stderr
    settings = json.loads(result.stdout)["settings"]
    assert settings["host"] == {"value": "127.0.0.2", "source": "command line"}
    assert settings["workgroup"] == {"value": "from-env", "source": "environment"}
    assert settings["port"] == {"value": "1234", "source": str(file)}
    assert settings["logLevel"] == {"value": "info", "source": "default"}
    assert settings["accessKeys"]["source"] == str(file)
    assert "not-to-be-shown" not in result.stdout + result.stderr


@pytest.mark.parametrize("environment,field", [
    ({"CLEANROOM_PORT": "70000"}, "port"), ({"CLEANROOM_LOG_LEVEL": "loud"}, "logLevel"),
    ({"CLEANROOM_ACCESS_KEYS": "AKID:short"}, "accessKeys"), ({"CLEANROOM_TOKEN_HASHES": "x"}, "tokenHashes"),
    ({"CLEANROOM_MAXIMUM_WAITING": "0"}, "maximumWaiting")])
def test_a_setting_that_breaks_its_rule_is_told(program, environment, field):
    result = subprocess.run(
        [program, "serve", "--print-config", "--output", "json"], capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], **environment})
    assert result.returncode == 64
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "INVALID_REQUEST" and error["problems"][0].startswith(field)
    assert "short" not in result.stdout
