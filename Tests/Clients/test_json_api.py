"""The JSON API, with nothing but HTTP: requests, schemathesis against its description, and server-sent events."""
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import uuid

import jsonschema
import pytest
import requests

from server import running

ACCOUNT = "111122223333"


def wish(database, **changes):
    return {"requestId": str(uuid.uuid4()), "account": ACCOUNT, "database": database, **changes}


def post(server, body, **options):
    return requests.post(f"{server.url}/v1/cleanrooms", json=body, timeout=30, **options)


def get(server, path, **options):
    return requests.get(server.url + path, timeout=70, **options)


def is_problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status and problem["code"] == code
    assert problem["type"] == f"/docs#{code}" and problem["title"] and problem["detail"]
    return problem


@pytest.fixture(scope="module")
def description(server):
    return get(server, "/openapi.json").json()


@pytest.fixture
def check(description):
    def check(response, schema):
        jsonschema.Draft202012Validator(
            {"$ref": f"#/components/schemas/{schema}", "components": description["components"]}
        ).validate(response.json())
        return response.json()
    return check


def made(server, database):
    body = wish(database)
    response = post(server, body)
    assert response.status_code == 202, response.text
    document = get(server, response.headers["Location"] + "?wait=30").json()
    assert document["status"] == "SUCCEEDED", document
    return body, document


def test_a_room_is_asked_for_waited_for_and_shown(server, check):
    body = wish("asked_for")
    response = post(server, body)
    assert response.status_code == 202
    assert response.headers["Location"] == f"/v1/requests/{body['requestId']}"
    taken = check(response, "Request")
    assert {k: taken[k] for k in body} == body and taken["repeated"] is False
    document = check(get(server, response.headers["Location"] + "?wait=30"), "Request")
    assert document["status"] == "SUCCEEDED" and document["outcome"] == {"status": "SUCCEEDED"}
    assert document["delivery"]["body"] == {"requestId": body["requestId"]}
    names = [step["name"] for step in document["steps"]]
    assert names.index("CreateDatabase") < names.index("GrantToAccount") < names.index("NotifySuccess")
    ended = get(server, response.headers["Location"]).json()
    assert all(step["status"] == "DONE" and step["attempts"] == 1 for step in ended["steps"])
    room = check(get(server, "/v1/cleanrooms/asked_for"), "Cleanroom")
    assert room["requestId"] == body["requestId"] and room["registered"]
    assert {grant["principal"] for grant in room["grants"]} == {ACCOUNT}


def test_a_repeated_request_is_told_what_became_of_the_first(server, check):
    body, document = made(server, "repeated")
    response = post(server, body)
    assert response.status_code == 200
    again = check(response, "Request")
    assert again["repeated"] is True and again["executionArn"] == document["executionArn"]
    assert response.headers["Location"] == f"/v1/requests/{body['requestId']}"
    for change in ({"database": "other"}, {"account": "999999999999"}):
        is_problem(post(server, {**body, **change}), 409, "REQUEST_ID_REUSED")
    assert get(server, "/v1/cleanrooms/other").status_code == 404


def test_a_taken_name_is_refused_and_the_request_id_stays_free(server):
    made(server, "taken")
    before = get(server, "/v1/cleanrooms/taken").json()
    body = wish("taken", account="999999999999")
    is_problem(post(server, body), 409, "DatabaseAlreadyExists")
    assert get(server, "/v1/cleanrooms/taken").json() == before
    is_problem(get(server, f"/v1/requests/{body['requestId']}"), 404, "NOT_FOUND")
    assert post(server, {**body, "database": "not_taken"}).status_code == 202


