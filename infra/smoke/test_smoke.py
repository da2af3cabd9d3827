"""Tries smoke.py on moto's Glue, Lake Formation, S3, CloudFormation and STS, with small stand-ins for the rest.

    python infra/smoke/test_smoke.py
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import traceback
from datetime import datetime, timezone
from pathlib import Path

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-2",
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)

from botocore.exceptions import ClientError  # noqa: E402
from moto import mock_aws  # noqa: E402

sys.dont_write_bytecode = True
import smoke  # noqa: E402

smoke.PAUSE = 0
OWNER, CUSTOMER, STRANGER = "123456789012", "098765432109", "444455556666"
STACK, NAME, BUCKET, DATABASE = "rooms", "service", "lake", "smoke_room"
MACHINE = f"arn:aws:states:us-east-2:{OWNER}:stateMachine:{NAME}"
ROLE = f"arn:aws:iam::{OWNER}:role/{NAME}-location"
OPERATOR = f"arn:aws:sts::{OWNER}:user/moto"
TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "Default": NAME},
        "Workgroup": {"Type": "String", "Default": "rooms"},
        "Bucket": {"Type": "String", "Default": BUCKET},
    },
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"AliasArn": {"Value": MACHINE + ":live"}, "LocationRole": {"Value": NAME + "-location"}},
}


# Stand-ins for what moto cannot do


def refusal(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "call")


class Lake:
    """moto's Lake Formation with three manners of the real one: hybrid access, SELECT kept apart, and pages."""

    def __init__(self, client):
        self.client, self.hybrid = client, False

    def __getattr__(self, name):
        return getattr(self.client, name)

    def describe_resource(self, **parameters):
        answer = self.client.describe_resource(**parameters)
        answer["ResourceInfo"].update(
            HybridAccessEnabled=self.hybrid, LastModified=datetime(2026, 1, 2, tzinfo=timezone.utc))
        return answer

    def list_permissions(self, NextToken="0", **parameters):
        entries = []
        for entry in self.client.list_permissions(**parameters)["PrincipalResourcePermissions"]:
            kept = "Table" in entry["Resource"] and "SELECT" in entry["Permissions"]
            entries += self.split(entry) if kept else [entry]
        position = int(NextToken)
        page = {"PrincipalResourcePermissions": entries[position : position + 1]}
        return page | ({"NextToken": str(position + 1)} if position + 1 < len(entries) else {})

    @staticmethod
    def split(entry):
        keys, table = ("Permissions", "PermissionsWithGrantOption"), entry["Resource"]["Table"]
        columns = {"DatabaseName": table["DatabaseName"], "Name": "ALL_TABLES", "ColumnWildcard": {}}
        select = {key: [each for each in entry[key] if each == "SELECT"] for key in keys}
        others = {key: [each for each in entry[key] if each != "SELECT"] for key in keys}
        return [entry | others, entry | select | {"Resource": {"TableWithColumns": columns}}]


class Athena:
    """Drops what is empty, and knows the statement that made the room."""

    def __init__(self, glue):
        self.glue, self.queries = glue, {"made": (f"CREATE DATABASE `{DATABASE}` COMMENT ''", "SUCCEEDED", "rooms")}

    def start_query_execution(self, QueryString, WorkGroup):
        assert QueryString == f"DROP DATABASE `{DATABASE}`", QueryString
        state = "FAILED" if self.glue.get_tables(DatabaseName=DATABASE)["TableList"] else "SUCCEEDED"
        if state == "SUCCEEDED":
            self.glue.delete_database(Name=DATABASE)
        self.queries["drop"] = (QueryString, state, WorkGroup)
        return {"QueryExecutionId": "drop"}

    def get_query_execution(self, QueryExecutionId):
        query, state, workgroup = self.queries[QueryExecutionId]
        return {"QueryExecution": {"Query": query, "Status": {"State": state}, "WorkGroup": workgroup}}


