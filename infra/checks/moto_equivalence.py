"""Runs the compiled state machine in moto's Step Functions interpreter and on the embedded engine, side by side.

    python moto_equivalence.py out/state_machine.json .build/debug/cleanroom

For each case both lakes are brought into the same state, both run the same request, and the names of the states that
were entered must be the same, in the same order. Packages: moto_requirements.txt.

Not compared, since moto cannot be made to do it:
- failing grants and revocations: its Lake Formation takes every principal, resource and permission;
- a room that cannot be dropped for the tables in it: Glue's deleteDatabase, which stands for the DDL, drops them too;
- statements that time out, and throttling.
"""

import contextlib
import functools
import io
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
from moto.core.config import default_user_config  # noqa: E402
from moto.glue.models import FakeDatabase, GlueBackend  # noqa: E402
from moto.lakeformation.models import LakeFormationBackend  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.generic.string_format import (  # noqa: E402
    StringFormat,
)
from moto.stepfunctions.parser.asl.utils import json_path  # noqa: E402

NAME, BUCKET, CUSTOMER, STRANGER = "core-account-cleanroom-create", "mytiki-ocean", "012345678901", "999999999999"
OPTIONS = {"requestId": "--request-id", "account": "--account", "database": "--database"}


# What moto cannot do


def reduced(definition: dict) -> dict:
    """The machine as moto can run it. Each replacement keeps the state's name and where it goes.

    1. `http:invoke` and Wait states become Pass states that hand on their input: moto has no HTTP tasks, and it really
       waits.
    2. Athena's DDL becomes `glue:createDatabase`, with what the machine's own `glue:updateDatabase` gives the
       database except the default permissions, or `glue:deleteDatabase`: moto's Athena runs nothing, and its
       interpreter knows no `.sync` there.
    3. In `ErrorEquals` the service is spelled as in the task's Resource (`glue.`, not `Glue.`): so moto names errors.
    4. A path that ends in a descendant (`$..X`) gets `[*]`: moto fails where it finds nothing, and gives the bare value
       where it finds one, instead of a list. `[*]` takes a text for a list of one there.
    5. `sfn:describeExecution` is called with small first letters and gives its status alone: moto spells the integration
       as the service's own API, and cannot write the times in the whole answer as JSON.
    6. `$$.Execution.StartTime` becomes `$$.State.EnteredTime`: in moto only the latter is a text.
    """
    text = re.sub(r"(\$[\w.]*\.\.\w+)(?![\w.\[])", r"\1[*]", json.dumps(definition))
    definition = json.loads(text.replace("$$.Execution.StartTime", "$$.State.EnteredTime"))
    states = definition["States"]
    described = next(s for s in states.values() if s.get("Resource", "").endswith(":glue:updateDatabase"))
    database = dict(described["Parameters"]["DatabaseInput"])
    del database["CreateTableDefaultPermissions"]
    for name, state in states.items():
        resource = state.get("Resource", "")
        if state["Type"] == "Wait" or resource.endswith(":http:invoke"):
            states[name] = {"Type": "Pass", "Next": state["Next"]}
        elif resource.endswith(":athena:startQueryExecution.sync"):
            creates = "CREATE DATABASE" in state["Parameters"]["QueryString.$"]
            state["Resource"] = "arn:aws:states:::aws-sdk:glue:" + ("createDatabase" if creates else "deleteDatabase")
            state["Parameters"] = {"DatabaseInput": database} if creates else {"Name.$": database["Name.$"]}
        elif resource.endswith(":sfn:describeExecution"):
            state["Parameters"] = {"executionArn.$": state["Parameters"]["ExecutionArn.$"]}
            state["ResultSelector"] = {"Status.$": "$.status"}
        for rule in state.get("Retry", []) + state.get("Catch", []):
            rule["ErrorEquals"] = [
                e if e.startswith("States.") else e.split(".")[0].lower() + "." + e.split(".")[1]
                for e in rule["ErrorEquals"]
            ]
    return definition


def mend_format() -> None:
    r"""Has `States.Format` take `\{` and `\}` for the braces themselves, as AWS says of reserved characters: moto hands
    its template to Python, to which that is a field of an unknown name. It also keeps both of the backslashes by which
    JSON writes one.

    Source: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>
    """

    def evaluated(self, env):
        self.argument_list.eval(env=env)
        template, *values = env.stack.pop()
        template = re.sub(r"\\+([{}])", r"\1\1", template)
        env.stack.append(template.format(*map(self._to_str_repr, values)))

    StringFormat._eval_body = evaluated


def mend_services() -> None:
    """Mends two of moto's services, which are not what is looked at here.

    Lake Formation looks for `PermissionsWithGrantOption` of a batch under a name with an `s` at the end. And Glue's
    CreateTime is left out: the interpreter cannot write its own times as JSON (`States.JsonToString`). Parsed paths are
    kept, since parsing them takes most of the time.
    """
    json_path.parse = functools.cache(json_path.parse)
    described = FakeDatabase.as_dict
    FakeDatabase.as_dict = lambda self: {k: v for k, v in described(self).items() if k != "CreateTime"}
    for name in ("batch_grant_permissions", "batch_revoke_permissions"):

        def mended(self, catalog_id, entries, original=getattr(LakeFormationBackend, name)):
            entries = [e | {"PermissionsWithGrantOptions": e.get("PermissionsWithGrantOption")} for e in entries]
            original(self, catalog_id, entries)

        setattr(LakeFormationBackend, name, mended)


