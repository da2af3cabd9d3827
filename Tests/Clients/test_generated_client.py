"""The description of the JSON API in the hands of others: a validator, and a client that is generated from it."""
import importlib
import json
import os
import pathlib
import subprocess
import sys
import uuid

import openapi_spec_validator
import pytest
import requests


@pytest.fixture(scope="module")
def description(server):
    return requests.get(server.url + "/openapi.json", timeout=30).json()


@pytest.fixture(scope="module")
def client(server, description, tmp_path_factory):
    """The package that openapi-python-client makes, and a client of it for the server."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(description))
    tools = pathlib.Path(sys.executable).parent
    made = subprocess.run(
        [tools / "openapi-python-client", "generate", "--path", folder / "openapi.json", "--meta", "none",
         "--output-path", folder / "cleanroom_client", "--fail-on-warning"],
        capture_output=True, text=True, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("cleanroom_client").Client(base_url=server.url)
    sys.path.remove(str(folder))


def call(name):
    return importlib.import_module(f"cleanroom_client.api.default.{name}").sync_detailed


def model(name):
    return getattr(importlib.import_module("cleanroom_client.models"), name)


def test_the_description_is_valid(description):
    openapi_spec_validator.validate(description)


def test_a_generated_client_asks_for_a_room_waits_for_it_and_lists_it(client):
    request = model("NewRequest")(request_id=str(uuid.uuid4()), account="111122223333", database="generated_room")
    taken = call("create_cleanroom")(client=client, body=request)
    assert taken.status_code == 202 and taken.parsed.request_id == request.request_id
    document = call("show_request")(request.request_id, client=client, wait=30).parsed
    assert document.status == model("RequestStatus").SUCCEEDED
    assert document.outcome.status == model("OutcomeStatus").SUCCEEDED
    assert {step.status for step in document.steps} == {model("StepStatus").DONE}
    room = call("show_cleanroom")("generated_room", client=client).parsed
    assert room.request_id == request.request_id and room.tables == 0
    page = call("list_cleanrooms")(client=client, limit=100).parsed
    assert "generated_room" in [room.database for room in page.cleanrooms]
    assert call("create_cleanroom")(client=client, body=request).status_code == 200


def test_a_generated_client_reads_a_problem(client):
    request = model("NewRequest")(request_id="x", account="1", database="Upper")
    refused = call("create_cleanroom")(client=client, body=request)
    assert refused.status_code == 422 and refused.parsed.code == model("ProblemCode").INVALID_REQUEST
    assert sorted(problem.field for problem in refused.parsed.problems) == ["account", "database", "requestId"]
    assert call("show_cleanroom")("no_such_room", client=client).parsed.code == model("ProblemCode").NOT_FOUND
