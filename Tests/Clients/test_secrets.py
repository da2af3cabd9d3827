"""What a client gets of the operator's credentials, and whom it reaches through the server: nothing and nobody."""
import http.server
import json
import threading
import uuid

import pytest

from server import running
from test_step_functions import ROLE, ended, own_machine, request

SECRET = "s3cret-0f-the-c0nnection"
ARN = "arn:aws:events:us-east-1:000000000000:connection/any/8a6b1c9d-0000-4000-8000-000000000000"


class Receiver(http.server.ThreadingHTTPServer):
    """A receiver of answers on this machine, in plain HTTP, that sends everything back that it gets."""

    def __init__(self):
        self.requests = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                receiver.requests.append((self.path, dict(self.headers), body))
                echo = json.dumps({"headers": dict(self.headers), "path": self.path, "body": body}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Echo", self.headers.get("X-Api-Key", ""))
                self.send_header("Content-Length", str(len(echo)))
                self.end_headers()
                self.wfile.write(echo)

            do_GET = do_POST

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture(scope="module")
def server(program, receiver):
    environment = {
        "CLEANROOM_API_ENDPOINT": f"http://127.0.0.1:{receiver.port}",
        "CLEANROOM_CONNECTION_API_KEY_NAME": "X-Api-Key", "CLEANROOM_CONNECTION_API_KEY_VALUE": SECRET,
        "CLEANROOM_CONNECTION_QUERY": f"key=q-{SECRET}", "CLEANROOM_CONNECTION_BODY": f"tenant=b-{SECRET}"}
    with running(program, environment=environment) as server:
        yield server


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


def call(endpoint):
    return json.dumps({"StartAt": "Call", "States": {"Call": {
        "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True, "Parameters": {
            "ApiEndpoint": endpoint, "Method": "POST", "InvocationConfig": {"ConnectionArn": ARN},
            "RequestBody": {"requestId": "forged"}}}}})


def run(sfn, definition, content=None):
    machine = sfn.create_state_machine(name=f"m-{uuid.uuid4()}", definition=definition, roleArn=ROLE)
    execution = sfn.start_execution(
        stateMachineArn=machine["stateMachineArn"], input=json.dumps(content or {}))["executionArn"]
    return execution, ended(sfn, execution)


def test_a_client_machine_reaches_no_local_port_and_sends_no_forged_answer(sfn, server, receiver):
    before = len(receiver.requests)
    for endpoint in (
            f"https://127.0.0.1:{receiver.port}/api/latest/ocean/cleanroom/create",
            f"https://localhost:{receiver.port}/api/latest/ocean/error", f"https://127.0.0.1:{server.port}/health/live",
            "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://example.com/"):
        execution, description = run(sfn, call(endpoint))
        assert description["status"] == "FAILED", endpoint
        assert description["error"] == "States.Permissions"
        assert "states:InvokeHTTPEndpoint" in description["cause"] and endpoint in description["cause"]
        assert SECRET not in json.dumps(sfn.get_execution_history(executionArn=execution), default=str)
    assert len(receiver.requests) == before


def test_a_permission_error_is_caught_as_on_aws(sfn):
    definition = json.loads(call("https://example.com/"))
    definition["States"]["Call"]["Catch"] = [{"ErrorEquals": ["States.Permissions"], "Next": "Done"}]
    definition["States"]["Done"] = {"Type": "Succeed"}
    assert run(sfn, json.dumps(definition))[1]["status"] == "SUCCEEDED"


def test_an_answer_is_sent_with_the_credentials_and_nothing_that_comes_back_shows_them(sfn, server, receiver):
    request_id, content = request()
    execution = sfn.start_execution(
        stateMachineArn=own_machine(sfn), name=request_id, input=json.dumps(content))["executionArn"]
    description = ended(sfn, execution)
    assert description["status"] == "SUCCEEDED"
    path, headers, body = next(r for r in receiver.requests if request_id in r[2])
    assert headers["X-Api-Key"] == SECRET and f"q-{SECRET}" in path and f"b-{SECRET}" in body
    history = [page for page in sfn.get_paginator("get_execution_history").paginate(executionArn=execution)]
    shown = json.dumps([description, history], default=str, ensure_ascii=False)
    assert "‹secret›" in shown
    assert SECRET not in shown and SECRET not in server.log_text()


def recover_forged(sfn, state, content):
    """Has a client's execution look as if it had come to a state with this input, and the recovery see to it."""
    definition = {"StartAt": state, "States": {state: {"Type": "Fail", "Error": "X", "Cause": "y"}}}
    execution, _ = run(sfn, json.dumps(definition), content)
    recovery = sfn.start_execution(
        stateMachineArn=own_machine(sfn) + "-recover",
        input=json.dumps({"executionArn": execution}))["executionArn"]
    return ended(sfn, recovery)


@pytest.mark.parametrize("state", ["NotifySuccess", "NotifyError"])
def test_the_recovery_tells_nothing_for_an_execution_of_a_client(sfn, receiver, state):
    before = len(receiver.requests)
    request_id, content = request()
    description = recover_forged(sfn, state, {
        "answer": {"requestId": request_id, "error": {"message": "DatabaseAlreadyExists", "cause": "forged"}},
        "left": {"text": ""}, "outcome": {"requestId": request_id}, "request": content,
        "room": {"location": "s3://forged/"}})
    assert description["status"] == "FAILED" and "AccessDeniedException" in description["cause"]
    assert len(receiver.requests) == before


@pytest.mark.parametrize("state", ["RollBack", "ReadSettingsToDrop"])
def test_the_recovery_undoes_no_room_for_an_execution_of_a_client(sfn, server, receiver, state):
    request_id, content = request()
    execution = sfn.start_execution(
        stateMachineArn=own_machine(sfn), name=request_id, input=json.dumps(content))["executionArn"]
    assert ended(sfn, execution)["status"] == "SUCCEEDED"
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
    told = next(event["stateEnteredEventDetails"]["input"] for page in pages for event in page["events"]
                if event.get("stateEnteredEventDetails", {}).get("name") == "NotifySuccess")
    forged = json.loads(told) | {"error": {"message": "Interrupted", "cause": "forged"}}
    before = len(receiver.requests)
    description = recover_forged(sfn, state, forged)
    assert description["status"] == "FAILED" and "AccessDeniedException" in description["cause"]
    assert server.client("glue").get_database(Name=content["database"])["Database"]["Name"] == content["database"]
    assert len(receiver.requests) == before


def test_a_host_that_the_operator_names_is_called_without_the_credentials(program, receiver):
    """TLS is spoken to it, which this receiver does not: what it gets is a handshake, and no request."""
    before = len(receiver.requests)
    environment = {
        "CLEANROOM_HTTP_PRIVATE_HOSTS": f"127.0.0.1:{receiver.port}", "CLEANROOM_CONNECTION_API_KEY_NAME": "X-Api-Key",
        "CLEANROOM_CONNECTION_API_KEY_VALUE": SECRET}
    with running(program, environment=environment) as server:
        sfn = server.client("stepfunctions")
        assert run(sfn, call(f"https://127.0.0.1:{receiver.port}/x"))[1]["error"] == "States.Http.Socket"
        assert run(sfn, call(f"https://127.0.0.1:{server.port}/x"))[1]["error"] == "States.Permissions"
    assert len(receiver.requests) == before