class States:
    """Does for a request what the workflow does, at once. `after` meddles with what it has done."""

    def __init__(self, world):
        self.world, self.executions = world, {}
        self.after = lambda request, accepted: None
        self.stuck_in = None

    def start_execution(self, stateMachineArn, name, input):
        assert stateMachineArn == MACHINE + ":live"
        request, arn = json.loads(input), f"{MACHINE.replace('stateMachine', 'execution')}:{name}"
        assert name == request["requestId"]
        if arn in self.executions:
            raise refusal("ExecutionAlreadyExists")
        accepted = len(request["account"]) == 12 and DATABASE not in self.world.databases()
        events = []
        if accepted:
            self.world.make_room(request, arn)
            events = self.history()
        self.after(request, accepted)
        last = self.stuck_in or ("TellSuccess" if accepted else "TellError")
        status = "RUNNING" if self.stuck_in else "SUCCEEDED" if accepted else "FAILED"
        described = {"executionArn": arn, "status": status, "startDate": datetime(2026, 1, 2)}
        if status == "SUCCEEDED":
            described["output"] = json.dumps({**request, "location": f"s3://{BUCKET}/cleanroom/{DATABASE}/"})
        elif status == "FAILED":
            described["error"] = "CleanroomNotCreated"
        lost = {"taskFailedEventDetails": {"resourceType": "http", "error": "503", "cause": "secret"}}
        events += self.steps(("http", last, {"StatusCode": 200, "Headers": "secret"}))
        self.executions[arn] = described, [*events, lost]
        return {"executionArn": arn, "startDate": datetime(2026, 1, 2)}

    def history(self):
        query = {"QueryExecution": {"QueryExecutionId": "made", "Status": {"SubmissionDateTime": 1767312000000}}}
        room = self.world.glue.get_database(Name=DATABASE)["Database"]
        made = {"Database": {"Parameters": room["Parameters"], "Description": room["Description"]}}
        return self.steps(("athena", "CreateDatabase", query), ("aws-sdk:glue", "ReadBack", made))

    @staticmethod
    def steps(*steps):
        events = []
        for kind, state, output in steps:
            events.append({"stateEnteredEventDetails": {"name": state}})
            events.append({"taskSucceededEventDetails": {"resourceType": kind, "output": json.dumps(output)}})
        return events

    def describe_execution(self, executionArn):
        return dict(self.executions[executionArn][0])

    def get_execution_history(self, executionArn, maxResults):
        return {"events": self.executions[executionArn][1]}


class World:
    """An account with the stack, a neighbouring room, and nothing else."""

    def __init__(self, folder):
        self.folder, self.report = folder, None
        self.clients = smoke.make_clients("us-east-2")
        self.glue, self.s3 = self.clients["glue"], self.clients["s3"]
        self.lake = self.clients["lakeformation"] = Lake(self.clients["lakeformation"])
        self.athena = self.clients["athena"] = Athena(self.glue)
        self.states = self.clients["stepfunctions"] = States(self)
        self.clients["cloudformation"].create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
        self.lake.put_data_lake_settings(
            DataLakeSettings={"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OPERATOR}]})
        self.make_room({"requestId": "n", "account": CUSTOMER, "database": "neighbour"}, "arn")
        self.neighbour = self.everything()

    def databases(self):
        return [database["Name"] for database in self.glue.get_databases()["DatabaseList"]]

    def everything(self):
        grants = self.lake.client.list_permissions()["PrincipalResourcePermissions"]
        return (
            self.databases(), sorted(json.dumps(grant, sort_keys=True, default=sorted) for grant in map(tidy, grants)),
            [each["ResourceArn"] for each in self.lake.list_resources()["ResourceInfoList"]],
        )

    def make_room(self, request, execution):
        database = request["database"]
        self.describe(
            "create_database", database,
            Description=f"cleanroom request={request['requestId']} execution={execution} started=now deployment={NAME}",
            LocationUri=f"s3://{BUCKET}/cleanroom/{database}/",
            Parameters={
                "cleanroom_request_id": request["requestId"], "cleanroom_execution": execution,
                "cleanroom_deployment": NAME},
            CreateTableDefaultPermissions=[])
        self.lake.register_resource(ResourceArn=self.arn(database), RoleArn=ROLE)
        for resource, permissions in self.shares(database):
            self.grant(request["account"], resource, permissions)

    def describe(self, operation, database, **description):
        name = {"Name": database} if operation == "update_database" else {}
        getattr(self.glue, operation)(**name, DatabaseInput={"Name": database, **description})

    def redescribe(self, **changed):
        found = self.glue.get_database(Name=DATABASE)["Database"]
        keys = ("Description", "LocationUri", "Parameters", "CreateTableDefaultPermissions")
        self.describe("update_database", DATABASE, **{key: found[key] for key in keys if key in found} | changed)

    @staticmethod
    def arn(database=DATABASE):
        return f"arn:aws:s3:::{BUCKET}/cleanroom/{database}/"

    def shares(self, database=DATABASE):
        return [
            ({"DataLocation": {"ResourceArn": self.arn(database)}}, ["DATA_LOCATION_ACCESS"]),
            ({"Database": {"Name": database}}, ["DESCRIBE"]),
            ({"Table": {"DatabaseName": database, "TableWildcard": {}}}, ["DESCRIBE", "SELECT"]),
        ]

    def grant(self, who, resource, permissions):
        self.lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": who}, Resource=resource, Permissions=permissions,
            PermissionsWithGrantOption=permissions)

    def revoke(self, resource, permissions, grantable):
        self.lake.revoke_permissions(
            Principal={"DataLakePrincipalIdentifier": CUSTOMER}, Resource=resource, Permissions=permissions,
            PermissionsWithGrantOption=grantable)

    def reregister(self, role):
        self.lake.deregister_resource(ResourceArn=self.arn())
        self.lake.register_resource(ResourceArn=self.arn(), RoleArn=role)

    def run(self, *options):
        """Runs the whole; gives the exit code, the points that failed, and what was printed."""
        arguments = ["--stack-name", STACK, "--account", CUSTOMER, "--database", DATABASE, "--record", str(self.folder)]
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            code = smoke.main([*arguments, *options], self.clients)
        text = said.getvalue()
        failed = [line[7:].split(":")[0] for line in text.splitlines() if line.startswith("FAILED ")]
        passed = sum(line.startswith("ok     ") for line in text.splitlines())
        assert text.endswith(f"{passed} passed, {len(failed)} failed\n"), text
        return code, failed, text


def tidy(grant):
    return {key: sorted(value) if isinstance(value, list) else value for key, value in grant.items()}


# The tests


def expect(found, wanted, why=""):
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r} {why}")


