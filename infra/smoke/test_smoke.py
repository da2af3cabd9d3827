"""Tries smoke.py on moto's Glue, Lake Formation, S3, CloudFormation and STS, with small stand-ins for the rest.

    python infra/smoke/test_smoke.py
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import traceback
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-2",
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)

from botocore.exceptions import ClientError  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.backends import get_backend  # noqa: E402

sys.dont_write_bytecode = True
import behavior  # noqa: E402
import calls  # noqa: E402
import probe  # noqa: E402
import smoke  # noqa: E402

calls.PAUSE = 0
OWNER, CUSTOMER, STRANGER = "123456789012", "098765432109", "444455556666"
STACK, NAME, BUCKET, DATABASE = "rooms", "service", "lake", "smoke_room"
MACHINE = f"arn:aws:states:us-east-2:{OWNER}:stateMachine:{NAME}"
ROLE = f"arn:aws:iam::{OWNER}:role/{NAME}-location"
MACHINE_ROLE = f"arn:aws:iam::{OWNER}:role/{NAME}-machine"
OPERATOR = f"arn:aws:sts::{OWNER}:user/moto"
TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "Default": NAME},
        "Workgroup": {"Type": "String", "Default": "rooms"},
        "Bucket": {"Type": "String", "Default": BUCKET},
    },
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {
        "AliasArn": {"Value": MACHINE + ":live"},
        "LocationRole": {"Value": NAME + "-location"},
        "MachineRoleName": {"Value": NAME + "-machine"},
        "LogGroupName": {"Value": "/aws/vendedlogs/states/" + NAME},
    },
}


# Stand-ins for what moto cannot do


def refusal(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "call")


@dataclass
class Manners:
    """How this account behaves where AWS's documentation leaves it open: the fields of LakeBehavior, and its values."""

    dropsGrantsWithDatabase: bool = True
    keepsDatabaseProperties: bool = True
    keepsDatabaseComment: bool = True
    refusesNestedLocations: bool = False
    registeringGivesAccess: bool = False
    creatorHoldsEachPermission: bool = True
    refusalOfMissing: str = "invalidInput"
    revokesWhatIsThere: bool = True
    leavesFolderMark: bool = False
    keepsTagsOfDroppedDatabases: bool = False
    administratorsMayAlter: bool = False

    def refusal(self, what):
        code = {name: code for code, name in behavior.REFUSALS.items()}[self.refusalOfMissing]
        return refusal(code, f"{what} is not there")


