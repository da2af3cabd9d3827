"""An account service, as small as it can be: asks for cleanrooms, and takes the answers. Python 3.9, nothing else.

    python Examples/account_service.py receive --port 9000
    python Examples/account_service.py request --account 111122223333 --database acme_room

The answers are taken with the credentials in ANSWER_KEY, as the service sends them in `X-Api-Key`. The first outcome of
a requestId is kept in a file (--file outcomes.db) before it is acknowledged.
"""
import argparse
import contextlib
import hmac
import http.server
import json
import os
import random
import sqlite3
import sys
import time
import urllib.error
import urllib.request
import uuid

CREATED = "/api/latest/ocean/cleanroom/create"
FAILED = "/api/latest/ocean/error"
LARGEST = 256 * 1024


class Outcomes:
    """What this account service has asked for, and what it has been told."""

    def __init__(self, file):
        self.file = file
        with self.open() as db:
            db.execute("CREATE TABLE IF NOT EXISTS outcome (requestId TEXT PRIMARY KEY, path TEXT, body TEXT)")

    @contextlib.contextmanager
    def open(self):
        db = sqlite3.connect(self.file, timeout=30)
        try:
            with db:
                yield db
        finally:
            db.close()

    def ask(self, request_id):
        """Notes a requestId before it is sent: whatever happens then, it can be asked again under it."""
        with self.open() as db:
            db.execute("INSERT OR IGNORE INTO outcome VALUES (?, NULL, NULL)", [request_id])

    def tell(self, request_id, path, body):
        """Keeps the first outcome that arrives. An answer may arrive twice, and is the same then."""
        with self.open() as db:
            db.execute("INSERT OR IGNORE INTO outcome VALUES (?, NULL, NULL)", [request_id])
            db.execute(
                "UPDATE outcome SET path = ?, body = ? WHERE requestId = ? AND path IS NULL", [path, body, request_id])


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes answers. Anything else than 2xx has the service send the same answer again, for 24 hours."""

    protocol_version = "HTTP/1.1"
    outcomes = None
    key = ""

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            return self.answer(411, "the length of the body is missing")
        if not 0 <= length <= LARGEST:
            return self.answer(413, f"the body has more than {LARGEST} bytes")
        body = self.rfile.read(length)
        if not hmac.compare_digest(self.headers.get("X-Api-Key", "").encode(), self.key.encode()):
            return self.answer(401, "X-Api-Key is not the key that was agreed")
        if self.path not in (CREATED, FAILED):
            return self.answer(404, "no such path")
        try:
            request_id = json.loads(body)["requestId"]
        except (ValueError, KeyError, TypeError):
            return self.answer(400, "the body is no object with a requestId")
        self.outcomes.tell(request_id, self.path, body.decode())
        self.answer(204)

    def answer(self, status, problem=""):
        text = problem.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        # What was not read of a body would be taken for the next request.
        if status >= 400:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(text)


def call(url, body=None, tries=8):
    """Calls the service, again and again where that can help, and gives the status and the document."""
    for attempt in range(tries):
        request = urllib.request.Request(
            url, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        if token := os.environ.get("CLEANROOM_TOKEN"):
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 500, 502, 503, 504) or attempt == tries - 1:
                return error.code, json.loads(error.read() or b"{}")
        except OSError:
            if attempt == tries - 1:
                raise
        # Anywhere up to twice as long as before, so that many callers do not come back at once.
        time.sleep(random.uniform(0, min(30, 0.5 * 2**attempt)))


def ask(outcomes, service, account, database, request_id):
    """Asks for a room and waits until its outcome is decided."""
    outcomes.ask(request_id)
    request = {"requestId": request_id, "account": account, "database": database}
    status, document = call(f"{service}/v1/cleanrooms", request)
    if status not in (200, 202):
        # Nothing was begun, and no answer will come.
        return document
    while document.get("outcome") is None:
        status, document = call(f"{service}/v1/requests/{request_id}?wait=30")
        if status != 200:
            break
    return document


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["receive", "request"])
    parser.add_argument("--file", default="outcomes.db")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--service", default="http://127.0.0.1:8787")
    parser.add_argument("--account")
    parser.add_argument("--database")
    parser.add_argument("--request-id", help="send this request once more")
    options = parser.parse_args()
    outcomes = Outcomes(options.file)
    if options.what == "receive":
        Receiver.outcomes, Receiver.key = outcomes, os.environ.get("ANSWER_KEY", "")
        if not Receiver.key:
            sys.exit("ANSWER_KEY is not set: without it anybody could tell of rooms")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Receiver)
        print(f"takes answers at http://127.0.0.1:{server.server_port}", flush=True)
        return server.serve_forever()
    if not options.account or not options.database:
        parser.error("request needs --account and --database")
    request_id = options.request_id or str(uuid.uuid4())
    document = ask(outcomes, options.service, options.account, options.database, request_id)
    print(json.dumps(document, indent=2))
    sys.exit(0 if (document.get("outcome") or {}).get("status") == "SUCCEEDED" else 1)


if __name__ == "__main__":
    main()