def a_whole_room_passes_and_goes(world):
    code, failed, text = world.run()
    expect((code, failed), (0, []), text)
    expect(text.splitlines()[-1], "18 passed, 0 failed")
    expect(world.everything(), world.neighbour)
    expect("seen: DBPROPERTIES arrive in Database.Parameters: True" in text, True, text)
    expect("seen: a grant is listed after its database is dropped: True" in text, True, text)


def fixtures_carry_nothing_of_the_account(world):
    world.run()
    files = {path.name: path.read_text() for path in world.folder.glob("*.json")}
    expect("lakeformation-list-permissions-tables-2.json" in files, True, sorted(files))
    everything = "".join(files.values())
    for secret in (OWNER, CUSTOMER, "1767312000000", "2026-01", "ResponseMetadata", "secret", OPERATOR):
        expect(secret in everything, False, secret)
    resource = json.loads(files["lakeformation-describe-resource.json"])["ResourceInfo"]
    expect(resource["LastModified"], "timestamp")
    expect(resource["RoleArn"], f"arn:aws:iam::111111111111:role/{NAME}-location")
    database = json.loads(files["glue-get-database.json"])["Database"]
    expect(database["Parameters"]["cleanroom_request_id"], "00000000-0000-4000-8000-000000000001")
    again = json.loads(files["stepfunctions-start-execution-again.json"])
    expect(again["Error"]["Code"], "ExecutionAlreadyExists")


MUTATIONS = [
    ("a stranger has a grant on the location", "the customer has its grants on the location, and nobody else any",
     lambda w: w.grant(STRANGER, *w.shares()[0])),
    ("a stranger has a grant on the database", "the customer has its grants on the database, and nobody else any",
     lambda w: w.grant(STRANGER, *w.shares()[1])),
    ("everybody has the database", "the customer has its grants on the database, and nobody else any",
     lambda w: w.grant("IAM_ALLOWED_PRINCIPALS", w.shares()[1][0], ["ALL"])),
    ("a stranger may read the tables", "the customer has its grants on the tables, and nobody else any",
     lambda w: w.grant(STRANGER, w.shares()[2][0], ["SELECT"])),
    ("the customer cannot read", "the customer has its grants on the tables, and nobody else any",
     lambda w: w.revoke(w.shares()[2][0], ["SELECT"], ["SELECT"])),
    ("the customer cannot hand on", "the customer has its grants on the tables, and nobody else any",
     lambda w: w.revoke(w.shares()[2][0], [], ["SELECT"])),
    ("no grant on the location", "the customer has its grants on the location, and nobody else any",
     lambda w: w.revoke(*w.shares()[0], w.shares()[0][1])),
    ("hybrid access", "it guards everybody, not only who opts in", lambda w: setattr(w.lake, "hybrid", True)),
    ("another role", "the location is registered under the location role", lambda w: w.reregister(ROLE + "-other")),
    ("an object", "no object is in it",
     lambda w: w.s3.put_object(Bucket=BUCKET, Key=f"cleanroom/{DATABASE}/x", Body=b"")),
    ("a table", "no table is in it",
     lambda w: w.glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "t"})),
    ("another place", "the database is at its location", lambda w: w.redescribe(LocationUri="s3://lake/elsewhere/")),
    ("default permissions", "tables made later are given to nobody",
     lambda w: w.redescribe(CreateTableDefaultPermissions=[
         {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}])),
    ("no description", "its description is the marker", lambda w: w.redescribe(Description="")),
    ("no properties", "its properties are the marker", lambda w: w.redescribe(Parameters={})),
    ("another workgroup", "a DDL statement in the workgroup made it",
     lambda w: w.athena.queries.update(made=("CREATE DATABASE `x`", "SUCCEEDED", "primary"))),
]