def comparable(names: list[str]) -> list[str]:
    """Without the one known difference: revoking what was never granted is a failure in the lake, as on AWS, and the
    machine drops it from the list and looks again (`…DropFailure`, `…LookIntoFailures`); moto revokes it silently."""
    drops = {i for i, name in enumerate(names) if name.endswith("DropFailure")}
    return [name for i, name in enumerate(names) if i not in drops and i - 1 not in drops]


# The two lakes


class MotoLake:
    account = "123456789012"

    def __init__(self, definition: str):
        logging.disable(logging.CRITICAL)
        mend_format()
        mend_services()
        self.moments = {}
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
        """Has a change made, once, after a call to a service that is the moment for it."""
        original, moments = getattr(backend, method), self.moments

        def called(self, *arguments):
            result = original(self, *arguments)
            moments.pop(moment(*arguments), lambda: None)()
            return result

        setattr(backend, method, called)

    def when(self, moment: str, database: str, change) -> None:
        self.moments[moment, database] = lambda: change(self, database)

    def _moment_of_revocation(self, catalog_id, entries):
        is_given_away = entries[0]["Principal"]["DataLakePrincipalIdentifier"] == self.role
        return is_given_away and ("given away", entries[0]["Resource"]["Database"]["Name"])

    def set_administrator(self, principal):
        admins = [{"DataLakePrincipalIdentifier": principal}]
        self.lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": admins})

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

    def run(self, execution: str, request: dict) -> None:
        arn = self.steps.start_execution(stateMachineArn=self.machine, name=execution, input=json.dumps(request))
        while self.steps.describe_execution(executionArn=arn["executionArn"])["status"] == "RUNNING":
            time.sleep(0.05)

    def states(self, execution: str) -> list[str]:
        arn = self.machine.replace(":stateMachine:", ":execution:") + ":" + execution
        pages = self.steps.get_paginator("get_execution_history").paginate(executionArn=arn)
        return entered(event for page in pages for event in page["events"])


class EmbeddedLake:
    account = "000000000000"

    def __init__(self, binary: str, folder: Path):
        self.binary, self.folder = binary, folder
        self.role = f"arn:aws:iam::{self.account}:role/{NAME}"
        self.statements = None
        self._make_another_room()

    def _cli(self, *arguments: str) -> dict:
        command = [self.binary, *arguments, "--data-dir", str(self.folder), "--output", "json"]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)

    def _make_another_room(self) -> None:
        self._cli(
            "create", "--commit-every-task", "--account", CUSTOMER, "--database", "another_" + uuid.uuid4().hex)

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
        self._change(database, f"json_remove(unpacked(content), {place(database, '.Database')})")

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
        path.parent.mkdir(parents=True)
        path.touch()

    def run(self, execution: str, request: dict) -> None:
        if execution == request.get("requestId"):
            request = [part for name, option in OPTIONS.items() for part in (option, request[name])]
            # What is done to the lake meanwhile happens between two steps, and is to be seen by the next.
            self._cli("create", "--commit-every-task", *request)
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
    """A request, and what others do to the lake `before` it is started and while it runs."""

    name: str
    before: callable = None
    when_made: callable = None
    when_given_away: callable = None
    fields: dict = field(default_factory=dict)
    without: str = ""
    execution: str = ""
    again: bool = False

    def states(self, lake) -> list[str]:
        request_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, self.name))
        database = "room_" + request_id.split("-")[0]
        request = {"requestId": request_id, "account": CUSTOMER, "database": database} | self.fields
        request.pop(self.without, None)
        if self.before:
            self.before(lake, database)
        if self.when_made:
            lake.when("made", database, self.when_made)
        if self.when_given_away:
            lake.when("given away", database, self.when_given_away)
        execution = self.execution or (request_id + "-refused" if self.fields or self.without else request_id)
        lake.run(execution, request)
        if self.again:
            execution += "-again"
            lake.run(execution, request)
        return lake.states(execution)


def mark_for_another(lake, database, in_properties):
    marker = {"cleanroom_request_id": "another", "cleanroom_execution": "another"}
    text = "cleanroom request=another execution=another started=then deployment=another"
    lake.create_database(database, "" if in_properties else text, marker if in_properties else {})


CASES = [
    Case("success"),
    Case("success, marker in the description alone", when_made=lambda lake, db: lake.rewrite_database(db, True)),
    Case("success, location registered meanwhile",
         when_made=lambda lake, db: lake.register(db, lake.role + "-location")),
    Case("the same request again, as another execution", again=True),
    Case("name taken by a database", before=lambda lake, db: lake.create_database(db)),
    Case("name taken by a room", before=lambda lake, db: mark_for_another(lake, db, True)),
    Case("name taken by a room, marker in the description alone",
         before=lambda lake, db: mark_for_another(lake, db, False)),
    Case("location registered before", before=lambda lake, db: lake.register(db, lake.role + "-location")),
    Case("objects at the location", before=lambda lake, db: lake.put_object(db)),
    Case("database gone when read back", when_made=lambda lake, db: lake.delete_database(db)),
    Case("database without marker when read back", when_made=lambda lake, db: lake.rewrite_database(db, False)),
    Case("database gone when verified", when_given_away=lambda lake, db: lake.delete_database(db)),
    Case("location deregistered when verified", when_given_away=lambda lake, db: lake.deregister(db)),
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
            there, here = comparable(case.states(moto)), comparable(future.result())
            if there == here:
                print(f"ok      {case.name}: {len(there)} states, from {there[0]} to {there[-1]}")
            else:
                failed += 1
                print(f"FAILED  {case.name}: moto {json.dumps(there)} but the embedded engine {json.dumps(here)}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    # moto's parser prints what it cannot read: the quotes within the statements of Athena, which it does not run.
    with contextlib.redirect_stderr(io.StringIO()):
        status = main(*sys.argv[1:])
    sys.exit(status)
