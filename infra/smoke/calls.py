"""Calls to AWS whose answers are recorded, and the report of a run."""

import json
import re
import time
from datetime import datetime

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SERVICES = ["cloudformation", "stepfunctions", "glue", "lakeformation", "s3", "athena", "sts", "iam", "logs"]
# Seconds between two looks, and for how long something is looked at that takes its time.
PAUSE, PATIENCE = 2, 900
# What passes by itself: changes right after one another, principals and executions that are not known everywhere yet.
TRANSIENT = re.compile("ConcurrentModification|OperationTimeout|ExecutionDoesNotExist|Rate exceeded|Invalid principal")


class CannotRun(Exception):
    """Why nothing was tried."""


class Failure(Exception):
    """Why something that was tried did not work."""


class Report:
    """Prints a line for each point, and counts."""

    def __init__(self):
        self.passed, self.failed = [], []

    def expect(self, point, found, wanted):
        if found == wanted:
            self.passed.append(point)
            print(f"ok     {point}")
        else:
            self.fail(point, f"found {found!r}, wanted {wanted!r}")

    def fail(self, point, why):
        self.failed.append(point)
        print(f"FAILED {point}: {why}")

    def note(self, text):
        print(f"       {text}")

    def attempt(self, point, do):
        """Whether it could be done; if not, the point has failed."""
        try:
            do()
            return True
        except Exception as error:
            self.fail(point, f"{type(error).__name__}: {error}")
            return False


class Recorder:
    """Writes answers into a folder, without what belongs to one account or one moment."""

    VOLATILE = re.compile(
        r"(?P<uuid>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)"
        r"|(?P<account>(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z]))"
        r"|(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(?:Z|[+-]\d\d:?\d\d)?)"
    )
    EPOCH = re.compile(r'("\w*(?:Time|Timestamp|Date|On)"\s*:\s*)\d[\d.E]*')

    def __init__(self, folder):
        self.folder = folder
        self.replaced = {}
        self.accounts, self.uuids = [], []

    def save(self, name, answer):
        self.folder.mkdir(parents=True, exist_ok=True)
        answer = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        text = json.dumps(self.scrub(answer), indent=2, sort_keys=True, ensure_ascii=False)
        (self.folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    def scrub(self, value):
        if isinstance(value, dict):
            # A token for the next page says in its own way whose it is.
            # The keys of tags may name an account.
            return {self.scrub(k): "token" if k.lower() == "nexttoken" else self.scrub(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.scrub(item) for item in value]
        if isinstance(value, datetime):
            return "timestamp"
        if isinstance(value, str):
            for old, new in self.replaced.items():
                value = value.replace(old, new)
            return self.EPOCH.sub(r'\1"timestamp"', self.VOLATILE.sub(self._placeholder, value))
        return value

    def _placeholder(self, match):
        if match["uuid"]:
            return f"00000000-0000-4000-8000-{self._number(self.uuids, match['uuid'].lower()):012}"
        if match["account"]:
            return str(self._number(self.accounts, match["account"]) % 10) * 12
        return "timestamp"

    @staticmethod
    def _number(known, value):
        if value not in known:
            known.append(value)
        return known.index(value) + 1


def without_answers_of_others(event):
    """The event without what the endpoint replied: that is not AWS's to show, and may hold a cookie."""
    kind = next((k for k in ("taskSucceededEventDetails", "taskFailedEventDetails") if k in event), None)
    details = event.get(kind, {})
    if details.get("resourceType") != "http":
        return event
    details = {key: value for key, value in details.items() if key != "cause"}
    if "output" in details:
        output = json.loads(details["output"])
        details["output"] = json.dumps({key: output.get(key) for key in ("StatusCode", "StatusText")})
    return {**event, kind: details}


class AWS:
    """The services, with what they answer recorded where the call has a name."""

    def __init__(self, clients, recorder):
        self.clients, self.recorder = clients, recorder

    def call(self, record, service, operation, **parameters):
        for delay in (1, 2, 4, 8, 16, None):
            try:
                answer = getattr(self.clients[service], operation)(**parameters)
                break
            except ClientError as error:
                if delay and TRANSIENT.search(str(error)):
                    time.sleep(delay * PAUSE / 2)
                    continue
                if record:
                    self.recorder.save(record, {"Error": error.response["Error"]})
                raise
        if record:
            self.recorder.save(record, answer)
        return answer

    def find(self, record, service, operation, **parameters):
        """The answer, or nothing where what is asked for is not there."""
        try:
            return self.call(record, service, operation, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return None
            raise

    def pages(self, record, service, operation, key, token="NextToken", **parameters):
        """What is in all pages of a list."""
        found, page, more = [], 1, {}
        while True:
            name = record if page == 1 or not record else f"{record}-{page}"
            answer = self.find(name, service, operation, **parameters, **more) or {}
            found += answer.get(key, [])
            if not answer.get(token):
                return found
            page, more = page + 1, {token: answer[token]}


def make_clients(region=None, profile=None):
    session = boto3.Session(region_name=region, profile_name=profile)
    config = Config(retries={"mode": "standard", "max_attempts": 8})
    return {service: session.client(service, config=config) for service in SERVICES}


def run_statement(aws, record, workgroup, text):
    """Runs a statement of Athena to its end."""
    query = aws.call(None, "athena", "start_query_execution", QueryString=text, WorkGroup=workgroup)["QueryExecutionId"]
    deadline = time.monotonic() + PATIENCE
    while True:
        status = aws.call(record, "athena", "get_query_execution", QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
            break
        if time.monotonic() > deadline:
            # It could take effect later.
            aws.call(None, "athena", "stop_query_execution", QueryExecutionId=query)
        time.sleep(PAUSE)
    if status["State"] != "SUCCEEDED":
        raise Failure(f"{status['State']}: {status.get('StateChangeReason')}")


def becomes(condition, looks=5):
    """Whether something becomes true; what is read may lag behind what was written."""
    for look in range(looks):
        if condition():
            return True
        if look + 1 < looks:
            time.sleep(PAUSE)
    return False