class Lake:
    """moto's Lake Formation with manners of the real one: refusals, hybrid access, SELECT kept apart, and pages."""

    def __init__(self, world):
        self.world, self.client, self.hybrid = world, world.clients["lakeformation"], False

    def __getattr__(self, name):
        return getattr(self.client, name)

    def describe_resource(self, **parameters):
        answer = self.client.describe_resource(**parameters)
        answer["ResourceInfo"].update(
            HybridAccessEnabled=self.hybrid, LastModified=datetime(2026, 1, 2, tzinfo=timezone.utc))
        return answer

    def registered(self):
        return [each["ResourceArn"] for each in self.client.list_resources()["ResourceInfoList"]]

    def register_resource(self, ResourceArn, RoleArn):
        above = [each for each in self.registered() if each != ResourceArn and ResourceArn.startswith(each)]
        if above and self.world.manners.refusesNestedLocations:
            raise refusal("InvalidInputException", "a parent is registered")
        answer = self.client.register_resource(ResourceArn=ResourceArn, RoleArn=RoleArn)
        if self.world.manners.registeringGivesAccess:
            self.give(OPERATOR, {"DataLocation": {"ResourceArn": ResourceArn}}, ["DATA_LOCATION_ACCESS"], [])
        return answer

    def entries_on(self, resource):
        return self.client.list_permissions(Resource=resource)["PrincipalResourcePermissions"]

    def refuse_missing(self, resource):
        if "DataLocation" in resource:
            arn = resource["DataLocation"]["ResourceArn"]
            if arn not in self.registered():
                raise self.world.manners.refusal(arn)
            return
        name = resource.get("Database", {}).get("Name") or resource["Table"]["DatabaseName"]
        survives = not self.world.manners.dropsGrantsWithDatabase and self.entries_on(resource)
        if name not in self.world.databases() and not survives:
            raise self.world.manners.refusal(name)

    def give(self, principal, resource, permissions, grantable):
        """moto cannot take away what was put together from two grants, so it is given one for both."""
        who = {"DataLakePrincipalIdentifier": principal}
        keys = ("Permissions", "PermissionsWithGrantOption")
        has = dict.fromkeys(keys, [])
        for entry in self.entries_on(resource):
            if entry["Principal"] == who:
                has = {key: entry[key] for key in keys}
                self.client.revoke_permissions(Principal=who, Resource=resource, **has)
        has = {key: sorted({*has[key], *more}) for key, more in zip(keys, (permissions, grantable))}
        self.client.grant_permissions(Principal=who, Resource=resource, **has)

    def grant_permissions(self, Principal, Resource, Permissions, PermissionsWithGrantOption):
        self.refuse_missing(Resource)
        self.give(Principal["DataLakePrincipalIdentifier"], Resource, Permissions, PermissionsWithGrantOption)

    def revoke_permissions(self, Principal, Resource, Permissions, PermissionsWithGrantOption):
        self.refuse_missing(Resource)
        held = [entry["Permissions"] for entry in self.entries_on(Resource) if entry["Principal"] == Principal]
        lacks = set(Permissions) - set(sum(held, []))
        if Permissions and lacks == set(Permissions):
            raise refusal("InvalidInputException", "No permissions revoked. Grantee has no permissions")
        if lacks and not self.world.manners.revokesWhatIsThere:
            raise refusal("InvalidInputException", f"Grantee does not have:{sorted(lacks)}")
        self.client.revoke_permissions(
            Principal=Principal, Resource=Resource, Permissions=Permissions,
            PermissionsWithGrantOption=PermissionsWithGrantOption)

    def list_permissions(self, NextToken="0", **parameters):
        if "Resource" in parameters:
            self.refuse_missing(parameters["Resource"])
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

    def forget(self, database):
        """Takes away all grants on a database and in it."""
        for entry in self.client.list_permissions()["PrincipalResourcePermissions"]:
            resource = entry["Resource"]
            if database in (resource.get("Database", {}).get("Name"), resource.get("Table", {}).get("DatabaseName")):
                self.client.revoke_permissions(**{key: entry[key] for key in (
                    "Principal", "Resource", "Permissions", "PermissionsWithGrantOption")})


class Glue:
    """moto's Glue as Lake Formation guards it, with tags that need their database."""

    def __init__(self, world):
        self.world, self.client = world, world.clients["glue"]

    def __getattr__(self, name):
        return getattr(self.client, name)

    def update_database(self, Name, DatabaseInput):
        held = [each["Permissions"] for each in self.world.lake.entries_on({"Database": {"Name": Name}})]
        if not {"ALTER", "ALL"} & set(sum(held, [])) and not self.world.manners.administratorsMayAlter:
            raise refusal("AccessDeniedException", "Insufficient Lake Formation permission(s): Required Alter")
        return self.client.update_database(Name=Name, DatabaseInput=DatabaseInput)

    def get_tags(self, ResourceArn):
        if ResourceArn.split("/")[-1] not in self.world.databases():
            raise refusal("EntityNotFoundException")
        return self.client.get_tags(ResourceArn=ResourceArn)