def mutation(name, point, break_it):
    """Breaks one point of a whole room: that point fails, and no other but what stands in the way of removing it."""

    def test(world):
        world.states.after = lambda request, accepted: accepted and break_it(world)
        code, failed, text = world.run()
        stays = {"a table": ["the database is dropped", "nothing is left"]}.get(name)
        left = ["nothing is left"] if "stranger" in name or "everybody" in name or name == "an object" else []
        expect((code, failed), (1, [point, *(stays or left)]), text)
        expect(DATABASE in world.databases(), bool(stays), text)

    test.__name__ = f"breaking a point: {name}"
    return test


def a_taken_name_is_refused_at_once(world):
    world.describe("create_database", DATABASE, Description="another's")
    before = world.everything()
    code, failed, text = world.run()
    expect((code, failed, world.states.executions), (2, [], {}), text)
    expect(world.everything(), before)


def who_is_no_administrator_is_refused(world):
    world.lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": []})
    code, failed, text = world.run()
    expect((code, failed, world.states.executions), (2, [], {}), text)


def a_room_of_another_request_is_not_touched(world):
    def take_over(request, accepted):
        if accepted:
            properties = {"cleanroom_request_id": "another"}
            world.redescribe(Description="cleanroom request=another execution=x", Parameters=properties)

    world.states.after = take_over
    code, failed, text = world.run()
    expect((code, failed[-2:]), (1, ["the room is removed", "nothing is left"]), text)
    expect(len(world.everything()[1]), len(world.neighbour[1]) * 2, "grants")


def a_room_still_in_the_making_is_not_touched(world):
    world.states.stuck_in, smoke.PATIENCE = "ShareWithCustomer", -1
    code, failed, text = world.run()
    expect((code, failed), (1, ["the execution succeeds and tells the room", "the room is removed"]), text)
    expect(DATABASE in world.databases(), True)


def an_undelivered_room_is_checked_and_removed(world):
    world.states.stuck_in, smoke.PATIENCE = "TellSuccess", -1
    code, failed, text = world.run()
    expect((code, failed), (1, ["the execution succeeds and tells the room"]), text)
    expect(world.everything(), world.neighbour)


def a_second_request_that_changes_grants_is_seen(world):
    resource, permissions = world.shares()[1]

    def meddle(request, accepted):
        if not accepted and request["account"] == CUSTOMER:
            world.revoke(resource, permissions, permissions)

    world.states.after = meddle
    code, failed, text = world.run()
    expect((code, failed), (1, ["the grants are what they were before it"]), text)
    expect(world.everything(), world.neighbour)


def a_room_is_removed_when_the_run_breaks(world):
    def break_off(request, accepted):
        if not accepted:
            raise KeyboardInterrupt

    world.states.after = break_off
    code, failed, text = world.run()
    expect((code, failed), (1, ["the run comes to its end"]), text)
    expect(world.everything(), world.neighbour)


def a_kept_room_stays(world):
    code, failed, text = world.run("--keep")
    expect((code, failed), (0, []), text)
    expect(len(world.everything()[1]), len(world.neighbour[1]) * 2, "grants")


TESTS = [
    a_whole_room_passes_and_goes,
    fixtures_carry_nothing_of_the_account,
    *(mutation(*each) for each in MUTATIONS),
    a_taken_name_is_refused_at_once,
    who_is_no_administrator_is_refused,
    a_room_of_another_request_is_not_touched,
    a_room_still_in_the_making_is_not_touched,
    an_undelivered_room_is_checked_and_removed,
    a_second_request_that_changes_grants_is_seen,
    a_room_is_removed_when_the_run_breaks,
    a_kept_room_stays,
]


def main():
    failed, patience = 0, smoke.PATIENCE
    for test in TESTS:
        title = test.__name__.replace("_", " ")
        smoke.PATIENCE = patience
        try:
            with mock_aws(), tempfile.TemporaryDirectory() as folder:
                test(World(Path(folder)))
            print(f"ok     {title}")
        except Exception:
            failed += 1
            print(f"FAILED {title}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
