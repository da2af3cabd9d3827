"""Makes a real room on a deployed stack, checks every point of it, records what AWS answered, and removes it.

Then it tries out on a database and a location of its own what AWS's documentation leaves open (probe.py), and writes
down which settings of the embedded lake this account matches (behavior.py).

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
from dataclasses import dataclass, replace
from pathlib import Path

import calls
from behavior import FILE, Behavior
from botocore.exceptions import BotoCoreError, ClientError
from calls import AWS, CannotRun, Recorder, Report, becomes, make_clients, run_statement, without_answers_of_others
from grants import find_grants_on_location, find_grants_that_name, grant, principal_of, read_grants, revoke
from probe import Probe

FIXTURES = Path(__file__).resolve().parent / "fixtures"

# In these states only an answer is being delivered: nothing is made or undone any more.
DELIVERING = ("NotifySuccess", "NotifyError", "TellSuccess", "TellError")
# For how long after an execution's end its log event is waited for, in looks that PAUSE lies between.
LOG_LOOKS = 30
# What the tags of a database begin with that name the members of a room.
MEMBER = "cleanroom:member:"


# What is tried, and what came of it


@dataclass(frozen=True)
class Deployment:
    """What the stack says of itself."""

    alias: str
    name: str
    workgroup: str
    bucket: str
    location_role: str
    machine_role: str
    log_group: str

    @property
    def partition(self):
        return self.alias.split(":")[1]

    @property
    def region(self):
        return self.alias.split(":")[3]

    @property
    def owner(self):
        return self.alias.split(":")[4]

    def role_arn(self, name_or_arn):
        return name_or_arn if name_or_arn.startswith("arn:") else (
            f"arn:{self.partition}:iam::{self.owner}:role/{name_or_arn}")

    def database_arn(self, name):
        return f"arn:{self.partition}:glue:{self.region}:{self.owner}:database/{name}"


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
        return self.status == "SUCCEEDED" or told or self.state in DELIVERING

    def result_of(self, *states):
        """What the task of one of these states gave, or nothing."""
        current = None
        for event in self.events:
            current = event.get("stateEnteredEventDetails", {}).get("name", current)
            details = event.get("taskSucceededEventDetails", {})
            if current in states and "output" in details:
                return json.loads(details["output"])
        return {}


# Before anything is done


def read_deployment(aws, stack):
    """What is to be found where, from the stack's outputs and parameters."""
    described = aws.call(None, "cloudformation", "describe_stacks", StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
    try:
        found = Deployment(
            alias=outputs["AliasArn"],
            name=parameters["Name"],
            workgroup=parameters["Workgroup"],
            bucket=parameters["Bucket"],
            location_role=outputs["LocationRole"],
            machine_role=outputs["MachineRoleName"],
            log_group=outputs["LogGroupName"],
        )
        return replace(
            found, location_role=found.role_arn(found.location_role), machine_role=found.role_arn(found.machine_role))
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


def read_administrators(aws):
    settings = aws.call(None, "lakeformation", "get_data_lake_settings")["DataLakeSettings"]
    return [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", [])]


def require_administrator(aws, operator):
    if operator not in read_administrators(aws):
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
    shown, deadline = 0, time.monotonic() + calls.PATIENCE
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
        time.sleep(calls.PAUSE)
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


def count_objects(aws, record, room):
    """Up to two. An empty object whose key is the location itself, a folder's mark, is none."""
    listed = aws.call(
        record, "s3", "list_objects_v2", Bucket=room.deployment.bucket, Prefix=room.prefix, MaxKeys=3)
    return len([each for each in listed.get("Contents", []) if (each["Key"], each["Size"]) != (room.prefix, 0)])


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
        "cleanroom_account": room.account,
    }
    properties = database.get("Parameters") or {}
    report.expect("its properties are the marker", {key: properties.get(key) for key in marker}, marker)
    defaults = database.get("CreateTableDefaultPermissions") or []
    report.expect("tables made later are given to nobody", defaults if database else None, [])


def read_member_tags(aws, record, room):
    """The members of the room, which are tags of its database."""
    answer = aws.find(record, "glue", "get_tags", ResourceArn=room.deployment.database_arn(room.database)) or {}
    return {key: value for key, value in answer.get("Tags", {}).items() if key.startswith(MEMBER)}


def check_members(aws, report, room, outcome):
    tags = read_member_tags(aws, "glue-get-tags", room)
    report.expect("the customer is its only member", tags, {MEMBER + room.account: room.request_id})


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
    for check in (check_database, check_members, check_statement, check_location, check_grants, check_content):
        report.attempt(f"{check.__name__} reads the room", lambda: check(aws, report, room, outcome))


def learn_of_making(behavior, room, outcome, parents):
    """What the database looked like before the workflow itself wrote description and properties once more."""
    made = outcome.result_of("ReadBackDatabase", "ReadBack").get("Database", {})
    if made:
        properties = (made.get("Parameters") or {}).get("cleanroom_request_id") == room.request_id
        behavior.settle("keepsDatabaseProperties", properties, "as the machine read its database back")
        comment = f"request={room.request_id} " in (made.get("Description") or "")
        behavior.settle("keepsDatabaseComment", comment, "as the machine read its database back")
    if parents and outcome.status == "SUCCEEDED":
        behavior.settle("refusesNestedLocations", False, f"the room was registered below {', '.join(parents)}")


def learn_of_log(aws, behavior, deployment, started, since):
    """Whether the events that the metric filters look at carry the error of a refused request."""
    name = "details.error in the log's ExecutionFailed events"
    found = []

    def look():
        events = aws.pages(
            None, "logs", "filter_log_events", "events", "nextToken", logGroupName=deployment.log_group,
            startTime=since, filterPattern='{ $.type = "ExecutionFailed" }')
        messages = [json.loads(event["message"]) for event in events]
        found[:] = [message for message in messages if message.get("execution_arn") in started]
        return found

    try:
        if becomes(look, LOG_LOOKS):
            errors = [message.get("details", {}).get("error") or "missing" for message in found]
            behavior.note(name, ", ".join(sorted(set(errors))))
        else:
            behavior.note(name, "not seen: no such event arrived")
    except (ClientError, ValueError, AttributeError) as error:
        behavior.note(name, f"not seen: {error}")


# Removing it


def revoke_from_customer(aws, room):
    for _, resource, permissions in room.grants:
        revoke(aws, room.account, resource, permissions, permissions)


def end_membership(aws, room):
    """So that a later room of this name inherits no member, whatever becomes of a dropped database's tags."""
    tags = list(read_member_tags(aws, None, room))
    if tags:
        arn = room.deployment.database_arn(room.database)
        aws.call(None, "glue", "untag_resource", ResourceArn=arn, TagsToRemove=tags)


def drop_database(aws, room, operator, behavior):
    """Drops it if nothing is in it. An administrator has no right to that in a room whose maker gave all away."""
    database = room.grants[1][1]
    grant(aws, operator, database, ["DROP"])
    try:
        statement = f"DROP DATABASE `{room.database}`"
        run_statement(aws, "athena-get-query-execution-drop", room.deployment.workgroup, statement)
        left = find_grants_that_name(aws, room.database)
        aws.recorder.save("lakeformation-list-permissions-after-drop", {"PrincipalResourcePermissions": left})
        behavior.note("grants on the room right after its database was dropped", str(len(left)))
    finally:
        revoke(aws, operator, database, ["DROP"])


def deregister_location(aws, room):
    aws.find(None, "lakeformation", "deregister_resource", ResourceArn=room.location_arn)


def remove_room(aws, report, room, operator, behavior):
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
    report.attempt("the membership is ended", lambda: end_membership(aws, room))
    report.attempt("the database is dropped", lambda: drop_database(aws, room, operator, behavior))


def find_left(aws, room):
    """What there is of the room."""
    return {
        "database": bool(aws.find(None, "glue", "get_database", Name=room.database)),
        "registration": bool(
            aws.find(None, "lakeformation", "describe_resource", ResourceArn=room.location_arn)),
        "grants on the location": sorted(map(principal_of, find_grants_on_location(aws, room.location_arn))),
        "grants on the database": sorted(set(map(principal_of, find_grants_that_name(aws, room.database)))),
        "objects": count_objects(aws, None, room),
    }


def expect_nothing_left(aws, report, room):
    left = {}

    def look():
        left.clear()
        left.update({what: found for what, found in find_left(aws, room).items() if found})
        return not left

    becomes(look)
    report.expect("nothing is left", left, {})


def clean_up(aws, report, room, operator, started, behavior):
    report.note("cleaning up, once nothing is at work any more")
    for arn in started:
        if not follow(aws, arn, enough=DELIVERING).is_settled:
            report.fail("the room is removed", f"{arn} or its recovery may be at work on it: nothing was touched")
            return
    remove_room(aws, report, room, operator, behavior)
    expect_nothing_left(aws, report, room)


# The whole


def try_out(aws, report, room, operator, behavior, parents, keep=False):
    """Makes the room and checks it; whatever comes of that, the room is removed. Says whether it came to its end."""
    started, since = [], int(time.time() * 1000)
    try:
        is_administrator = room.deployment.machine_role in read_administrators(aws)
        report.expect("the machine's role is a data-lake administrator", is_administrator, True)
        report.note(f"requestId {room.request_id}")
        started.append(start(aws, "stepfunctions-start-execution", room.deployment, room.request))
        outcome = follow(aws, started[0], "created")
        expect_success(report, room, outcome)
        if outcome.status == "SUCCEEDED" or outcome.state in DELIVERING[::2]:
            check_room(aws, report, room, outcome)
            learn_of_making(behavior, room, outcome, parents)
        if outcome.status == "SUCCEEDED":
            check_requests(aws, report, started, room)
            learn_of_log(aws, behavior, room.deployment, started, since)
        return True
    except (Exception, KeyboardInterrupt) as error:
        report.fail("the run comes to its end", f"{type(error).__name__}: {error}")
        return False
    finally:
        if keep:
            report.note(f"kept: {room.database} at {room.location}, shared with {room.account}")
        else:
            report.attempt(
                "cleaning up comes to its end", lambda: clean_up(aws, report, room, operator, started, behavior))


def probe_account(aws, report, deployment, operator, behavior, parents):
    """Tries out what is open; whatever comes of that, all that was made for it is removed."""
    try:
        Probe(aws, report, behavior, deployment, operator, parents).run()
    except (Exception, KeyboardInterrupt) as error:
        report.fail("the probe comes to its end", f"{type(error).__name__}: {error}")


def write_behavior(report, deployment, behavior, path):
    for line in behavior.lines():
        report.note(line)
    behavior.write(path, deployment.owner, deployment.region)
    report.note(f"written to {path}")


def prepare(options, clients):
    """Everything that has to be so before anything is done."""
    try:
        aws = AWS(clients or make_clients(options.region, options.profile), Recorder(options.record))
        deployment = read_deployment(aws, options.stack_name)
        # The first two placeholders are always the same accounts.
        aws.recorder.accounts += dict.fromkeys([deployment.owner, options.account])
        operator = identify_operator(aws, deployment)
        require_administrator(aws, operator)
        room = Room(deployment, str(uuid.uuid4()), options.account, options.database)
        require_free(aws, room)
        return aws, room, operator, find_registered_parents(aws, room)
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
    parser.add_argument("--profile")
    parser.add_argument("--record", type=Path, default=FIXTURES, help="folder for what AWS answered")
    parser.add_argument("--behavior", type=Path, default=FILE, help="file for what the account shows of open questions")
    parser.add_argument("--keep", action="store_true", help="leave the room")
    return parser.parse_args(arguments)


def interrupt(*_):
    raise KeyboardInterrupt


def main(arguments=None, clients=None):
    options, report = read_options(arguments), Report()
    code = 2
    try:
        aws, room, operator, parents = prepare(options, clients)
        behavior = Behavior()
        if try_out(aws, report, room, operator, behavior, parents, options.keep):
            probe_account(aws, report, room.deployment, operator, behavior, parents)
        write_behavior(report, room.deployment, behavior, options.behavior)
        code = 1 if report.failed else 0
    except CannotRun as reason:
        print(f"smoke: {reason}", file=sys.stderr)
    print(f"{len(report.passed)} passed, {len(report.failed)} failed")
    return code


if __name__ == "__main__":
    # So that a room is removed then, too.
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
