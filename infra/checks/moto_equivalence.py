"""Runs the compiled state machine in moto's Step Functions interpreter and on the embedded engine, side by side.

    python moto_equivalence.py out/state_machine.json .build/debug/cleanroom

For each case both lakes are brought into the same state, both run the same request, and the names of the states that
were entered must be the same, in the same order. Packages: moto_requirements.txt.

Not compared, since moto cannot be made to do it:
- failing grants and revocations: its Lake Formation takes every principal, resource and permission;
- a room that cannot be dropped for the tables in it: Glue's deleteDatabase, which stands for the DDL, drops them too;
- statements that time out, and throttling;
- a location that somebody deregisters: moto revokes on it what AWS refuses to.
"""

import datetime
import json
import logging
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

# moto's interpreter calls the services of this server, and finds it by the port that is set when moto is imported.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = free.getsockname()[1]
os.environ.update(
    MOTO_PORT=str(PORT), AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")

import boto3  # noqa: E402
import jsonata as jsonata_python  # noqa: E402
from moto.core.config import default_user_config  # noqa: E402
from moto.glue.models import GlueBackend, glue_backends  # noqa: E402
from moto.lakeformation.exceptions import InvalidInput  # noqa: E402
from moto.lakeformation.models import LakeFormationBackend, Permission, Resource, lakeformation_backends  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (  # noqa: E402
    state_task_service_aws_sdk,
)
from moto.stepfunctions.parser.asl.jsonata import jsonata  # noqa: E402

NAME, BUCKET, CUSTOMER, STRANGER = "core-account-cleanroom-create", "mytiki-ocean", "012345678901", "999999999999"
# Stands in a request for the account that the lake itself is in.
OWN = "the account of the lake"
EVERYBODY, CREATORS = "IAM_ALLOWED_PRINCIPALS", ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]


# What moto cannot do


def reduced(definition: dict) -> dict:
    """The machine as moto can run it. Each replacement keeps the state's name and where it goes.

    1. `http:invoke` and Wait states become Pass states that hand on their input: moto has no HTTP tasks, and it really
       waits.
    2. Athena's DDL becomes `glue:createDatabase`, with what the machine's own `glue:updateDatabase` gives the
       database except the default permissions, or `glue:deleteDatabase`: moto's Athena runs nothing, and its
       interpreter knows no `.sync` there.
    3. In `ErrorEquals` the service is spelled as in the task's Resource (`glue.`, not `Glue.`), but for Step Functions:
       so moto names errors.
    4. `sfn:describeExecution` is called, and its reply read, with small first letters: moto spells the integration as the
       service's own API.
    5. `$states.context.Execution.StartTime` becomes `$states.context.State.EnteredTime`: in moto only the latter is a
       text.
    """
    start = "$states.context.Execution.StartTime"
    definition = json.loads(json.dumps(definition).replace(start, "$states.context.State.EnteredTime"))
    states = definition["States"]
    described = next(s for s in states.values() if s.get("Resource", "").endswith(":glue:updateDatabase"))
    database = described["Arguments"]["DatabaseInput"]
    database = {name: value for name, value in database.items() if name != "CreateTableDefaultPermissions"}
    for name, state in states.items():
        resource = state.get("Resource", "")
        if state["Type"] == "Wait":
            states[name] = {k: v for k, v in state.items() if k != "Seconds"} | {"Type": "Pass"}
        elif resource.endswith(":http:invoke"):
            states[name] = {"Type": "Pass", "Next": state["Next"]}
        elif resource.endswith(":athena:startQueryExecution.sync"):
            creates = "CREATE DATABASE" in state["Arguments"]["QueryString"]
            state["Resource"] = "arn:aws:states:::aws-sdk:glue:" + ("createDatabase" if creates else "deleteDatabase")
            state["Arguments"] = {"DatabaseInput": database} if creates else {"Name": database["Name"]}
        elif resource.endswith(":sfn:describeExecution"):
            state["Arguments"] = {"executionArn": state["Arguments"]["ExecutionArn"]}
            reply = re.compile(r"(\$states\.result\.)([A-Z])")
            state["Assign"] = {
                name: reply.sub(lambda found: found[1] + found[2].lower(), value) if isinstance(value, str) else value
                for name, value in state["Assign"].items()}
        for rule in state.get("Retry", []) + state.get("Catch", []):
            rule["ErrorEquals"] = [
                e if e.startswith(("States.", "Sfn.")) else e.split(".")[0].lower() + "." + e.split(".")[1]
                for e in rule["ErrorEquals"]
            ]
    return definition