class Athena:
    """Makes a database, drops what is empty, and knows the statement that made the room."""

    CREATE = re.compile(r"CREATE DATABASE `(\w+)` COMMENT '([^']*)' LOCATION 's3://([^/]+)/([^']*)' "
                        r"WITH DBPROPERTIES \('(\w+)' = '(\w+)'\)")

    def __init__(self, world):
        self.world = world
        self.queries = {"made": (f"CREATE DATABASE `{DATABASE}` COMMENT ''", "SUCCEEDED", "rooms")}

    def start_query_execution(self, QueryString, WorkGroup):
        match = self.CREATE.fullmatch(QueryString)
        if match:
            self.create(*match.groups())
            state = "SUCCEEDED"
        else:
            state = self.drop(re.fullmatch(r"DROP DATABASE `(\w+)`", QueryString)[1])
        self.queries[str(len(self.queries))] = (QueryString, state, WorkGroup)
        return {"QueryExecutionId": str(len(self.queries) - 1)}

    def create(self, name, comment, bucket, key, property, value):
        manners = self.world.manners
        described = {"Description": comment} if manners.keepsDatabaseComment else {}
        properties = {property: value} if manners.keepsDatabaseProperties else {}
        self.world.glue.create_database(DatabaseInput={
            "Name": name, "LocationUri": f"s3://{bucket}/{key}", "Parameters": properties, **described})
        if manners.leavesFolderMark:
            self.world.s3.put_object(Bucket=bucket, Key=key, Body=b"")
        held = list(probe.PERMISSIONS) if manners.creatorHoldsEachPermission else ["ALL"]
        self.world.lake.give(OPERATOR, {"Database": {"Name": name}}, held, held)
        self.world.lake.give(probe.EVERYBODY, {"Database": {"Name": name}}, ["ALL"], [])

    def drop(self, name):
        if self.world.glue.get_tables(DatabaseName=name)["TableList"]:
            return "FAILED"
        self.world.glue.delete_database(Name=name)
        if self.world.manners.dropsGrantsWithDatabase:
            self.world.lake.forget(name)
        if not self.world.manners.keepsTagsOfDroppedDatabases:
            arn = database_arn(name)
            tags = self.world.glue.get_tags(ResourceArn=arn)["Tags"]
            self.world.glue.untag_resource(ResourceArn=arn, TagsToRemove=list(tags))
        return "SUCCEEDED"

    def get_query_execution(self, QueryExecutionId):
        query, state, workgroup = self.queries[QueryExecutionId]
        return {"QueryExecution": {"Query": query, "Status": {"State": state}, "WorkGroup": workgroup}}


