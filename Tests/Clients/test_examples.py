"""The example of an account service, as it stands in `Examples`, against a server of this program."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from server import running

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "Examples" / "account_service.py"
KEY = "the-key-that-was-agreed"


@pytest.fixture
def receiver(tmp_path):
    """The receiver of the example, with the file that it keeps outcomes in."""
    file = tmp_path / "outcomes.db"
    process = subprocess.Popen(
        [sys.executable, EXAMPLE, "receive", "--port", "0", "--file", file], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**os.environ, "ANSWER_KEY": KEY})
    url = re.search(r"http://\S+", process.stdout.readline())[0]
    yield url, file
    process.kill()
    process.wait()
    process.stdout.close()


def ask(service, file, database, *arguments):
    result = subprocess.run(
        [sys.executable, EXAMPLE, "request", "--service", service, "--account", "111122223333", "--database",
         database, "--file", file, *arguments], stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    return result.returncode, json.loads(result.stdout)


def told(file, request_id, within=30):
    """The path and the body that the receiver was told, once it has been."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        with sqlite3.connect(file) as db:
            row = db.execute(
                "SELECT path, body FROM outcome WHERE requestId = ? AND path IS NOT NULL", [request_id]).fetchone()
        if row:
            return row[0], json.loads(row[1])
        time.sleep(0.1)
    raise AssertionError(f"{request_id} was not told of")


def test_the_example_asks_for_a_room_and_is_told_of_it(program, receiver):
    url, file = receiver
    environment = {"CLEANROOM_CONNECTION_API_KEY_NAME": "X-Api-Key", "CLEANROOM_CONNECTION_API_KEY_VALUE": KEY}
    with running(program, "--api-endpoint", url, environment=environment) as server:
        code, document = ask(server.url, file, "acme_room")
        assert (code, document["outcome"]["status"]) == (0, "SUCCEEDED")
        made = document["requestId"]
        assert told(file, made) == ("/api/latest/ocean/cleanroom/create", {"requestId": made})
        # The same request once more is the same room.
        code, document = ask(server.url, file, "acme_room", "--request-id", made)
        assert (code, document["repeated"]) == (0, True)
        # A name that is taken is refused at once.
        code, document = ask(server.url, file, "acme_room")
        assert (code, document["code"]) == (1, "DatabaseAlreadyExists")


@pytest.mark.parametrize("path, headers, body, status", [
    ("/api/latest/ocean/error", {"X-Api-Key": "another"}, b"{}", 401),
    ("/api/latest/ocean/error", {}, b"{}", 401),
    ("/api/latest/ocean/other", {"X-Api-Key": KEY}, b"{}", 404),
    ("/api/latest/ocean/error", {"X-Api-Key": KEY}, b"[]", 400),
    ("/api/latest/ocean/error", {"X-Api-Key": KEY}, b"{" * 300_000, 413),
], ids=["another key", "no key", "another path", "no object", "too large"])
def test_the_example_takes_no_answer_that_is_not_the_services(receiver, path, headers, body, status):
    url, file = receiver
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)) as problem:
        urllib.request.urlopen(urllib.request.Request(url + path, data=body, headers=headers), timeout=10)
    if isinstance(problem.value, urllib.error.HTTPError):
        assert problem.value.code == status
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT COUNT(*) FROM outcome").fetchone() == (0,)
