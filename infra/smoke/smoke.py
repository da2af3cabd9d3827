"""Makes a real room on a deployed stack, checks every point of it, records what AWS answered, and removes it.

    python infra/smoke/smoke.py --stack-name NAME --account 111122223333 --database smoke_room

Run it with boto3 and the credentials of a data-lake administrator: nobody else sees every grant. Three requests are
made, and the deployment's endpoint receives the answer of each, under requestIds that it does not know: one room, and
two errors. The account is really shared with, for as long as the room stands.

Exit code: 0 all ok, 1 a check failed, 2 could not run.
"""

import argparse
import json
import re
import signal
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SERVICES = ["cloudformation", "stepfunctions", "glue", "lakeformation", "s3", "athena", "sts", "iam"]
FIXTURES = Path(__file__).resolve().parent / "fixtures"
# Seconds between two looks, and for how long an execution is looked at.
PAUSE, PATIENCE = 2, 900
# In these states only an answer is being delivered: nothing is made or undone any more.
TELLING = ("TellSuccess", "TellError")
# What passes by itself: changes right after one another, principals and executions that are not known everywhere yet.
TRANSIENT = re.compile("ConcurrentModification|OperationTimeout|ExecutionDoesNotExist|Rate exceeded|Invalid principal")


class CannotRun(Exception):
    """Why nothing was tried."""


class Failure(Exception):
    """Why something that was tried did not work."""


# What is tried, and what came of it


@dataclass(frozen=True)
class Deployment:
    """What the stack says of itself."""

    alias: str
    name: str
    workgroup: str
    bucket: str
    location_role: str

    @property
    def partition(self):
        return self.alias.split(":")[1]

    @property
    def owner(self):
        return self.alias.split(":")[4]


@dataclass(frozen=True)
class Room:
    """The room that is asked for, as the contract has it."""

    deployment: Deployment
    request_id: str
    account: str
    database: str

    @property
    def request(self):
        return {"requestId": self.request_id, "account": self.account, "database": self.database}

    @property
    def prefix(self):
        return f"cleanroom/{self.database}/"

    @property
    def location(self):
        return f"s3://{self.deployment.bucket}/{self.prefix}"

    @property
    def location_arn(self):
        return f"arn:{self.deployment.partition}:s3:::{self.deployment.bucket}/{self.prefix}"

    @property
    def grants(self):
        """What the customer has, each with grant option: name, resource, permissions."""
        return [
            ("location", {"DataLocation": {"ResourceArn": self.location_arn}}, ["DATA_LOCATION_ACCESS"]),
            ("database", {"Database": {"Name": self.database}}, ["DESCRIBE"]),
            ("tables", {"Table": {"DatabaseName": self.database, "TableWildcard": {}}}, ["DESCRIBE", "SELECT"]),
        ]


@dataclass(frozen=True)
class Outcome:
    """An execution as it was when it was last looked at."""

    described: dict
    events: list
    state: str

    @property
    def status(self):
        return self.described["status"]

    @property
    def is_settled(self):
        """Whether neither it nor its recovery makes or undoes anything any more."""
        told = str(self.described.get("error", "")).startswith("Cleanroom")
        return self.status == "SUCCEEDED" or told or self.state in TELLING

    def result_of(self, state):
        """What the task of a state gave, or nothing."""
        current = None
        for event in self.events:
            current = event.get("stateEnteredEventDetails", {}).get("name", current)
            details = event.get("taskSucceededEventDetails", {})
            if current == state and "output" in details:
                return json.loads(details["output"])
        return {}


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


# Recording


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
            return {k: "token" if k.lower() == "nexttoken" else self.scrub(v) for k, v in value.items()}
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
        self.questions = {}

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

    def learn(self, question, answer):
        """Keeps what reading shows of a question that the documentation leaves open."""
        self.questions[question] = answer
        self.recorder.save("open-questions", self.questions)
        print(f"       seen: {question}: {answer}")


# Before anything is done


