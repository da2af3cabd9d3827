"""Requests that botocore signs: good ones are let in, and with one byte changed anywhere they are not."""
import datetime
import http.client
import json

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.exceptions import ClientError

from server import REGION, running

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = b'{"maxResults":1}'


@pytest.fixture(scope="module")
def guarded(program):
    """A server that lets in who signs with one access key."""
    with running(program, environment={"CLEANROOM_ACCESS_KEYS": f"{KEY}:{SECRET}"}) as server:
        yield server


def signed(server, at=None, secret=SECRET, service="states"):
    """A request as botocore signs it: method, path, headers, body."""
    request = botocore.awsrequest.AWSRequest(
        method="POST", url=server.url + "/", data=BODY,
        headers={"X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"})
    auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials(KEY, secret), service, REGION)
    if at is not None:
        real = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda *_, **__: at.replace(tzinfo=None)
        try:
            auth.add_auth(request)
        finally:
            botocore.auth.get_current_datetime = real
    else:
        auth.add_auth(request)
    headers = dict(request.headers.items())
    headers["Host"] = server.url.removeprefix("http://")
    return ["POST", "/", headers, BODY]


def send(connection, method, path, headers, body):
    """Sends bytes as they are and gives the status and the error's code."""
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    text = response.read()
    return response.status, response.headers.get("x-amzn-ErrorType"), text


@pytest.fixture
def connection(guarded):
    connection = http.client.HTTPConnection(guarded.url.removeprefix("http://"))
    yield connection
    connection.close()


def test_a_good_signature_is_let_in(guarded, connection):
    status, _, text = send(connection, *signed(guarded))
    assert status == 200 and json.loads(text)["stateMachines"]
    for service in ("stepfunctions", "athena", "glue", "lakeformation", "sts"):
        client = guarded.client(service, KEY, SECRET)
        call = {
            "stepfunctions": "list_state_machines", "athena": "list_work_groups", "glue": "get_databases",
            "lakeformation": "get_data_lake_settings", "sts": "get_caller_identity"}[service]
        assert getattr(client, call)()["ResponseMetadata"]["HTTPStatusCode"] == 200


def changed(text):
    """Every text that differs from this one in one character."""
    for index, character in enumerate(text):
        other = "x" if ord(character) <= 32 else chr(ord(character) ^ 1)
        yield text[:index] + other + text[index + 1:]


def test_with_one_byte_changed_anywhere_it_is_not(guarded):
    method, path, headers, body = signed(guarded)
    covered = {n for n in headers if n.lower() not in ("content-length", "connection", "user-agent")}
    altered = []
    for name in covered:
        for value in changed(headers[name]):
            altered.append((method, path, {**headers, name: value}, body))
    for index in range(len(body)):
        altered.append((method, path, headers, body[:index] + bytes([body[index] ^ 1]) + body[index + 1:]))
    altered += [("PUT", path, headers, body), (method, "/x", headers, body), (method, "/?a", headers, body)]
    accepted = []
    for request in altered:
        # Some of them are no HTTP any more, and end their connection.
        connection = http.client.HTTPConnection(guarded.url.removeprefix("http://"))
        status, _, text = send(connection, *request)
        connection.close()
        if status < 400 or status >= 500:
            accepted.append((request, status, text))
    assert len(altered) > 300 and accepted == []


def test_what_is_changed_is_refused_for_its_signature(guarded, connection):
    method, path, headers, body = signed(guarded)
    status, code, _ = send(connection, method, path, headers, body.replace(b"1", b"2"))
    assert (status, code) == (403, "InvalidSignatureException")


@pytest.mark.parametrize("minutes,accepted", [(-4, True), (4, True), (-6, False), (6, False)])
def test_clocks_may_differ_by_five_minutes(guarded, connection, minutes, accepted):
    now = datetime.datetime.now(datetime.timezone.utc)
    status, code, _ = send(connection, *signed(guarded, at=now + datetime.timedelta(minutes=minutes)))
    assert (status == 200) == accepted
    assert accepted or code == "InvalidSignatureException"


def test_a_signature_for_another_service_is_refused(guarded, connection):
    status, code, _ = send(connection, *signed(guarded, service="athena"))
    assert (status, code) == (403, "IncompleteSignatureException")


@pytest.mark.parametrize("service,call", [
    ("stepfunctions", "list_state_machines"), ("lakeformation", "get_data_lake_settings"),
    ("sts", "get_caller_identity")])
def test_an_unknown_key_and_a_wrong_secret_are_refused(guarded, service, call):
    for key, secret, code in [("AKIDOTHER", SECRET, "UnrecognizedClientException"),
                              (KEY, "x" + SECRET, "InvalidSignatureException")]:
        with pytest.raises(ClientError) as error:
            getattr(guarded.client(service, key, secret), call)()
        assert error.value.response["Error"]["Code"] == code
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_call_without_a_signature_is_refused(guarded, connection):
    method, path, headers, body = signed(guarded)
    del headers["Authorization"]
    status, code, _ = send(connection, method, path, headers, body)
    assert (status, code) == (403, "MissingAuthenticationTokenException")