def mend_interpreter() -> None:
    """Mends what moto's interpreter makes of expressions and replies.

    - Times in replies are texts, as from AWS's integrations: moto's are objects, which it cannot write as JSON.
    - Expressions in JSONata are evaluated by `jsonata-python`: moto asks a Java library for it that it does not bring
      along. That is a port of a port of the language, and so a second opinion on values.
    """

    def with_times_as_texts(self, response, *rest):
        if isinstance(response, dict):
            response.update(json.loads(json.dumps(response, default=datetime.datetime.isoformat)))

    def queried(expression):
        try:
            value = jsonata_python.Jsonata(expression).evaluate(None)
        except jsonata_python.jexception.JException as error:
            raise jsonata.JSONataException(error.error, str(error)) from error
        # Lists and objects of its own types become those of JSON.
        return json.loads(json.dumps(value, default=lambda each: None))

    jsonata._eval_jsonata = queried
    state_task_service_aws_sdk.StateTaskServiceAwsSdk._normalise_response = with_times_as_texts


def mend_services() -> None:
    """Mends moto's Lake Formation, which is not what is looked at here. As on AWS, then,

    - a batch's `PermissionsWithGrantOption` counts: moto looks for it under a name with an `s` at the end;
    - a grant is found again after another was added to it: moto keeps grants by a hash of what they hold;
    - a registration tells when it was made (`LastModified`);
    - `SELECT` on all tables is listed apart from the other permissions;
    - a list is in the order of its principals, as the embedded lake's is: moto's is a set's, and changes from run to run;
    - a list is refused where there is neither the resource nor a grant on it, as the embedded lake refuses it: moto's
      is empty.
    """
    Permission.__hash__ = lambda self: hash(json.dumps([self.principal, self.resource]))
    for name in ("batch_grant_permissions", "batch_revoke_permissions"):

        def mended(self, catalog_id, entries, original=getattr(LakeFormationBackend, name)):
            entries = [e | {"PermissionsWithGrantOptions": e.get("PermissionsWithGrantOption")} for e in entries]
            original(self, catalog_id, entries)

        setattr(LakeFormationBackend, name, mended)

    def registered(self, arn, role_arn, original=Resource.__init__):
        original(self, arn, role_arn)
        self.registered_at = time.time()

    def described(self, original=Resource.to_dict):
        return original(self) | {"LastModified": self.registered_at}

    def listed(self, catalog_id, principal, resource, resource_type, original=LakeFormationBackend.list_permissions):
        entries = original(self, catalog_id, principal, resource, resource_type)
        if resource.data_location:
            is_there = resource.data_location.resource_arn in self.resources
        else:
            database = resource.database.name if resource.database else resource.table.database_name
            is_there = database in glue_backends[self.account_id][self.region_name].databases
        if not entries and not is_there:
            raise InvalidInput("Resource not found or not registered.")
        entries = sorted(entries, key=lambda entry: entry["Principal"]["DataLakePrincipalIdentifier"])
        return [part for entry in entries for part in apart(entry)]

    Resource.__init__, Resource.to_dict, LakeFormationBackend.list_permissions = registered, described, listed


def apart(entry: dict) -> list[dict]:
    """What is listed of a grant: that of `SELECT` comes by itself."""
    columns = [p for p in entry["Permissions"] if p == "SELECT"] if "Table" in entry["Resource"] else []
    parts = (columns, [p for p in entry["Permissions"] if p not in columns])
    return [
        entry
        | {
            "Permissions": part,
            "PermissionsWithGrantOption": [p for p in entry["PermissionsWithGrantOption"] if p in part],
        }
        for part in parts
        if part
    ]


# The two lakes