class Logs:
    """Has the events of executions that failed, some of them of others."""

    def __init__(self, world):
        self.world = world
        self.details = {"error": "CleanroomNotCreated", "cause": "why"}

    def filter_log_events(self, logGroupName, startTime, filterPattern):
        assert (logGroupName, startTime > 1e12) == (f"/aws/vendedlogs/states/{NAME}", True)
        executions = self.world.states.executions
        failed = [arn for arn, (described, _) in executions.items() if described["status"] == "FAILED"]
        events = [{"type": "ExecutionFailed", "execution_arn": arn, "details": self.details} for arn in failed]
        other = {"type": "ExecutionFailed", "execution_arn": "other", "details": {"error": "Other"}}
        return {"events": [{"message": json.dumps(each)} for each in [other, *events]]}


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
        last = self.stuck_in or ("NotifySuccess" if accepted else "NotifyError")
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
        kept = {
            "Parameters": self.world.manners.keepsDatabaseProperties,
            "Description": self.world.manners.keepsDatabaseComment}
        made = {"Database": {key: room[key] for key in kept if kept[key]}}
        return self.steps(("athena", "CreateDatabase", query), ("aws-sdk:glue", "ReadBackDatabase", made))

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
        self.folder, self.manners = folder / "fixtures", Manners()
        self.behavior_file = folder / "out" / "lake_behavior.json"
        self.clients = dict(CLIENTS)
        self.glue, self.s3 = self.clients["glue"], self.clients["s3"]
        self.lake = self.clients["lakeformation"] = Lake(self)
        self.clients["glue"] = Glue(self)
        self.athena = self.clients["athena"] = Athena(self)
        self.states = self.clients["stepfunctions"] = States(self)
        self.logs = self.clients["logs"] = Logs(self)
        self.clients["cloudformation"].create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
        self.lake.put_data_lake_settings(
            DataLakeSettings={"DataLakeAdmins": [
                {"DataLakePrincipalIdentifier": each} for each in (OPERATOR, MACHINE_ROLE)]})
        self.make_room({"requestId": "n", "account": CUSTOMER, "database": "neighbour"}, "arn")
        self.neighbour = self.everything()

    def databases(self):
        return [database["Name"] for database in self.glue.get_databases()["DatabaseList"]]

    def everything(self):
        grants = self.lake.client.list_permissions()["PrincipalResourcePermissions"]
        names = self.databases()
        objects = [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return (
            names, objects, sorted(json.dumps(grant, sort_keys=True, default=sorted) for grant in map(tidy, grants)),
            self.lake.registered(), {arn: tags for arn, tags in find_tagger().tags.items() if tags},
        )

    def make_room(self, request, execution):
        database = request["database"]
        self.describe(
            "create_database", database,
            Description=f"cleanroom request={request['requestId']} execution={execution} started=now deployment={NAME}",
            LocationUri=f"s3://{BUCKET}/cleanroom/{database}/",
            Parameters={
                "cleanroom_request_id": request["requestId"], "cleanroom_execution": execution,
                "cleanroom_deployment": NAME, "cleanroom_account": request["account"]},
            CreateTableDefaultPermissions=[])
        self.tag(database, {"cleanroom:member:" + request["account"]: request["requestId"]})
        self.lake.client.register_resource(ResourceArn=self.arn(database), RoleArn=ROLE)
        for resource, permissions in self.shares(database):
            self.grant(request["account"], resource, permissions)

    def tag(self, database, tags):
        self.glue.tag_resource(ResourceArn=database_arn(database), TagsToAdd=tags)

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
        arguments = [
            "--stack-name", STACK, "--account", CUSTOMER, "--database", DATABASE, "--record", str(self.folder),
            "--behavior", str(self.behavior_file)]
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            code = smoke.main([*arguments, *options], self.clients)
        text = said.getvalue()
        failed = [line[7:].split(":")[0] for line in text.splitlines() if line.startswith("FAILED ")]
        passed = sum(line.startswith("ok     ") for line in text.splitlines())
        assert text.endswith(f"{passed} passed, {len(failed)} failed\n"), text
        return code, failed, text


def database_arn(name):
    return f"arn:aws:glue:us-east-2:{OWNER}:database/{name}"


def find_tagger():
    """What keeps moto's tags of Glue, also of what is dropped."""
    return get_backend("glue")[OWNER]["us-east-2"].tagger


# Made once: it takes most of a second.
CLIENTS = calls.make_clients("us-east-2")


def tidy(grant):
    return {key: sorted(value) if isinstance(value, list) else value for key, value in grant.items()}


# The tests


def expect(found, wanted, why=""):
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r} {why}")


def a_whole_room_passes_and_goes(world):
    code, failed, text = world.run()
    expect((code, failed), (0, []), text)
    expect(text.splitlines()[-1], "21 passed, 0 failed")
    expect(world.everything(), world.neighbour)


def grants_of(world):
    return world.everything()[2]


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
    ("another member", "the customer is its only member",
     lambda w: w.tag(DATABASE, {"cleanroom:member:" + STRANGER: "x"})),
    ("no member", "the customer is its only member", lambda w: w.glue.untag_resource(
        ResourceArn=database_arn(DATABASE), TagsToRemove=["cleanroom:member:" + CUSTOMER])),
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
        # Grants on the database and in it go with it.
        left = ["nothing is left"] if name in ("a stranger has a grant on the location", "an object") else []
        expect((code, failed), (1, [point, *(stays or left)]), text)
        expect(DATABASE in world.databases(), bool(stays), text)

    test.__name__ = f"breaking a point: {name}"
    return test


def a_mark_of_the_folder_is_no_content(world):
    world.states.after = lambda request, accepted: world.s3.put_object(
        Bucket=BUCKET, Key=f"cleanroom/{DATABASE}/", Body=b"")
    code, failed, text = world.run()
    expect((code, failed), (0, []), text)