def test_every_problem_of_a_body_is_told_at_once(server):
    problem = is_problem(
        post(server, {"requestId": "x", "account": 123456789012, "extra": 1}), 422, "INVALID_REQUEST")
    assert sorted(item["field"] for item in problem["problems"]) == ["account", "database", "extra", "requestId"]
    for body in ([], "x", None, 1):
        is_problem(
            requests.post(f"{server.url}/v1/cleanrooms", data=json.dumps(body), timeout=30), 422, "INVALID_REQUEST")
    for body in (b"", b"{", b"\xff", b'{"a":1,"a":2}'):
        is_problem(requests.post(f"{server.url}/v1/cleanrooms", data=body, timeout=30), 400, "INVALID_JSON")
    is_problem(post(server, wish("Upper")), 422, "INVALID_REQUEST")
    is_problem(post(server, wish("a" * 256)), 422, "INVALID_REQUEST")
    is_problem(
        requests.post(f"{server.url}/v1/cleanrooms", data="a=b", timeout=30,
                      headers={"Content-Type": "application/x-www-form-urlencoded"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    is_problem(
        requests.post(f"{server.url}/v1/cleanrooms", data=b" " * 1_048_577, timeout=30), 413, "BODY_TOO_LARGE")


def test_rooms_are_listed_page_by_page(server, check):
    for number in range(5):
        made(server, f"page_{number}")
    found, cursor = [], None
    while True:
        page = check(get(server, "/v1/cleanrooms", params={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}),
                     "Page")
        found += [room["database"] for room in page["cleanrooms"]]
        assert len(page["cleanrooms"]) <= 2
        cursor = page.get("nextCursor")
        if not cursor:
            break
    assert found == sorted(found) and len(found) == len(set(found))
    assert [name for name in found if name.startswith("page_")] == [f"page_{n}" for n in range(5)]
    for query in ("limit=0", "limit=1001", "limit=x", "limit=%2B1", "cursor=X", "cursor=", "cursor=%27%20OR%201"):
        is_problem(get(server, f"/v1/cleanrooms?{query}"), 400, "INVALID_PARAMETER")


def test_what_is_not_there_is_told_so(server):
    for path in ("/v1/cleanrooms/none", f"/v1/requests/{uuid.uuid4()}", f"/v1/requests/{uuid.uuid4()}/events",
                 "/v1/nothing", "/v1/requests/%2e%2e"):
        is_problem(get(server, path), 404, "NOT_FOUND")
    for method, path, allow in (("DELETE", "/v1/cleanrooms", "GET, HEAD, POST"), ("POST", "/v1/requests/x", "GET, HEAD"),
                                ("PUT", "/openapi.json", "GET, HEAD")):
        response = requests.request(method, server.url + path, timeout=30)
        is_problem(response, 405, "METHOD_NOT_ALLOWED")
        assert response.headers["Allow"] == allow
    body, _ = made(server, "waits")
    for wait in ("-1", "61", "x", ""):
        is_problem(get(server, f"/v1/requests/{body['requestId']}?wait={wait}"), 400, "INVALID_PARAMETER")


def events(response):
    event = {}
    for line in response.iter_lines(decode_unicode=True):
        if line.startswith(":"):
            continue
        if not line:
            if event:
                yield event
            event = {}
            continue
        key, value = line.split(": ", 1)
        event[key] = value


def follow(server, request_id, last=None):
    headers = {"Last-Event-ID": last} if last else {}
    with get(server, f"/v1/requests/{request_id}/events", headers=headers, stream=True) as response:
        assert response.status_code == 200 and response.headers["Content-Type"] == "text/event-stream"
        return list(events(response))


def test_a_request_is_followed_step_by_step_and_from_any_event_on(server, description):
    body = wish("followed")
    post(server, body)
    assert follow(server, body["requestId"])[-1]["event"] in ("outcome", "delivery")
    told = follow(server, body["requestId"])
    assert [event["event"] for event in told] == ["step"] * (len(told) - 1) + ["outcome"]
    assert json.loads(told[-1]["data"])["status"] == "SUCCEEDED"
    validator = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Step", "components": description["components"]})
    for event in told[:-1]:
        validator.validate(json.loads(event["data"]))
    ids = [int(event["id"]) for event in told[:-1]]
    assert ids == sorted(set(ids)) and told[-1]["id"] == f"outcome-{ids[-1]}"
    done = [json.loads(e["data"])["name"] for e in told[:-1] if json.loads(e["data"])["status"] == "DONE"]
    assert done.index("CreateDatabase") < done.index("NotifySuccess")
    for position in (0, len(ids) // 2, len(ids) - 1):
        assert follow(server, body["requestId"], told[position]["id"]) == told[position + 1:]
    assert follow(server, body["requestId"], "nonsense") == told
    last = get(server, f"/v1/requests/{body['requestId']}/events", headers={"Last-Event-ID": told[-1]["id"]})
    assert last.status_code == 204 and not last.content


def test_what_cannot_be_delivered_is_decided_all_the_same(program):
    # Nobody listens on port 1 of this machine.
    with running(program, "--api-endpoint", "127.0.0.1:1") as server:
        body = wish("undelivered")
        post(server, body)
        document = get(server, f"/v1/requests/{body['requestId']}?wait=30").json()
        assert document["status"] == "SUCCEEDED" and document["delivery"]["status"] == "UNDELIVERED"
        assert "endedAt" not in document
        told = follow(server, body["requestId"])
        assert told[-1]["event"] in ("outcome", "delivery")
        outcome = json.loads(told[-1]["data"])
        assert outcome["delivery"]["attempts"] >= 1
        assert outcome["delivery"]["failure"]["error"] == "States.Http.Socket"


def test_who_follows_does_not_hold_a_server_up_that_is_stopped(program):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # A receiver that never says anything: the answer is on its way for a minute.
        endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
        with running(program, "--api-endpoint", endpoint) as server:
            body = wish("stopped")
            post(server, body)
            first, told = threading.Event(), []

            def listen():
                with get(server, f"/v1/requests/{body['requestId']}/events", stream=True) as response:
                    for event in events(response):
                        told.append(event)
                        first.set()

            thread = threading.Thread(target=listen)
            thread.start()
            assert first.wait(timeout=30)
            begin = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begin < 10
            thread.join(timeout=30)
            assert not thread.is_alive() and told[-1]["event"] != "delivery"


def test_a_bearer_token_is_asked_for_where_tokens_are_configured(program):
    token = "a token of thirty-two characters"
    hashes = {"CLEANROOM_TOKEN_HASHES": hashlib.sha256(token.encode()).hexdigest()}
    with running(program, environment=hashes) as server:
        response = get(server, "/v1/cleanrooms")
        is_problem(response, 401, "UNAUTHORIZED")
        assert response.headers["WWW-Authenticate"] == "Bearer"
        is_problem(get(server, "/v1/cleanrooms", headers={"Authorization": "Bearer other"}), 401, "UNAUTHORIZED")
        assert get(server, "/v1/cleanrooms", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert get(server, "/docs").status_code == 200
        # The command line uses the same API.
        environment = {**os.environ, "CLEANROOM_TOKEN": token}
        create = [program, "create", "--server", server.url, "--account", ACCOUNT, "--database", "by_command"]
        done = subprocess.run([*create, "--output", "json"], env=environment, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["status"] == "SUCCEEDED" and document["formatVersion"] == 1
        assert document["location"] == "s3://mytiki-ocean/cleanroom/by_command/"
        text = subprocess.run(
            [*create, "--request-id", document["requestId"]], env=environment, capture_output=True, text=True,
            timeout=60)
        assert text.returncode == 0 and "was made before" in text.stdout and "✓ CreateDatabase" in text.stdout
        taken = subprocess.run([*create, "--output", "json"], env=environment, capture_output=True, timeout=60)
        assert taken.returncode == 1
        assert json.loads(taken.stdout)["error"]["code"] == "DatabaseAlreadyExists"
        wrong = subprocess.run(
            [*create, "--output", "json"], env={**environment, "CLEANROOM_TOKEN": "x"}, capture_output=True,
            timeout=60)
        assert wrong.returncode == 1 and json.loads(wrong.stdout)["error"]["code"] == "UNAUTHORIZED"


def test_the_page_for_people_has_everything_and_nothing_from_elsewhere(server, description):
    response = get(server, "/docs")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    for path in description["paths"]:
        assert path in response.text
    for code in description["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]:
        assert f'id="{code}"' in response.text
        page = pathlib.Path(__file__).parents[2] / "docs" / "errors" / f"{code}.md"
        assert page.read_text().startswith(f"# {code}\n")
    assert "src=" not in response.text and "https://" not in response.text


def test_schemathesis_finds_no_response_outside_the_description(program):
    with running(program) as server:
        made(server, "acme_room")
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--checks", "all",
             "--exclude-checks", "ignored_auth", "--max-examples", "25", "--phases", "examples,coverage,fuzzing",
             "--generation-deterministic", "--request-timeout", "70", "--no-color"],
            capture_output=True, text=True, timeout=240, cwd=server.folder)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
