"""What clients without credentials, readers that are not there and a folder that is taken away do to a server."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import resource
import secrets
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from server import running

TARGET = b"X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n"
KEYS = {"CLEANROOM_ACCESS_KEYS": "AKIDHONEST:a-secret-of-enough-letters"}


def connect(server):
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    return connection


def answer(connection):
    """The status, headers and body of an answer."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def send(server, request):
    """Sends bytes as they are and gives the status of the answer and its body."""
    with connect(server) as connection:
        connection.sendall(request)
        status, _, body = answer(connection)
        return status, body


def fetch(server, path, method="GET", headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def eventually(check, patience=30):
    """Waits until `check` gives something true; the time is only how long a failure takes."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not come to pass")


def wish(database=None):
    return {"requestId": str(uuid.uuid4()), "account": "111122223333",
            "database": database or "r" + uuid.uuid4().hex}


def metric(server, name, **options):
    return float(re.search(rf"^{name} (\S+)$", fetch(server, "/metrics", **options)[1], re.M)[1])


def errors(server):
    # The last line may be on its way.
    lines = [json.loads(line) for line in server.log_text().splitlines(keepends=True) if line.endswith("\n")]
    return [line for line in lines if line["level"] in ("error", "critical")]


# What is not clearly HTTP

@pytest.mark.parametrize("path", ["/", "/v1/cleanrooms"])
@pytest.mark.parametrize("chunks", [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}zz0\r\n\r\n", b"-1\r\n{}\r\n0\r\n\r\n"])
def test_malformed_chunks_are_a_bad_request_and_no_error_of_the_server(server, path, chunks):
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n".encode()
    with connect(server) as connection:
        connection.sendall(head + TARGET + b"\r\n")
        time.sleep(0.05)  # The head is taken before the chunk is.
        connection.sendall(chunks)
        status, headers, _ = answer(connection)
        assert status == 400
        assert headers["connection"] == "close"
        assert connection.recv(1) == b""
    assert errors(server) == []


@pytest.mark.parametrize("headers", [
    b"Host: 127.0.0.1\r\nHost: evil.example\r\n", b"Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n",
    b"Host: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked\r\n",
    b"Host: 127.0.0.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    b"Host: 127.0.0.1\r\nTE: gzip, chunked\r\n",
    b"Host: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
    b"Host: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"])
def test_what_two_readers_would_read_in_two_ways_is_refused(server, headers):
    for line in (b"POST /", b"POST /v1/cleanrooms", b"GET /health/live"):
        status, body = send(server, line + b" HTTP/1.1\r\n" + headers + TARGET + b"\r\n2\r\n{}\r\n0\r\n\r\n")
        assert status == 400, (line, body)
        assert b"stateMachines" not in body
    assert errors(server) == []


@pytest.mark.parametrize("host", ["[::1].evil.com", "[::1]evil", "[::1]:80.evil.com", "127.0.0.1:80.evil.com",
                                  "localhost:x", "[::1", "127.0.0.1.evil.com"])
def test_a_host_that_only_begins_as_this_machine_is_refused(server, host):
    status, body = send(server, f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert status == 403, body


@pytest.mark.parametrize("target, status", [
    ("http://{}/health/live", 200), ("http://evil.example/health/live", 403), ("http:///health/live", 403),
    ("http://{}.evil.example/health/live", 400), ("http://{}@evil.example/health/live", 403),
    ("http://evil.example?/health/live", 403), ("health/live", 400)])
def test_the_host_of_a_target_counts_and_not_the_host_beside_it(server, target, status):
    host = f"127.0.0.1:{server.port}"
    request = f"GET {target.format(host)} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    assert send(server, request.encode())[0] == status


def test_the_connection_of_a_client_of_http_1_0_is_closed_unless_it_asks_to_keep_it(server):
    for headers, keeps in ((b"", False), (b"Connection: keep-alive\r\n", True)):
        with connect(server) as connection:
            connection.settimeout(5)
            connection.sendall(b"GET /health/live HTTP/1.0\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n")
            assert answer(connection)[0] == 200
            if keeps:
                connection.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    connection.recv(1)
            else:
                assert connection.recv(1) == b""


@pytest.mark.parametrize("length", ["9223372036854775807", "9223372036854775808", "18446744073709551615",
                                    "18446744073709551616", "9" * 100, "1048577"])
def test_a_length_beyond_measure_is_answered(server, length):
    for path in ("/", "/v1/cleanrooms"):
        request = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n".encode()
        status, _ = send(server, request + TARGET + b"\r\n{}")
        assert status in (400, 413)
    assert errors(server) == []


def test_a_body_that_ends_too_early_is_not_acted_upon(server):
    body = json.dumps(wish("cut_off")).encode()
    with connect(server) as connection:
        connection.sendall(b"POST /v1/cleanrooms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                           + f"Content-Length: {len(body) + 1}\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(65_536)
    assert fetch(server, "/v1/cleanrooms/cut_off")[0] == 404


def test_what_is_answered_to_get_is_answered_to_head_without_its_body(server):
    body = wish()
    assert fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(body))[0] == 202
    path = f"/v1/requests/{body['requestId']}"
    assert eventually(lambda: json.loads(fetch(server, path + "?wait=30")[1])["endedAt"])
    for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/v1/cleanrooms", path,
                 f"/v1/cleanrooms/{body['database']}", "/v1/cleanrooms/none", "/v1/cleanrooms?limit=x", "/nothing"):
        with connect(server) as connection:
            # A body would be read as the answer to the request that comes behind.
            get = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            connection.sendall(get.replace(b"GET", b"HEAD") + b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            received = b""
            while not received.endswith(b"live\n"):
                part = connection.recv(65_536)
                assert part, received
                received += part
            head, second = received.split(b"\r\n\r\n", 1)
            assert second.startswith(b"HTTP/1.1 200"), received
            status, content = send(server, get)
            assert head.startswith(f"HTTP/1.1 {status} ".encode())
            if path not in ("/metrics", "/nothing"):  # Of which no two are the same.
                assert f"content-length: {len(content)}" in head.decode().lower()
    with connect(server) as connection:
        connection.sendall(f"HEAD /v1/requests/{body['requestId']}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert b"200 OK" in connection.recv(65_536)


def test_the_problems_of_a_request_are_bounded(server):
    many = {**wish(), **{f"extra_{number}": number for number in range(40_000)}}
    long = {**wish(), "x" * 900_000: 1}
    value = {**wish(), "database": "X" * 900_000}
    for body, field in ((many, "extra_0"), (long, "x" * 60 + "…"), (value, "database")):
        status, text = fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(body))
        assert status == 422 and len(text) < 16_384
        assert field in [problem["field"] for problem in json.loads(text)["problems"]]
    status, text = fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(many))
    problems = json.loads(text)["problems"]
    assert len(problems) <= 21 and problems[-1]["detail"] == "39980 more are not fields of a request"
    headers = {"X-Amz-Target": "AWSStepFunctions.StartExecution"}
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:x"
    for body in (many, {"stateMachineArn": arn, "name": "x" * 900_000}, {"stateMachineArn": ["x" * 900_000]},
                 {"stateMachineArn": arn, "x" * 900_000: 1}):
        status, text = fetch(server, "/", "POST", headers, json.dumps(body))
        assert status == 400 and len(text) < 16_384


def test_what_is_not_seen_is_shown_by_its_number(server, program):
    hidden = "\u202e\u0085\u200f\u2066\x1b"
    status, text = fetch(server, "/v1/cleanrooms", "POST", body=json.dumps({**wish(), f"a{hidden}b": 1}))
    assert status == 422 and not any(sign in json.loads(text)["detail"] for sign in hidden)
    assert "\\u{202E}" in json.loads(text)["detail"]
    sfn = server.client("stepfunctions")
    machine = sfn.create_state_machine(
        name="hidden-" + secrets.token_hex(4), roleArn="arn:aws:iam::000000000000:role/r",
        definition=json.dumps({"StartAt": f"a{hidden[:4]}b", "States": {f"a{hidden[:4]}b": {
            "Type": "Fail", "Error": f"E{hidden}", "Cause": f"first\n{hidden}second"}}}))["stateMachineArn"]
    arn = sfn.start_execution(stateMachineArn=machine, name="hidden", input="{}")["executionArn"]
    assert eventually(lambda: sfn.describe_execution(executionArn=arn)["status"] == "FAILED")
    for command in (("list",), ("show", "hidden"), ("history", "hidden")):
        for form in ("text", "json"):
            result = subprocess.run(
                [program, "executions", *command, "--data-dir", os.path.join(server.folder, "lake"), "--output", form],
                capture_output=True, check=True)
            shown = result.stdout.decode()
            assert not any(sign in shown for sign in hidden), command
            if form == "json":
                json.loads(shown)
            elif command[0] == "show":
                assert "first\\u{A}\\u{202E}\\u{85}" in shown
    assert eventually(lambda: "\\u202e" in server.log_text())
    assert not any(sign in server.log_text() for sign in hidden)
    definition = os.path.join(server.folder, "hidden.json")
    pathlib.Path(definition).write_text(json.dumps(
        {"StartAt": f"a{hidden[:4]}b", "States": {f"a{hidden[:4]}b": {"Type": "Nothing"}}}))
    for arguments in (["validate", definition], ["graph", definition]):
        result = subprocess.run([program, *arguments], capture_output=True)
        assert not any(sign in (result.stdout + result.stderr).decode() for sign in hidden)


# Without credentials

def test_a_stranger_is_refused_before_the_body_is_there(program):
    token = secrets.token_urlsafe(32)
    environment = {**KEYS, "CLEANROOM_TOKEN_HASHES": hashlib.sha256(token.encode()).hexdigest(),
                   "CLEANROOM_TRANSFER_TIMEOUT": "600"}
    day = time.strftime("%Y%m%d", time.gmtime())
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())

    def authorization(key, scope="states", day=day):
        return (f"Authorization: AWS4-HMAC-SHA256 Credential={key}/{day}/us-east-1/{scope}/aws4_request, "
                f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}\r\nX-Amz-Date: {now}\r\n").encode()

    hash = b"X-Amz-Content-Sha256: " + hashlib.sha256(b"{}").hexdigest().encode() + b"\r\n"
    with running(program, environment=environment) as server:
        for path, headers, status in (
                ("/", b"", 403), ("/", authorization("AKIDSTRANGER"), 403),
                ("/", authorization("AKIDHONEST", "glue"), 403),
                ("/", authorization("AKIDHONEST", day="20200101"), 403),
                ("/", authorization("AKIDHONEST").replace(
                    b"date;x-amz-target", b"content-sha256;x-amz-date;x-amz-target") + hash, 403),
                ("/v1/cleanrooms", b"", 401), ("/v1/cleanrooms", b"Authorization: Bearer x\r\n", 401)):
            with connect(server) as connection:
                connection.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n".encode()
                                   + TARGET + headers + b"\r\n{")
                found, answered, _ = answer(connection)
                assert found == status
                # It is told that nobody waits for the rest, and that is so.
                assert answered["connection"] == "close"
                assert connection.recv(1) == b""
            # Who sends all the same gets to read the answer.
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("POST", path, body=b"x" * 1_000_000)
            assert connection.getresponse().status == (403 if path == "/" else 401)
        assert metric(server, "cleanroom_body_bytes", headers={"Authorization": f"Bearer {token}"}) == 0
        sfn = server.client("stepfunctions", "AKIDHONEST", "a-secret-of-enough-letters")
        assert sfn.list_state_machines()["stateMachines"]


def descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.skip(f"{count} open files are not allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))


def test_idle_connections_are_closed_for_new_ones_and_health_answers(program):
    descriptors(8192)
    with running(program) as server, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(server)) for _ in range(2290)]
        assert fetch(server, "/health/live") == (200, "live\n")
        assert fetch(server, "/health/ready") == (200, "ready\n")
        # A peer of this machine may have three times 500.
        assert metric(server, "cleanroom_connections") <= 1500
        assert metric(server, "cleanroom_connections_evicted_total") >= 2290 - 1500
        idle[0].settimeout(10)
        assert idle[0].recv(1) == b"", "the one on which nothing has happened for longest goes first"
        assert server.client("stepfunctions").list_state_machines()["stateMachines"]


def test_where_few_files_may_be_open_there_are_fewer_connections(program, tmp_path):
    bounded = tmp_path / "bounded"
    bounded.write_text(f'#!/bin/bash\nulimit -n 300\nexec "{program}" "$@"\n')
    bounded.chmod(0o700)
    with running(str(bounded)) as server, contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(connect(server))
        assert fetch(server, "/health/live")[0] == 200
        assert metric(server, "cleanroom_connections") <= 100
        # The store gets its files, too.
        assert fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(wish()))[0] == 202


def test_a_request_that_is_being_carried_out_is_not_closed_for_a_new_connection(program):
    environment = {"CLEANROOM_MAXIMUM_CONNECTIONS": "8"}
    with running(program, environment=environment) as server, writing(server) as release:
        body = json.dumps({"name": "x", "roleArn": "arn:aws:iam::000000000000:role/r", "definition": json.dumps(
            {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})}).encode()
        busy = connect(server)
        busy.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSStepFunctions.CreateStateMachine\r\n"
                     + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        eventually(lambda: metric(server, "cleanroom_requests_waiting") == 1)
        others = [connect(server) for _ in range(20)]
        assert fetch(server, "/health/live")[0] == 200
        assert metric(server, "cleanroom_connections") <= 8
        release()
        assert answer(busy)[0] == 200
        for connection in [busy, *others]:
            connection.close()


def test_requests_whose_bodies_never_come_hold_up_nobody(program):
    descriptors(8192)
    with running(program, environment={"CLEANROOM_TRANSFER_TIMEOUT": "600"}) as server, \
            contextlib.ExitStack() as stack:
        for number in range(1001):
            connection = stack.enter_context(connect(server))
            path = b"/" if number % 2 else b"/v1/cleanrooms"
            connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n" + TARGET
                               + b"\r\n{")
        eventually(lambda: metric(server, "cleanroom_body_bytes") == 1001)
        assert fetch(server, "/health/live")[0] == 200
        assert fetch(server, "/health/ready")[0] == 200
        assert server.client("stepfunctions").list_state_machines()["stateMachines"]
        assert fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(wish()))[0] == 202
        assert metric(server, "cleanroom_requests_waiting") <= 1
        # One that comes after all is answered.
        connection.sendall(b"}")
        assert answer(connection)[0] == 422


def test_the_bodies_that_are_in_memory_are_bounded(program):
    descriptors(8192)
    environment = {"CLEANROOM_MAXIMUM_BODY_MEMORY": "64", "CLEANROOM_TRANSFER_TIMEOUT": "600"}
    with running(program, environment=environment) as server, contextlib.ExitStack() as stack:
        before = memory(server)
        part, waiting, refused = b"x" * 1_000_000, {}, 0
        for number in range(900):
            connection = stack.enter_context(connect(server))
            path = b"/v1/cleanrooms" if number % 2 else b"/"
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000001\r\n"
                                   + TARGET + b"\r\n" + part)
            waiting[connection] = path
        # Half of 64 MiB has room for 33 of them.
        while len(waiting) > 33:
            readable = select.select(list(waiting), [], [], 60)[0]
            assert readable, f"{len(waiting)} have no answer"
            for connection in readable:
                path = waiting.pop(connection)
                with contextlib.suppress(ConnectionResetError):
                    status, headers, body = answer(connection)
                    assert headers["retry-after"] == "1"
                    expected = (429, "TOO_MANY_REQUESTS") if path != b"/" else (400, "ThrottlingException")
                    assert (status, json.loads(body)["code" if path != b"/" else "__type"]) == expected
                    refused += 1
        assert refused > 800
        assert metric(server, "cleanroom_body_bytes") <= 64 * 1_048_576
        assert memory(server) - before < 160 * 1_048_576
        assert fetch(server, "/health/ready")[0] == 200
        # Small bodies, as nearly all are, have room of their own.
        for _ in range(20):
            assert fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(wish()))[0] == 202
        assert server.client("stepfunctions").list_state_machines()["stateMachines"]
        stack.close()
        eventually(lambda: metric(server, "cleanroom_body_bytes") == 0)
        large = json.dumps(wish()) + " " * 900_000
        assert fetch(server, "/v1/cleanrooms", "POST", body=large)[0] == 202


def bounded(program, folder, mebibytes):
    """The program with so much address space."""
    script = folder / "bounded"
    script.write_text(f'#!/bin/bash\nulimit -v {mebibytes * 1024}\nexec "{program}" "$@"\n')
    script.chmod(0o700)
    return str(script)


def unread(server, stack, requests):
    """A connection on which requests are sent, for as long as they are taken, and nothing is read."""
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    connection.settimeout(0.2)
    with contextlib.suppress(OSError):
        connection.sendall(requests)
    return connection


@pytest.mark.parametrize("line, fields", [
    (b"GET /openapi.json", 0), (b"GET /health/live", 0), (b"POST /", 0), (b"GET /health/live", 95)])
def test_requests_that_are_sent_ahead_of_their_answers_take_little_memory(program, tmp_path, line, fields):
    descriptors(8192)
    request = line + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(b"x%d:\r\n" % n for n in range(fields)) + b"\r\n"
    with running(bounded(program, tmp_path, 3072)) as server, contextlib.ExitStack() as stack:
        before = memory(server)
        for _ in range(250):
            unread(server, stack, request * (140_000 // len(request)))
        assert fetch(server, "/health/live") == (200, "live\n")
        assert server.client("stepfunctions").list_state_machines()["stateMachines"]
        assert memory(server) - before < 128 * 1_048_576


def test_eight_requests_ahead_of_their_answers_are_answered_and_one_more_closes_the_connection(server):
    live = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with writing(server) as release, connect(server) as taken, connect(server) as closed:
        for connection, others in ((taken, 7), (closed, 8)):
            body = json.dumps(wish()).encode()
            connection.sendall(b"POST /v1/cleanrooms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                               + f"Content-Length: {len(body)}\r\n\r\n".encode() + body + live * others)
        with contextlib.suppress(ConnectionResetError):
            assert closed.recv(1) == b""
        release()
        received = b""
        while received.count(b"live\n") < 7:
            part = taken.recv(65_536)
            assert part, received
            received += part
        assert received.startswith(b"HTTP/1.1 202")
        # What is answered counts no more.
        taken.sendall(live * 8)
        while received.count(b"live\n") < 15:
            part = taken.recv(65_536)
            assert part, received
            received += part


@pytest.mark.parametrize("fields, size", [(101, 1), (1, 16_384)])
def test_the_head_of_a_request_is_bounded(server, fields, size):
    fields = b"".join(b"x%d: %s\r\n" % (number, b"x" * size) for number in range(fields))
    with connect(server) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + b"\r\n")
        status, headers, _ = answer(connection)
        assert (status, headers["connection"]) == (400, "close")


def large_history(server):
    """A call for a history of some megabytes, as bytes of HTTP, and the length of its answer."""
    states = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(6)}
    sfn = server.client("stepfunctions")
    machine = sfn.create_state_machine(
        name="large-" + secrets.token_hex(4), roleArn="arn:aws:iam::000000000000:role/r",
        definition=json.dumps({"StartAt": "S0", "States": {**states, "S6": {"Type": "Succeed"}}}))["stateMachineArn"]
    arn = sfn.start_execution(stateMachineArn=machine, input=json.dumps("x" * 250_000))["executionArn"]
    assert eventually(lambda: sfn.describe_execution(executionArn=arn)["status"] == "SUCCEEDED")
    body = json.dumps({"executionArn": arn}).encode()
    request = (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSStepFunctions.GetExecutionHistory\r\n"
               + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return request, len(send(server, request)[1])


def test_large_answers_that_nobody_takes_have_a_bounded_memory(program, tmp_path):
    environment = {"CLEANROOM_MAXIMUM_ANSWER_MEMORY": "16", "CLEANROOM_TRANSFER_TIMEOUT": "600"}
    with running(bounded(program, tmp_path, 3072), environment=environment) as server, \
            contextlib.ExitStack() as stack:
        request, size = large_history(server)
        room = 16 * 1_048_576 // size
        assert size > 2_000_000
        before = memory(server)
        waiting, kept, refused = [unread(server, stack, request) for _ in range(100)], [], 0
        while waiting:
            readable = select.select(waiting, [], [], 60)[0]
            assert readable, f"{len(waiting)} have no answer"
            for connection in readable:
                waiting.remove(connection)
                if connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200":
                    kept.append(connection)
                    continue
                status, headers, body = answer(connection)
                assert (status, headers["retry-after"]) == (400, "1")
                assert json.loads(body)["__type"] == "ThrottlingException"
                refused += 1
        assert (len(kept), refused) == (room, 100 - room)
        assert metric(server, "cleanroom_answer_bytes") == room * size
        assert memory(server) - before < 160 * 1_048_576
        assert fetch(server, "/health/ready")[0] == 200
        assert fetch(server, "/openapi.json")[0] == 200
        assert server.client("stepfunctions").list_state_machines()["stateMachines"]
        # What is taken, and what nobody can take any more, gives its bytes back.
        kept[0].settimeout(30)
        assert len(answer(kept.pop())[2]) == size
        eventually(lambda: metric(server, "cleanroom_answer_bytes") == (room - 1) * size)
        assert len(send(server, request)[1]) == size
        stack.close()
        eventually(lambda: metric(server, "cleanroom_answer_bytes") == 0)


def test_a_large_answer_that_is_not_taken_in_time_is_given_up(program):
    with running(program, environment={"CLEANROOM_TRANSFER_TIMEOUT": "1"}) as server, \
            contextlib.ExitStack() as stack:
        request, size = large_history(server)
        connection = unread(server, stack, request)
        eventually(lambda: metric(server, "cleanroom_answer_bytes") == size)
        eventually(lambda: metric(server, "cleanroom_answer_bytes") == 0)
        assert metric(server, "cleanroom_connections") == 1


def memory(server):
    """The resident bytes of the server."""
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", text, re.M)[1]) * 1024


@contextlib.contextmanager
def writing(server):
    """Keeps all others from writing to the lake, until the function that it gives is called."""
    other = sqlite3.connect(os.path.join(server.folder, "lake", "lake.sqlite"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield lambda: other.execute("ROLLBACK")
    finally:
        other.close()


# Nobody reads what the server prints

def start_with_pipe(program, folder):
    """A server whose standard error is a pipe, and the end of it that is read."""
    reader, writer = os.pipe()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CLEANROOM_", "AWS_"))}
    process = subprocess.Popen(
        [program, "serve", "--port", "0", "--data-dir", str(folder)], stdout=subprocess.PIPE, stderr=writer, text=True,
        env=inherited)
    os.close(writer)
    server = Piped()
    server.process, server.folder = process, str(folder)
    for line in process.stdout:
        if found := re.search(r"serves at (http://\S+)", line):
            server.url, server.port = found[1], int(found[1].rsplit(":", 1)[1])
        if line.startswith("Ctrl-C"):
            return server, reader
    raise AssertionError("the server did not start")


class Piped:
    """What `fetch` needs to know of a server."""


def test_a_reader_of_the_log_that_has_gone_ends_nothing(program, tmp_path):
    server, reader = start_with_pipe(program, tmp_path / "lake")
    try:
        os.close(reader)
        for _ in range(20):
            assert fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(wish()))[0] == 202
        eventually(lambda: metric(server, "cleanroom_log_lines_dropped_total") >= 20)
        server.process.stdout.close()
        assert fetch(server, "/health/ready")[0] == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
    finally:
        server.process.kill()
        server.process.wait()


def test_a_log_that_is_not_read_holds_up_nothing_and_tells_later_what_is_missing(program, tmp_path):
    server, reader = start_with_pipe(program, tmp_path / "lake")
    try:
        # The pipe takes 64 KiB and the buffer a mebibyte; a line has 200 bytes and more.
        before, path = memory(server), "/v1/cleanrooms/" + "x" * 150
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for _ in range(6000):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            assert response.status == 404
        connection.close()
        dropped = metric(server, "cleanroom_log_lines_dropped_total")
        assert dropped > 0 and memory(server) - before < 64 * 1_048_576
        assert fetch(server, "/health/ready")[0] == 200
        # Once somebody reads there is a line that tells how many are missing, and lines come again.
        text = ""
        with os.fdopen(reader, encoding="utf-8") as log:
            for line in log:
                entry = json.loads(line)
                if entry["logger"] == "log":
                    text = entry["count"]
                    break
            assert int(text) >= dropped
            assert fetch(server, "/v1/cleanrooms/after")[0] == 404
            assert any(json.loads(line).get("path") == "/v1/cleanrooms/after" for line in log)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(timeout=30) == 0
    finally:
        server.process.kill()
        server.process.wait()


def test_a_server_whose_log_is_not_read_ends_when_it_is_told_to(program, tmp_path):
    server, reader = start_with_pipe(program, tmp_path / "lake")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for _ in range(1000):
            connection.request("GET", "/v1/cleanrooms/" + "x" * 150)
            connection.getresponse().read()
        connection.close()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
    finally:
        os.close(reader)
        server.process.kill()
        server.process.wait()


@pytest.mark.parametrize("sign", [signal.SIGTRAP, signal.SIGILL, signal.SIGSEGV])
def test_a_crash_ends_the_process_without_a_backtrace(program, sign):
    with running(program) as server:
        server.process.send_signal(sign)
        assert server.process.wait(timeout=60) == -sign
        assert "acktrac" not in server.log_text() and "rash" not in server.log_text()


# The folder

def takes_away(folder, how, tmp_path):
    """Takes a folder, or a file of it, away from the server that serves it."""
    lake = pathlib.Path(folder) / "lake"
    match how:
        case "the folder is removed": shutil.rmtree(lake)
        case "the folder is moved": lake.rename(tmp_path / "elsewhere")
        case "the folder is replaced":
            lake.rename(tmp_path / "elsewhere")
            shutil.copytree(tmp_path / "elsewhere", lake)
        case "the database is removed": (lake / "lake.sqlite").unlink()
        case "the database is replaced":
            shutil.copy(lake / "lake.sqlite", tmp_path / "copy")
            (tmp_path / "copy").replace(lake / "lake.sqlite")
        case "the log is removed": (lake / "lake.sqlite-wal").unlink()
        case "the lock is removed": (lake / "engine.lock").unlink()
        case "the lock is replaced":
            (tmp_path / "lock").touch()
            (tmp_path / "lock").replace(lake / "engine.lock")


@pytest.mark.parametrize("how", [
    "the folder is removed", "the folder is moved", "the folder is replaced", "the database is removed",
    "the database is replaced", "the log is removed", "the lock is removed", "the lock is replaced"])
def test_nothing_is_acknowledged_when_the_folder_is_taken_away(program, tmp_path, how):
    home = tmp_path / "home"
    home.mkdir()
    with running(program, folder=str(home)) as server:
        sfn = server.client("stepfunctions")
        machine = next(m["stateMachineArn"] for m in sfn.list_state_machines()["stateMachines"]
                       if m["name"] == "core-account-cleanroom-create")
        known = wish()
        assert fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(known))[0] == 202
        assert fetch(server, "/health/ready")[0] == 200
        takes_away(home, how, tmp_path)
        # At once, before anybody has looked: the commit itself looks.
        room = wish()
        with pytest.raises(sfn.exceptions.ClientError) as refusal:
            sfn.start_execution(stateMachineArn=machine, name=room["requestId"], input=json.dumps(room))
        assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert refusal.value.response["Error"]["Code"] == "ServiceUnavailableException"
        assert str(home / "lake") in refusal.value.response["Error"]["Message"]
        for body in (wish(), known):
            status, text = fetch(server, "/v1/cleanrooms", "POST", body=json.dumps(body))
            assert status == 503
            assert json.loads(text)["code"] == "SERVICE_UNAVAILABLE"
            assert str(home / "lake") in json.loads(text)["detail"]
        status, text = fetch(server, "/health/ready")
        assert status == 503 and str(home / "lake") in text
        assert fetch(server, "/health/live")[0] == 200
        assert eventually(lambda: [line for line in errors(server) if line.get("code") == "LAKE_FOLDER_GONE"])
        time.sleep(0.6)  # It is looked at twice more, and told once.
        assert [line.get("code") for line in errors(server)] == ["LAKE_FOLDER_GONE"]
        assert server.stop() == 0


def test_that_the_folder_is_taken_away_is_noticed_when_nobody_asks(program, tmp_path):
    with running(program, folder=str(tmp_path)) as server:
        takes_away(tmp_path, "the folder is removed", tmp_path)
        eventually(lambda: any(line.get("code") == "LAKE_FOLDER_GONE" for line in errors(server)))
        assert fetch(server, "/v1/cleanrooms")[0] == 503


@pytest.mark.parametrize("how", ["the lock is removed", "the lock is replaced", "the database is replaced"])
def test_a_second_server_is_not_let_in_by_taking_a_file_away(program, tmp_path, how):
    home = tmp_path / "home"
    home.mkdir()
    with running(program, folder=str(home)):
        takes_away(home, how, tmp_path)
        result = subprocess.run(
            [program, "serve", "--port", "0", "--data-dir", str(home / "lake"), "--output", "json"],
            capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, timeout=120)
        assert result.returncode == 2
        assert json.loads(result.stdout)["error"]["code"] == "LAKE_FOLDER_IN_USE"


# Tokens


def test_a_forged_token_of_a_page_is_refused_and_the_server_goes_on(program):
    def token(list, position):
        return base64.b64encode(f"{list}\n{position}".encode()).decode()

    with running(program) as server:
        sfn, athena, lake = (server.client(name) for name in ("stepfunctions", "athena", "lakeformation"))
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
        machine = sfn.create_state_machine(
            name="m", definition=definition, roleArn="arn:aws:iam::000000000000:role/m")["stateMachineArn"]
        execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        query = athena.start_query_execution(QueryString="SELECT 1")["QueryExecutionId"]
        calls = [
            ("InvalidToken", sfn.get_execution_history, "nextToken", f'history "{execution}"',
             {"executionArn": execution}),
            ("InvalidToken", sfn.get_execution_history, "nextToken", f'history "{execution}"true',
             {"executionArn": execution, "reverseOrder": True}),
            ("InvalidToken", sfn.list_executions, "nextToken", f"executions {machine}  ",
             {"stateMachineArn": machine}),
            ("InvalidRequestException", athena.get_query_results, "NextToken", f"results {query}",
             {"QueryExecutionId": query}),
            ("InvalidInputException", lake.list_permissions, "NextToken", "permissions   ", {}),
        ]
        for code, call, name, list, arguments in calls:
            # It is the right list: this position is there, or behind the end.
            with contextlib.suppress(ClientError):
                call(**arguments, **{name: token(list, 1)})
            for position in (-1, -2**63, 2**63 - 1, 2**63):
                with pytest.raises(ClientError) as error:
                    call(**arguments, **{name: token(list, position)})
                assert error.value.response["Error"]["Code"] == code, (list, position)
        assert fetch(server, "/health/live")[0] == 200