class MotoLake:
    account = "123456789012"

    def __init__(self, definition: str):
        logging.disable(logging.CRITICAL)
        mend_interpreter()
        mend_services()
        self.moments = {}
        self.is_running = False
        self._call_back(GlueBackend, "create_database", self._give_to_creator)
        self._call_back(GlueBackend, "delete_database", self._drop_with_database)
        self._call_back(GlueBackend, "create_database", lambda name, *rest: ("made", name))
        self._call_back(LakeFormationBackend, "batch_revoke_permissions", self._moment_of_revocation)
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        ThreadedMotoServer("127.0.0.1", PORT, verbose=False).start()
        names = ("s3", "glue", "lakeformation", "stepfunctions")
        self.s3, self.glue, self.lake, self.steps = (
            boto3.client(name, endpoint_url=f"http://127.0.0.1:{PORT}") for name in names)
        self.s3.create_bucket(Bucket=BUCKET)
        self.role = f"arn:aws:iam::{self.account}:role/{NAME}"
        self.set_administrator(self.role)
        for name, value in {
            "AccountId": self.account, "ApiAuthorization": "connection/id", "ApiEndpoint": "account.mytiki.com",
            "Bucket": BUCKET, "LocationRoleArn": self.role + "-location", "Name": NAME, "Partition": "aws",
            "Region": "us-east-1", "RoleArn": self.role, "Workgroup": "primary",
        }.items():  # fmt: skip
            definition = definition.replace("${" + name + "}", value)
        assert "${" not in definition, "a substitution has no value"
        self.machine = self.steps.create_state_machine(
            name=NAME, roleArn=self.role, definition=json.dumps(reduced(json.loads(definition))))["stateMachineArn"]

    def _call_back(self, backend, method: str, moment) -> None:
        """Has a change made, once, after a call to a service that is the moment for it (`None` for none)."""
        original, moments = getattr(backend, method), self.moments

        def called(self, *arguments):
            result = original(self, *arguments)
            moments.pop(moment(*arguments), lambda: None)()
            return result

        setattr(backend, method, called)

    def _give_to_creator(self, name, *rest) -> None:
        """Gives a database that the machine makes to the machine's role and to everybody, as Lake Formation does by
        itself: moto's gives it to nobody."""
        if not self.is_running:
            return
        for principal, permissions, grantable in ((self.role, CREATORS, CREATORS), (EVERYBODY, ["ALL"], [])):
            self.lake.grant_permissions(
                Principal={"DataLakePrincipalIdentifier": principal}, Resource={"Database": {"Name": name}},
                Permissions=permissions, PermissionsWithGrantOption=grantable)

    def _drop_with_database(self, name) -> None:
        """Has the grants on a dropped database and its tags end with it, as the embedded lake does: moto keeps both."""
        for grants in lakeformation_backends[self.account]["us-east-1"].grants.values():
            grants.permissions = {
                grant for grant in grants.permissions
                if name not in (grant.resource.get("Database", {}).get("Name"),
                                grant.resource.get("Table", {}).get("DatabaseName"))}  # fmt: skip
        glue_backends[self.account]["us-east-1"].tagger.delete_all_tags_for_resource(self._arn(name))

    def _arn(self, database: str) -> str:
        return f"arn:aws:glue:us-east-1:{self.account}:database/{database}"

    def between(self, database: str, execution: str, change) -> None:
        change(self, database)

    def when(self, moment: str, database: str, change) -> None:
        self.moments[moment, database] = lambda: change(self, database)

    def _moment_of_revocation(self, catalog_id, entries):
        is_given_away = entries[0]["Principal"]["DataLakePrincipalIdentifier"] == self.role
        return is_given_away and ("given away", entries[0]["Resource"]["Database"]["Name"])

    def set_administrator(self, principal):
        admins = [{"DataLakePrincipalIdentifier": principal}]
        self.lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": admins})

    def tag(self, database, tags):
        self.glue.tag_resource(ResourceArn=self._arn(database), TagsToAdd=tags)

    def untag(self, database, key):
        self.glue.untag_resource(ResourceArn=self._arn(database), TagsToRemove=[key])

    def create_database(self, database, description="", parameters={}):
        self.glue.create_database(
            DatabaseInput={"Name": database, "Description": description, "Parameters": parameters})

    def rewrite_database(self, database, keep_description):
        found = self.glue.get_database(Name=database)["Database"]
        description = found["Description"] if keep_description else ""
        self.glue.update_database(Name=database, DatabaseInput={"Name": database, "Description": description})

    def delete_database(self, database):
        self.glue.delete_database(Name=database)

    def deregister(self, database):
        self.lake.deregister_resource(ResourceArn=location(database))

    def register(self, database, role):
        self.lake.register_resource(ResourceArn=location(database), RoleArn=role)

    def grant_describe(self, database, principal):
        self.lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": principal}, Resource={"Database": {"Name": database}},
            Permissions=["DESCRIBE"])

    def put_object(self, database):
        self.s3.put_object(Bucket=BUCKET, Key=f"cleanroom/{database}/part.parquet")

    def mark_folder(self, database):
        self.s3.put_object(Bucket=BUCKET, Key=f"cleanroom/{database}/")

    def run(self, execution: str, request: dict) -> None:
        self.is_running = True
        arn = self.steps.start_execution(stateMachineArn=self.machine, name=execution, input=json.dumps(request))
        while self.steps.describe_execution(executionArn=arn["executionArn"])["status"] == "RUNNING":
            time.sleep(0.05)
        self.is_running = False
        self.set_administrator(self.role)

    def states(self, execution: str) -> list[str]:
        arn = self.machine.replace(":stateMachine:", ":execution:") + ":" + execution
        pages = self.steps.get_paginator("get_execution_history").paginate(executionArn=arn)
        return entered(event for page in pages for event in page["events"])