def an_administrator_that_is_none_any_more_is_seen(world):
    world.lake.put_data_lake_settings(
        DataLakeSettings={"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OPERATOR}]})
    code, failed, text = world.run()
    expect((code, failed), (1, ["the machine's role is a data-lake administrator"]), text)


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
    expect(len(grants_of(world)), len(world.neighbour[2]) * 2, "grants")


def a_room_still_in_the_making_is_not_touched(world):
    world.states.stuck_in, calls.PATIENCE = "GrantToAccount", -1
    code, failed, text = world.run()
    expect((code, failed), (1, ["the execution succeeds and tells the room", "the room is removed"]), text)
    expect(DATABASE in world.databases(), True)


def an_undelivered_room_is_checked_and_removed(world):
    world.states.stuck_in, calls.PATIENCE = "NotifySuccess", -1
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
    expect(len(grants_of(world)), len(world.neighbour[2]) * 2, "grants")


# What is recorded of open questions


def settings_are_those_of_the_embedded_lake(world):
    swift = Path(__file__).resolve().parents[2] / "Sources/EmbeddedLake/Catalog/LakeBehavior.swift"
    text = swift.read_text(encoding="utf-8")
    expect(set(re.findall(r"package var (\w+)", text)), set(behavior.SETTINGS))
    expect(set(re.findall(r"case (\w+)", text)), set(behavior.REFUSALS.values()))
    expect(tuple(Manners.__dataclass_fields__), behavior.SETTINGS)


def manner(setting, value):
    def test(world):
        setattr(world.manners, setting, value)
        code, failed, text = world.run()
        expect((code, failed), (0, []), text)
        recorded = json.loads(world.behavior_file.read_text())
        expect(recorded["behavior"], vars(world.manners), json.dumps(recorded, indent=1))
        expect((recorded["account"], recorded["region"]), (OWNER, "us-east-2"))
        expect(set(recorded["evidence"]) >= set(behavior.SETTINGS), True, recorded["evidence"])
        expect(f"{setting} = {json.dumps(value).strip(chr(34))}" in text, True, text)
        expect(world.everything(), world.neighbour)

    test.__name__ = f"an account where {setting} is {value}"
    return test


MANNERS = [
    *((setting, value) for setting in behavior.SETTINGS if setting != "refusalOfMissing" for value in (False, True)),
    *(("refusalOfMissing", value) for value in behavior.REFUSALS.values()),
]


def evidence_says_what_was_seen(world):
    world.run()
    seen = json.loads(world.behavior_file.read_text())["evidence"]
    expect(seen["details.error in the log's ExecutionFailed events"], "CleanroomNotCreated")
    expect(seen["revoking what is not granted"].startswith("InvalidInputException: No permissions revoked"), True, seen)
    for step, left in zip(probe.PERMISSIONS, ("ALTER, CREATE_TABLE, DESCRIBE, DROP", "CREATE_TABLE, DESCRIBE, DROP",
                                              "DESCRIBE, DROP", "DROP", "nothing")):
        expect(left in seen[f"revoking {step}"], True, seen)
    expect("is not there" in seen["RevokePermissions on a missing location"], True, seen)
    expect("is not there" in seen["ListPermissions on a missing database"], True, seen)


def a_log_without_errors_is_told(world):
    world.logs.details = {}
    world.run()
    seen = json.loads(world.behavior_file.read_text())["evidence"]
    expect(seen["details.error in the log's ExecutionFailed events"], "missing")


def refusals_that_differ_leave_the_question_open(world):
    class Differing(Manners):
        def refusal(self, what):
            return refusal("AccessDeniedException" if what.startswith("arn:") else "EntityNotFoundException", "no")

    world.manners = Differing()
    world.run()
    recorded = json.loads(world.behavior_file.read_text())
    expect(recorded["behavior"]["refusalOfMissing"], None)
    expect(recorded["evidence"]["refusalOfMissing"], "database: entityNotFound; location: accessDenied")


def a_location_below_a_registered_one_is_seen(world):
    parent = f"arn:aws:s3:::{BUCKET}/cleanroom"
    world.lake.client.register_resource(ResourceArn=parent, RoleArn=ROLE)
    world.run()
    recorded = json.loads(world.behavior_file.read_text())
    expect(recorded["behavior"]["refusesNestedLocations"], False)
    expect(parent in recorded["evidence"]["refusesNestedLocations"], True, recorded)


# Removing the probe, whatever fails


class Faulty:
    """Has one call of the probe fail: the one of this number, counted over all services."""

    def __init__(self, number, error):
        self.number, self.error, self.count = number, error, 0
        self.failed_in = None
        self.removing = False

    def wrap(self, service, client):
        fault = self

        class Client:
            def __getattr__(self, name):
                method = getattr(client, name)

                def call(**parameters):
                    fault.count += 1
                    if fault.count == fault.number:
                        fault.failed_in = f"{service}.{name}", fault.removing
                        raise fault.error
                    return method(**parameters)

                return call

        return Client()


def probe_with(world, fault):
    """Runs the probe alone; gives what it reported and printed."""
    options = smoke.read_options([
        "--stack-name", STACK, "--account", CUSTOMER, "--database", DATABASE, "--record", str(world.folder)])
    aws, room, operator, parents = smoke.prepare(options, world.clients)
    aws.clients = {service: fault.wrap(service, client) for service, client in world.clients.items()}
    report, remove = smoke.Report(), probe.Probe.remove

    def removing(self):
        fault.removing = True
        remove(self)

    probe.Probe.remove = removing
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            smoke.probe_account(aws, report, room.deployment, operator, behavior.Behavior(), parents)
    finally:
        probe.Probe.remove = remove
    return report, said.getvalue()


def removal(manners, error, stride=1):
    """Calls of the probe fail, one in each run: nothing of it stays, or what does is named."""

    def test():
        number, stayed = 1 - stride, 0
        while True:
            number += stride
            with mock_aws(), tempfile.TemporaryDirectory() as folder:
                world = World(Path(folder))
                world.manners = Manners(**manners)
                fault = Faulty(number, error)
                report, text = probe_with(world, fault)
                if not fault.failed_in:
                    break
                call, removing = fault.failed_in
                clean = world.everything() == world.neighbour
                if not removing:
                    expect(clean, True, f"after {call}, number {number}: {text}")
                elif not clean:
                    stayed += 1
                    expect(bool(report.failed), True, text)
                    named = any("smoke_probe_" in line for line in text.splitlines() if line.startswith("FAILED"))
                    expect(named, True, f"after {call}, number {number}: {text}")
        expect(number > 60, True, f"only {number} calls")
        expect(stayed > 0, True, "no failure of the removal had anything stay")

    test.makes_worlds = True
    test.__name__ = f"the probe is removed when a call ends in {type(error).__name__}, with {manners or 'no manners'}"
    return test


DENIED = refusal("AccessDeniedException", "not authorized")
OTHER = {
    "dropsGrantsWithDatabase": False, "registeringGivesAccess": True, "leavesFolderMark": True,
    "keepsTagsOfDroppedDatabases": True, "refusalOfMissing": "accessDenied", "refusesNestedLocations": True,
    "revokesWhatIsThere": False}


TESTS = [
    a_whole_room_passes_and_goes,
    fixtures_carry_nothing_of_the_account,
    *(mutation(*each) for each in MUTATIONS),
    a_mark_of_the_folder_is_no_content,
    an_administrator_that_is_none_any_more_is_seen,
    settings_are_those_of_the_embedded_lake,
    *(manner(*each) for each in MANNERS),
    evidence_says_what_was_seen,
    a_log_without_errors_is_told,
    refusals_that_differ_leave_the_question_open,
    a_location_below_a_registered_one_is_seen,
    removal({}, DENIED, stride=4),
    removal(OTHER, DENIED),
    removal(OTHER, KeyboardInterrupt(), stride=6),
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
    failed, patience = 0, calls.PATIENCE
    for test in TESTS:
        title = test.__name__.replace("_", " ")
        calls.PATIENCE = patience
        try:
            if hasattr(test, "makes_worlds"):
                test()
            else:
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