def read_deployment(aws, stack):
    """What is to be found where, from the stack's outputs and parameters."""
    described = aws.call(None, "cloudformation", "describe_stacks", StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
    try:
        alias, role = outputs["AliasArn"], outputs["LocationRole"]
        partition, owner = alias.split(":")[1], alias.split(":")[4]
        return Deployment(
            alias=alias,
            name=parameters["Name"],
            workgroup=parameters["Workgroup"],
            bucket=parameters["Bucket"],
            location_role=role if role.startswith("arn:") else f"arn:{partition}:iam::{owner}:role/{role}",
        )
    except KeyError as error:
        raise CannotRun(f"the stack {stack} has no {error}: is it one of this service?") from None


def identify_operator(aws, deployment):
    """The principal that Lake Formation knows these credentials by."""
    caller = aws.call(None, "sts", "get_caller_identity")
    if caller["Account"] != deployment.owner:
        raise CannotRun("these credentials are of another account than the stack")
    principal = caller["Arn"]
    if ":assumed-role/" in principal:
        # The path of the role is not in the ARN of its session.
        name = principal.split("/")[1]
        principal = aws.call(None, "iam", "get_role", RoleName=name)["Role"]["Arn"]
    for arn in (caller["Arn"], principal):
        aws.recorder.replaced[arn] = f"arn:{deployment.partition}:iam::{deployment.owner}:role/operator"
    return principal


def require_administrator(aws, operator):
    settings = aws.call(None, "lakeformation", "get_data_lake_settings")["DataLakeSettings"]
    administrators = [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", [])]
    if operator not in administrators:
        raise CannotRun(f"{operator} is no data-lake administrator: it would not see every grant")


def require_free(aws, room):
    if aws.find(None, "glue", "get_database", Name=room.database):
        raise CannotRun(f"there is a database {room.database} already: choose another name")
    if aws.find(None, "lakeformation", "describe_resource", ResourceArn=room.location_arn):
        raise CannotRun(f"the location {room.location} is registered already: choose another name")
    if count_objects(aws, None, room):
        raise CannotRun(f"there are objects at {room.location} already: choose another name")


def find_registered_parents(aws, room):
    registered = aws.pages(None, "lakeformation", "list_resources", "ResourceInfoList")
    return [each["ResourceArn"] for each in registered if is_above(each["ResourceArn"], room.location_arn)]


def is_above(arn, location):
    return arn != location and location.startswith(arn.rstrip("/") + "/")


# Executions


def start(aws, record, deployment, request):
    """Starts the alias as the account service does."""
    return aws.call(
        record, "stepfunctions", "start_execution",
        stateMachineArn=deployment.alias, name=request["requestId"], input=json.dumps(request))["executionArn"]


def follow(aws, arn, label=None, enough=()):
    """Looks at an execution until it has ended, or is in a state that is enough, or patience ends."""
    shown, deadline = 0, time.monotonic() + PATIENCE
    while True:
        described = aws.call(None, "stepfunctions", "describe_execution", executionArn=arn)
        events = aws.pages(
            None, "stepfunctions", "get_execution_history", "events", "nextToken", executionArn=arn, maxResults=1000)
        states = [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e]
        for state in states[shown:] if label else []:
            print(f"       {label}: {state}", flush=True)
        shown, last = len(states), states[-1] if states else None
        if described["status"] != "RUNNING" or last in enough or time.monotonic() > deadline:
            break
        time.sleep(PAUSE)
    if label:
        aws.recorder.save(f"stepfunctions-describe-execution-{label}", described)
        history = {"events": [without_answers_of_others(event) for event in events]}
        aws.recorder.save(f"stepfunctions-get-execution-history-{label}", history)
    return Outcome(described, events, last)


def expect_success(report, room, outcome):
    point = "the execution succeeds and tells the room"
    if outcome.status == "SUCCEEDED":
        output = json.loads(outcome.described["output"])
        report.expect(point, output, {**room.request, "location": room.location})
    else:
        why = outcome.described.get("error"), outcome.described.get("cause")
        report.fail(point, f"{outcome.status} in {outcome.state}: {why}")


def refuse(aws, report, started, room, label, point, **changed):
    """Sends a request that has to be refused."""
    request = {**room.request, "requestId": str(uuid.uuid4()), **changed}
    arn = start(aws, None, room.deployment, request)
    started.append(arn)
    outcome = follow(aws, arn, label)
    error = outcome.described.get("error")
    report.expect(point, (outcome.status, error), ("FAILED", "CleanroomNotCreated"))


def check_requests(aws, report, started, room):
    """What becomes of requests that may not make a room while this one stands."""
    try:
        found = start(aws, "stepfunctions-start-execution-again", room.deployment, room.request)
    except ClientError as error:
        found = error.response["Error"]["Code"]
    report.expect("the same request again is told that it has been", found, "ExecutionAlreadyExists")
    before = [read_grants(aws, None, resource) for _, resource, _ in room.grants]
    refuse(aws, report, started, room, "taken", "another request for the same name is refused")
    after = [read_grants(aws, None, resource) for _, resource, _ in room.grants]
    report.expect("the grants are what they were before it", after, before)
    refuse(aws, report, started, room, "invalid", "a request with an invalid account is refused", account="12345")


# Reading a room


def read_grants(aws, record, resource):
    """Who has what on a resource: SELECT comes back apart from the others, and is put together with them."""
    entries = aws.pages(
        record, "lakeformation", "list_permissions", "PrincipalResourcePermissions", Resource=resource)
    grants = {}
    for entry in entries:
        grant = grants.setdefault(entry["Principal"]["DataLakePrincipalIdentifier"], {"may": set(), "may grant": set()})
        grant["may"].update(entry.get("Permissions", []))
        grant["may grant"].update(entry.get("PermissionsWithGrantOption", []))
    return {who: {key: sorted(what) for key, what in grant.items()} for who, grant in sorted(grants.items())}


def find_grants_that_name(aws, database):
    """All grants on a database and in it, found even where the database itself is gone."""
    found = []
    for kind in ("DATABASE", "TABLE"):
        entries = aws.pages(
            None, "lakeformation", "list_permissions", "PrincipalResourcePermissions", ResourceType=kind)
        for entry in entries:
            resource = entry["Resource"]
            names = [
                resource.get("Database", {}).get("Name"),
                resource.get("Table", {}).get("DatabaseName"),
                resource.get("TableWithColumns", {}).get("DatabaseName"),
            ]
            if database in names:
                found.append(entry)
    return found


def count_objects(aws, record, room):
    return aws.call(
        record, "s3", "list_objects_v2", Bucket=room.deployment.bucket, Prefix=room.prefix, MaxKeys=1)["KeyCount"]


def bears_marker(database, room):
    """Whether it was made for this very request; either place of the marker is enough."""
    description, parameters = database.get("Description") or "", database.get("Parameters") or {}
    return (
        description.startswith(f"cleanroom request={room.request_id} ")
        or parameters.get("cleanroom_request_id") == room.request_id
    )


# The points of "What a created cleanroom is"


def check_database(aws, report, room, outcome):
    execution = outcome.described["executionArn"]
    answer = aws.find("glue-get-database", "glue", "get_database", Name=room.database) or {"Database": {}}
    database = answer["Database"]
    report.expect("the database is at its location", database.get("LocationUri"), room.location)
    description = (database.get("Description") or "").split(" ")[:3]
    report.expect(
        "its description is the marker", description,
        ["cleanroom", f"request={room.request_id}", f"execution={execution}"])
    marker = {
        "cleanroom_request_id": room.request_id,
        "cleanroom_execution": execution,
        "cleanroom_deployment": room.deployment.name,
    }
    properties = database.get("Parameters") or {}
    report.expect("its properties are the marker", {key: properties.get(key) for key in marker}, marker)
    defaults = database.get("CreateTableDefaultPermissions") or []
    report.expect("tables made later are given to nobody", defaults if database else None, [])


def check_statement(aws, report, room, outcome):
    query = outcome.result_of("CreateDatabase").get("QueryExecution", {}).get("QueryExecutionId", "none")
    found = aws.call(
        "athena-get-query-execution", "athena", "get_query_execution", QueryExecutionId=query)["QueryExecution"]
    report.expect(
        "a DDL statement in the workgroup made it",
        (found["Query"].split("`")[0].strip(), found["WorkGroup"], found["Status"]["State"]),
        ("CREATE DATABASE", room.deployment.workgroup, "SUCCEEDED"))


def check_location(aws, report, room, outcome):
    answer = aws.find(
        "lakeformation-describe-resource", "lakeformation", "describe_resource", ResourceArn=room.location_arn)
    resource = (answer or {}).get("ResourceInfo", {})
    report.expect(
        "the location is registered under the location role", resource.get("RoleArn"), room.deployment.location_role)
    report.expect(
        "it guards everybody, not only who opts in", resource.get("HybridAccessEnabled", False) if answer else None,
        False)


def check_grants(aws, report, room, outcome):
    for name, resource, permissions in room.grants:
        found = read_grants(aws, f"lakeformation-list-permissions-{name}", resource)
        wanted = {room.account: {"may": permissions, "may grant": permissions}}
        report.expect(f"the customer has its grants on the {name}, and nobody else any", found, wanted)


def check_content(aws, report, room, outcome):
    answer = aws.find("glue-get-tables", "glue", "get_tables", DatabaseName=room.database)
    tables = [table["Name"] for table in answer["TableList"]] if answer else None
    report.expect("no table is in it", tables, [])
    report.expect("no object is in it", count_objects(aws, "s3-list-objects-v2", room), 0)


def check_room(aws, report, room, outcome):
    for check in (check_database, check_statement, check_location, check_grants, check_content):
        report.attempt(f"{check.__name__} reads the room", lambda: check(aws, report, room, outcome))


def learn_of_making(aws, room, outcome, parents):
    """What the database looked like before the workflow itself wrote description and properties once more."""
    made = outcome.result_of("ReadBack").get("Database", {})
    properties = (made.get("Parameters") or {}).get("cleanroom_request_id") == room.request_id
    aws.learn("DBPROPERTIES arrive in Database.Parameters", properties if made else "not seen")
    comment = f"request={room.request_id} " in (made.get("Description") or "")
    aws.learn("COMMENT arrives in Database.Description", comment if made else "not seen")
    answer = True if parents and outcome.status == "SUCCEEDED" else "not seen"
    aws.learn("a location below a registered parent can be registered", answer)


# Removing it


def change_permissions(aws, operation, principal, resource, permissions, grantable=True):
    """Grants or revokes; what was never granted, or whose resource is gone, counts as revoked."""
    try:
        aws.call(
            None, "lakeformation", operation, Principal={"DataLakePrincipalIdentifier": principal}, Resource=resource,
            Permissions=permissions, PermissionsWithGrantOption=permissions if grantable else [])
    except ClientError as error:
        gone = "EntityNotFoundException" in str(error) or "No permissions revoked" in str(error)
        if operation != "revoke_permissions" or not gone:
            raise


def revoke_from_customer(aws, room):
    for _, resource, permissions in room.grants:
        change_permissions(aws, "revoke_permissions", room.account, resource, permissions)


def drop_database(aws, room, operator):
    """Drops it if nothing is in it. An administrator has no right to that in a room whose maker gave all away."""
    database = room.grants[1][1]
    change_permissions(aws, "grant_permissions", operator, database, ["DROP"], grantable=False)
    try:
        query = aws.call(
            None, "athena", "start_query_execution",
            QueryString=f"DROP DATABASE `{room.database}`", WorkGroup=room.deployment.workgroup)["QueryExecutionId"]
        while True:
            status = aws.call(
                "athena-get-query-execution-drop", "athena", "get_query_execution",
                QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                break
            time.sleep(PAUSE)
        if status["State"] != "SUCCEEDED":
            raise Failure(f"{status['State']}: {status.get('StateChangeReason')}")
        left = find_grants_that_name(aws, room.database)
        aws.recorder.save("lakeformation-list-permissions-after-drop", {"PrincipalResourcePermissions": left})
        aws.learn("a grant is listed after its database is dropped", bool(left))
    finally:
        change_permissions(aws, "revoke_permissions", operator, database, ["DROP"], grantable=False)


def deregister_location(aws, room):
    aws.find(None, "lakeformation", "deregister_resource", ResourceArn=room.location_arn)


def remove_room(aws, report, room, operator):
    """Removes the room of this request and nothing else; the database last, since the rest is known by its marker."""
    answer = aws.find(None, "glue", "get_database", Name=room.database)
    if not answer:
        return
    if not bears_marker(answer["Database"], room):
        report.fail("the room is removed", f"{room.database} is another's: nothing was touched")
        return
    if not report.attempt("the customer's grants are revoked", lambda: revoke_from_customer(aws, room)):
        return
    if not report.attempt("the location is deregistered", lambda: deregister_location(aws, room)):
        return
    report.attempt("the database is dropped", lambda: drop_database(aws, room, operator))


def find_left(aws, room):
    """What there is of the room."""
    return {
        "database": bool(aws.find(None, "glue", "get_database", Name=room.database)),
        "registration": bool(
            aws.find(None, "lakeformation", "describe_resource", ResourceArn=room.location_arn)),
        "grants on the location": sorted(read_grants(aws, None, room.grants[0][1])),
        "grants on the database": sorted(
            {e["Principal"]["DataLakePrincipalIdentifier"] for e in find_grants_that_name(aws, room.database)}),
        "objects": count_objects(aws, None, room),
    }


def expect_nothing_left(aws, report, room):
    """What is read may lag behind what was written, so it is read some times."""
    for _ in range(5):
        left = {what: found for what, found in find_left(aws, room).items() if found}
        if not left:
            break
        time.sleep(PAUSE)
    report.expect("nothing is left", left, {})


def clean_up(aws, report, room, operator, started):
    report.note("cleaning up, once nothing is at work any more")
    for arn in started:
        if not follow(aws, arn, enough=TELLING).is_settled:
            report.fail("the room is removed", f"{arn} or its recovery may be at work on it: nothing was touched")
            return
    remove_room(aws, report, room, operator)
    expect_nothing_left(aws, report, room)


# The whole


def try_out(aws, report, room, operator, keep=False):
    """Makes the room and checks it; whatever comes of that, the room is removed."""
    started = []
    try:
        parents = find_registered_parents(aws, room)
        report.note(f"requestId {room.request_id}")
        started.append(start(aws, "stepfunctions-start-execution", room.deployment, room.request))
        outcome = follow(aws, started[0], "created")
        expect_success(report, room, outcome)
        if outcome.status == "SUCCEEDED" or outcome.state == "TellSuccess":
            check_room(aws, report, room, outcome)
            learn_of_making(aws, room, outcome, parents)
        if outcome.status == "SUCCEEDED":
            check_requests(aws, report, started, room)
    except (Exception, KeyboardInterrupt) as error:
        report.fail("the run comes to its end", f"{type(error).__name__}: {error}")
    finally:
        if keep:
            report.note(f"kept: {room.database} at {room.location}, shared with {room.account}")
        else:
            report.attempt("cleaning up comes to its end", lambda: clean_up(aws, report, room, operator, started))


def make_clients(region):
    session = boto3.Session(region_name=region)
    config = Config(retries={"mode": "standard", "max_attempts": 8})
    return {service: session.client(service, config=config) for service in SERVICES}


def prepare(options, clients):
    """Everything that has to be so before anything is done."""
    try:
        aws = AWS(clients or make_clients(options.region), Recorder(options.record))
        deployment = read_deployment(aws, options.stack_name)
        # The first two placeholders are always the same accounts.
        aws.recorder.accounts += dict.fromkeys([deployment.owner, options.account])
        operator = identify_operator(aws, deployment)
        require_administrator(aws, operator)
        room = Room(deployment, str(uuid.uuid4()), options.account, options.database)
        require_free(aws, room)
        return aws, room, operator
    except (BotoCoreError, ClientError) as error:
        raise CannotRun(str(error)) from error


def matching(pattern, rule):
    def check(text):
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not {rule}")
        return text

    return check


def read_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack-name", required=True)
    parser.add_argument("--account", required=True, type=matching("[0-9]{12}", "exactly 12 digits"))
    parser.add_argument(
        "--database", required=True, type=matching("[a-z][a-z0-9_]{0,254}", "lowercase snake_case, a letter first"))
    parser.add_argument("--region")
    parser.add_argument("--record", type=Path, default=FIXTURES, help="folder for what AWS answered")
    parser.add_argument("--keep", action="store_true", help="leave the room")
    return parser.parse_args(arguments)


def interrupt(*_):
    raise KeyboardInterrupt


def main(arguments=None, clients=None):
    options, report = read_options(arguments), Report()
    code = 2
    try:
        aws, room, operator = prepare(options, clients)
        try_out(aws, report, room, operator, options.keep)
        code = 1 if report.failed else 0
    except CannotRun as reason:
        print(f"smoke: {reason}", file=sys.stderr)
    print(f"{len(report.passed)} passed, {len(report.failed)} failed")
    return code


if __name__ == "__main__":
    # So that a room is removed then, too.
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