class EmbeddedLake:
    account = "000000000000"

    def __init__(self, binary: str, folder: Path):
        self.binary, self.folder = binary, folder
        # Its engine commits after every task, so that what is done to the lake meanwhile is seen by the next.
        self.probe = Path(binary).with_name("crash-probe")
        self.role = f"arn:aws:iam::{self.account}:role/{NAME}"
        self.statements = None
        self._make_another_room()

    def _cli(self, *arguments: str) -> dict:
        command = [self.binary, *arguments, "--data-dir", str(self.folder), "--output", "json"]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)

    def _make_another_room(self) -> None:
        self._create(str(uuid.uuid4()), CUSTOMER, "another_" + uuid.uuid4().hex)

    def _create(self, *request: str) -> None:
        """Makes a room in a process that dies at no commit."""
        subprocess.run(
            [self.probe, self.folder, *request, "0", "before"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _sql(self, statement: str, *values) -> list:
        """Carries out a statement, or keeps it for the trigger that is being written."""
        if self.statements is not None:
            self.statements.append(statement)
            return []
        with sqlite3.connect(self.folder / "lake.sqlite", timeout=60) as database:
            return database.execute(statement, values).fetchall()

    def when(self, moment: str, database: str, change) -> None:
        self.statements = []
        change(self, database)
        body, self.statements = "; ".join(self.statements), None
        made, granted = place(database, ".Database"), place(database, f'.Permissions.DATABASE."{self.role}"')
        events = {
            "made": {
                "INSERT": f"unpacked(NEW.content) ->> {made} IS NOT NULL",
                "UPDATE": f"unpacked(OLD.content) ->> {made} IS NULL AND unpacked(NEW.content) ->> {made} IS NOT NULL",
            },
            "given away": {
                "UPDATE": f"unpacked(OLD.content) ->> {granted} IS NOT NULL "
                f"AND unpacked(NEW.content) ->> {granted} IS NULL",
            },
        }[moment]
        for event, condition in events.items():
            self._sql(
                f"CREATE TRIGGER meanwhile_{event} AFTER {event} ON catalog_room "
                f"WHEN NEW.room = '{database}' AND {condition} BEGIN {body}; END")

    def between(self, database: str, execution: str, change) -> None:
        """Once that execution has begun, and so before anything is read for it."""
        self.statements = []
        change(self, database)
        body, self.statements = "; ".join(self.statements), None
        if not body:
            return
        self._sql(
            f"CREATE TRIGGER between_executions AFTER INSERT ON journal "
            f"WHEN NEW.execution IN (SELECT id FROM execution WHERE name = '{execution}') BEGIN {body}; END")

    def _insert(self, room: str, name: str, content: dict) -> None:
        # What was inserted here before is not packed.
        before = "CAST(content AS TEXT)" if self.statements is None else "unpacked(content)"
        new = f"json('{json.dumps(content)}')"
        self._sql(
            f"INSERT INTO catalog_room VALUES ('{room}', CAST(json_object('{name}', {new}) AS BLOB)) "
            f"ON CONFLICT DO UPDATE SET content = CAST(json_set({before}, {place(name)}, {new}) AS BLOB)")

    def _change(self, room: str, changed: str) -> None:
        """What the lake has of a room is packed, and can be unpacked by triggers only: they are carried out by the
        program."""
        self._sql(f"UPDATE catalog_room SET content = CAST({changed} AS BLOB) WHERE room = '{room}'")

    def create_database(self, database, description="", parameters={}):
        self._insert(database, database, {"Database": {
            "Description": description, "Parameters": parameters, "CreateTableDefaultPermissions": [],
            "CreateTime": 0}})

    def rewrite_database(self, database, keep_description):
        description = "" if keep_description else f", {place(database, '.Database.Description')}, ''"
        parameters = place(database, ".Database.Parameters")
        self._change(database, f"json_set(unpacked(content), {parameters}, json('{{}}'){description})")

    def delete_database(self, database):
        gone = ", ".join(place(database, part) for part in (".Database", ".Permissions", ".Tags"))
        self._change(database, f"json_remove(unpacked(content), {gone})")

    def set_administrator(self, principal):
        given = [{"Principal": {"DataLakePrincipalIdentifier": EVERYBODY}, "Permissions": ["ALL"]}]
        settings = json.dumps({
            "DataLakeAdmins": [{"DataLakePrincipalIdentifier": principal}],
            "CreateDatabaseDefaultPermissions": given, "CreateTableDefaultPermissions": given})
        self._sql("INSERT OR REPLACE INTO data_lake_settings (id, settings) VALUES (1, ?)", settings)

    def tag(self, database, tags):
        if self.statements is None:
            # Before anything else: the database is not there yet.
            self._insert(database, database, {"Tags": tags})
            return
        changed = place(database, ".Tags")
        old = f"unpacked(content) -> {changed}"
        self._change(
            database, f"json_set(unpacked(content), {changed}, json_patch(coalesce({old}, '{{}}'), "
            f"json('{json.dumps(tags)}')))")

    def untag(self, database, key):
        self._change(database, f"json_remove(unpacked(content), {place(database, f'.Tags.{json.dumps(key)}')})")

    def deregister(self, database):
        self._change(database, f"json_remove(unpacked(content), {place(location(database), '.Location')})")

    def register(self, database, role):
        self._insert(database, location(database), {"Location": {
            "RoleArn": role, "HybridAccessEnabled": False, "LastModified": 0}})

    def grant_describe(self, database, principal):
        if self.statements is None:
            # Before anything else: the database is not there yet.
            self._insert(database, database, {"Permissions": {"DATABASE": {principal: ["DESCRIBE", ""]}}})
            return
        grant = place(database, f'.Permissions.DATABASE."{principal}"')
        self._change(database, f"json_set(unpacked(content), {grant}, json('[\"DESCRIBE\", \"\"]'))")

    def put_object(self, database):
        path = self.folder / "warehouse" / BUCKET / "cleanroom" / database / "part.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def mark_folder(self, database):
        """An empty folder, of which the program lists no object: only moto's machine is shown the mark, and has to go the
        same way in spite of it."""
        (self.folder / "warehouse" / BUCKET / "cleanroom" / database).mkdir(parents=True)

    def run(self, execution: str, request: dict) -> None:
        if execution == request.get("requestId"):
            self._create(request["requestId"], request["account"], request["database"])
            return
        # The CLI names executions itself and refuses what is invalid at once. So the execution is started as if by
        # another process, and whoever makes a room next runs it.
        self._sql(
            "INSERT INTO execution (family, name, machine, input, started_at, seed, status) "
            "SELECT family, ?, machine, ?, ?, 1, 'RUNNING' FROM execution LIMIT 1",
            execution, json.dumps(request), time.time_ns() // 1_000_000)
        while self._sql("SELECT 1 FROM execution WHERE name = ? AND status = 'RUNNING'", execution):
            self._make_another_room()

    def states(self, execution: str) -> list[str]:
        return entered(self._cli("executions", "history", execution)["events"])


def place(name: str, part: str = "") -> str:
    """Where in the content of a room something stands that is under a name, as a path of SQLite."""
    return f"""'$."{name}"{part}'"""


def location(database: str) -> str:
    return f"arn:aws:s3:::{BUCKET}/cleanroom/{database}/"


def entered(events) -> list[str]:
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


# The cases


@dataclass
class Case:
    """A request, and what others do to the lake `before` it is started and while it runs. With `between` the request is
    sent again as another execution, and that is looked at; it is what others do before that."""

    name: str
    before: callable = None
    when_made: callable = None
    when_given_away: callable = None
    between: callable = None
    fields: dict = field(default_factory=dict)
    without: str = ""
    execution: str = ""

    def states(self, lake) -> list[str]:
        request_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, self.name))
        database = "room_" + request_id.split("-")[0]
        request = {"requestId": request_id, "account": CUSTOMER, "database": database} | self.fields
        if request.get("account") == OWN:
            request["account"] = lake.account
        request.pop(self.without, None)
        if self.before:
            self.before(lake, database)
        if self.when_made:
            lake.when("made", database, self.when_made)
        if self.when_given_away:
            lake.when("given away", database, self.when_given_away)
        execution = self.execution or (request_id + "-refused" if self.fields or self.without else request_id)
        lake.run(execution, request)
        if self.between:
            execution += "-again"
            lake.between(database, execution, self.between)
            lake.run(execution, request)
        return lake.states(execution)


def mark_for_another(lake, database, in_properties):
    marker = {"cleanroom_request_id": "another", "cleanroom_execution": "another"}
    text = "cleanroom request=another execution=another started=then deployment=another"
    lake.create_database(database, "" if in_properties else text, marker if in_properties else {})


def another_member(lake, database):
    lake.tag(database, {member(STRANGER): "another"})
    lake.grant_describe(database, STRANGER)


def member(account: str) -> str:
    return "cleanroom:member:" + account


CASES = [
    Case("success"),
    Case("success, marker in the description alone", when_made=lambda lake, db: lake.rewrite_database(db, True)),
    Case("success, location registered meanwhile",
         when_made=lambda lake, db: lake.register(db, lake.role + "-location")),
    Case("success, tags of an earlier room of the name",
         before=lambda lake, db: lake.tag(db, {member(STRANGER): "a", "kept": "yes", member("111122223333"): ""})),
    Case("success, a folder's mark at the location", before=lambda lake, db: lake.mark_folder(db)),
    Case("the same request again, as another execution", between=lambda lake, db: None),
    Case("the same request again, after data has arrived", between=lambda lake, db: lake.put_object(db)),
    Case("the same request again, with another member by now", between=another_member),
    Case("the same request again, its account no member any more",
         between=lambda lake, db: lake.untag(db, member(CUSTOMER))),
    Case("the role is no data-lake administrator",
         before=lambda lake, db: lake.set_administrator(lake.role + "-of-another")),
    Case("name taken by a database", before=lambda lake, db: lake.create_database(db)),
    Case("name taken by a room", before=lambda lake, db: mark_for_another(lake, db, True)),
    Case("name taken by a room, marker in the description alone",
         before=lambda lake, db: mark_for_another(lake, db, False)),
    Case("location registered before", before=lambda lake, db: lake.register(db, lake.role + "-location")),
    Case("objects at the location", before=lambda lake, db: lake.put_object(db)),
    Case("database gone when read back", when_made=lambda lake, db: lake.delete_database(db)),
    Case("database without marker when read back", when_made=lambda lake, db: lake.rewrite_database(db, False)),
    Case("database gone when verified", when_given_away=lambda lake, db: lake.delete_database(db)),
    Case("not whole: a stranger's grant", before=lambda lake, db: lake.grant_describe(db, STRANGER)),
    Case("not whole: location registered meanwhile by another role",
         when_made=lambda lake, db: lake.register(db, lake.role + "-of-another")),
    Case("no requestId", without="requestId"),
    Case("requestId that is a number", fields={"requestId": 1}),
    Case("requestId that is empty", fields={"requestId": ""}),
    Case("requestId that is no UUID", fields={"requestId": "a'b"}),
    Case("no account", without="account"),
    Case("account that is a number", fields={"account": 123456789012}),
    Case("account that is empty", fields={"account": ""}),
    Case("account with a letter", fields={"account": "12345678901x"}),
    Case("account of 11 digits", fields={"account": "12345678901"}),
    Case("account of 13 digits", fields={"account": "1234567890123"}),
    Case("the lake's own account", fields={"account": OWN}),
    Case("no database", without="database"),
    Case("database that is null", fields={"database": None}),
    Case("database that is empty", fields={"database": ""}),
    Case("database in capitals", fields={"database": "Room"}),
    Case("database that begins with a digit", fields={"database": "1room"}),
    Case("execution with an odd name", execution="a+b"),
]  # fmt: skip


def main(definition: str, binary: str) -> int:
    moto = MotoLake(Path(definition).read_text())

    def on_the_embedded_lake(case: Case) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            return case.states(EmbeddedLake(binary, Path(folder)))

    failed = 0
    # Those of the embedded lake that wait do so at the same time; moto's calls race, so its cases come one by one.
    with ThreadPoolExecutor(8) as pool:
        embedded = [pool.submit(on_the_embedded_lake, case) for case in CASES]
        for case, future in zip(CASES, embedded):
            there, here = case.states(moto), future.result()
            if there == here:
                print(f"ok      {case.name}: {len(there)} states, from {there[0]} to {there[-1]}")
            else:
                failed += 1
                print(f"FAILED  {case.name}: moto {json.dumps(there)} but the embedded engine {json.dumps(here)}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
