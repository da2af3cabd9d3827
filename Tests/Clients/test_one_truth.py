"""What became of a request is the same wherever it is read: every situation, at every face."""
import http.server
import json
import os
import re
import subprocess
import threading
import time
import uuid

import pytest
import requests

from server import running
from test_json_api import events, follow, get, post

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:core-account-cleanroom-create"


class AccountService(http.server.ThreadingHTTPServer):
    """An account service that does with each answer what is said of its requestId."""

    daemon_threads = True

    def __init__(self):
        self.behavior = {}
        self.received = []
        self.released = threading.Event()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                service.received.append(body["requestId"])
                behavior = service.behavior.get(body["requestId"], "take")
                if behavior == "hold":
                    service.released.wait(60)
                status, kind, content = {
                    "refuse": (500, "application/json", b"{}"), "picture": (200, "image/png", b"\x89PNG")
                }.get(behavior, (200, "application/json", b"{}"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *arguments):
        """Who asked may have gone meanwhile."""


@pytest.fixture(scope="module")
def service():
    service = AccountService()
    yield service
    service.released.set()
    service.shutdown()
    service.server_close()


@pytest.fixture(scope="module")
def environment(service):
    return {"CLEANROOM_API_ENDPOINT": f"http://127.0.0.1:{service.server_address[1]}"}


@pytest.fixture(scope="module")
def server(program, environment):
    with running(program, environment=environment) as server:
        yield server


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


def wish(name, **other):
    return {"requestId": str(uuid.uuid4()), "account": "111122223333", "database": f"truth_{name}", **other}


def until(condition):
    deadline = time.monotonic() + 30
    while not (value := condition()):
        assert time.monotonic() < deadline, "it has not come to that"
        time.sleep(0.05)
    return value


def document(server, request):
    return get(server, f"/v1/requests/{request['requestId']}").json()


def start(sfn, request, name=None):
    """Asks by StartExecution, which takes what the JSON API would refuse before."""
    sfn.start_execution(stateMachineArn=MACHINE, name=name or request["requestId"], input=json.dumps(request))


def until_ended(server, request):
    until(lambda: "endedAt" in document(server, request))


def until_tried_again(server, request):
    until(lambda: (document(server, request)["delivery"] or {}).get("nextAttemptAt"))


def until_sent(service, request, times=1):
    until(lambda: service.received.count(request["requestId"]) >= times)


# Each brings a request into a situation, and gives what everybody has to say of it.

def taken(server, sfn, service):
    request = wish("taken")
    post(server, request)
    until_ended(server, request)
    return request, "SUCCEEDED", "DELIVERED"


def refused_answer(server, sfn, service):
    request = wish("refused")
    service.behavior[request["requestId"]] = "refuse"
    post(server, request)
    until_tried_again(server, request)
    return request, "SUCCEEDED", "UNDELIVERED"


def name_taken(server, sfn, service):
    request = wish("taken")
    start(sfn, request)
    until_ended(server, request)
    return request, "FAILED", "DELIVERED"


def error_not_taken(server, sfn, service):
    request = wish("taken")
    service.behavior[request["requestId"]] = "refuse"
    start(sfn, request)
    until_tried_again(server, request)
    return request, "FAILED", "UNDELIVERED"


def invalid(server, sfn, service):
    request = wish("invalid", account="x")
    start(sfn, request)
    until_ended(server, request)
    return request, "FAILED", "DELIVERED"


def being_told(server, sfn, service):
    request = wish("held")
    service.behavior[request["requestId"]] = "hold"
    post(server, request)
    until_sent(service, request)
    return request, "SUCCEEDED", "UNDELIVERED"


def told_by_a_recovery(server, sfn, service):
    request = wish("recovered")
    service.behavior[request["requestId"]] = "hold"
    post(server, request)
    until_sent(service, request)
    service.behavior[request["requestId"]] = "take"
    sfn.stop_execution(executionArn=document(server, request)["executionArn"])
    until_ended(server, request)
    return request, "SUCCEEDED", "DELIVERED"


def not_readable(server, sfn, service):
    """The receipt is a picture: the execution ends, and so does the recovery that tells the same again."""
    request = wish("picture")
    service.behavior[request["requestId"]] = "picture"
    post(server, request)
    recovery = until(lambda: document(server, request).get("recoveredBy"))
    until(lambda: sfn.describe_execution(executionArn=recovery)["status"] == "FAILED")
    return request, "SUCCEEDED", "UNDELIVERED"


def joined(server, sfn, service, name="joined"):
    """The other name of the request comes first, and tells its outcome while its own name comes."""
    request = wish(name)
    service.behavior[request["requestId"]] = "hold"
    other = f"other-{request['requestId']}"
    start(sfn, request, other)
    until_sent(service, request)
    start(sfn, request)
    until(lambda: document(server, request)["executionArn"].endswith(other))
    return request, "SUCCEEDED", "UNDELIVERED"


SITUATIONS = [
    taken, refused_answer, name_taken, error_not_taken, invalid, being_told, told_by_a_recovery, not_readable, joined]


def outcome_event(server, request):
    """The document with which a follower is told that it is decided, whether or not anything comes after it."""
    path = f"{server.url}/v1/requests/{request['requestId']}/events"
    with requests.get(path, stream=True, timeout=5) as response:
        return next(json.loads(e["data"]) for e in events(response) if e["event"] == "outcome")


@pytest.fixture(scope="module", params=SITUATIONS, ids=lambda situation: situation.__name__)
def situation(request, server, sfn, service):
    return request.param(server, sfn, service)


@pytest.fixture(scope="module")
def cleanroom(program, server):
    def run(*arguments, status=0):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CLEANROOM_", "AWS_"))}
        result = subprocess.run(
            [program, *arguments, "--output", "json"], capture_output=True, text=True, timeout=60,
            env={**inherited, "CLEANROOM_DATA_DIR": os.path.join(server.folder, "lake")})
        assert status is None or result.returncode == status, result.stderr
        return json.loads(result.stdout)
    return run


def same(left, right):
    """Two documents, but for what a face does not know or what time changes."""
    for each in (left, right):
        for name in ("steps", "location", "repeated", "formatVersion", "result", "reason"):
            each.pop(name, None)
        if "endedAt" not in each:
            each.pop("durationMs", None)
        # Another attempt may have been made meanwhile.
        for name in ("attempts", "nextAttemptAt"):
            if each["delivery"]["status"] == "UNDELIVERED":
                each["delivery"].pop(name, None)
    assert left == right


def test_every_face_says_the_same(server, situation, cleanroom):
    request, status, delivery = situation
    told = document(server, request)
    assert (told["status"], told["delivery"]["status"]) == (status, delivery)
    assert told["outcome"]["status"] == status and told["delivery"]["attempts"] >= 1
    same(document(server, request), outcome_event(server, request))
    same(document(server, request), cleanroom("executions", "show", request["requestId"])["request"])
    listed = cleanroom("executions", "list")["executions"]
    same(document(server, request), next(e for e in listed if e["name"] == request["requestId"])["request"])
    answers = [a for a in cleanroom("answers", "list")["answers"] if a["requestId"] == request["requestId"]]
    assert len(answers) == 1
    same(document(server, request), answers[0])
    waiting = [a["requestId"] for a in cleanroom("answers", "list", "--undelivered")["answers"]]
    assert (request["requestId"] in waiting) == (delivery == "UNDELIVERED")
    metrics = requests.get(f"{server.url}/metrics", timeout=10).text
    assert int(re.search(r"^cleanroom_answers_waiting (\d+)", metrics, re.M)[1]) == len(waiting)


def test_who_asks_again_is_told_the_same(server, situation, cleanroom):
    request, status, delivery = situation
    told = post(server, request)
    if request["account"] != "111122223333":
        assert told.status_code == 422
        return
    assert told.status_code == 200
    same(document(server, request), told.json())
    arguments = [
        "create", "--account", request["account"], "--database", request["database"], "--request-id",
        request["requestId"]]
    code = 0 if status == "SUCCEEDED" else 1
    told = cleanroom(*arguments, "--server", server.url, status=code)
    same(document(server, request), told)
    # It has what was lost recovered anew, so that it is looked at afterwards.
    told = cleanroom(*arguments, "--patience", "1", status=code)
    same(document(server, request), told)


def test_the_outcome_comes_when_it_is_decided_and_the_delivery_when_it_is_settled(server, service):
    request = wish("followed")
    service.behavior[request["requestId"]] = "hold"
    post(server, request)
    told = outcome_event(server, request)
    assert (told["status"], told["delivery"]["status"]) == ("SUCCEEDED", "UNDELIVERED")
    service.behavior[request["requestId"]] = "take"
    service.released.set()
    told = follow(server, request["requestId"])
    assert told[-1]["event"] in ("outcome", "delivery")
    assert json.loads(told[-1]["data"])["delivery"]["status"] == "DELIVERED"
    assert [event["event"] for event in told].count("outcome") == 1


def test_who_follows_a_request_that_has_joined_another_goes_on_where_it_broke_off(server, sfn, service):
    service.released = threading.Event()
    request, _, _ = joined(server, sfn, service, "joined_again")
    service.behavior[request["requestId"]] = "take"
    service.released.set()
    until_ended(server, request)
    told = follow(server, request["requestId"])
    assert told[-1]["event"] == "outcome" and all("/" in event["id"] for event in told)
    for position in (0, len(told) // 2, len(told) - 2):
        assert follow(server, request["requestId"], told[position]["id"]) == told[position + 1:]
