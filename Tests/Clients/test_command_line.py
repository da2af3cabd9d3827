"""The AWS CLI, as it comes from PyPI, against a server: the way an operator reaches it."""
import json
import os
import re
import subprocess
import sys
import uuid

import pytest

from server import REGION, running


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    """Runs the AWS CLI and gives what it printed; an error gives its text."""
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path_factory.mktemp("home")), "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": server.url,
        "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""}

    def run(*arguments, fails=False):
        result = subprocess.run([sys.executable, program, *arguments], env=environment, capture_output=True, text=True)
        assert (result.returncode != 0) == fails, result.stderr
        return result.stderr if fails else json.loads(result.stdout or "{}")

    return run


def test_a_room_is_made_and_looked_at(aws):
    machines = aws("stepfunctions", "list-state-machines")["stateMachines"]
    machine = next(m["stateMachineArn"] for m in machines if m["name"] == "core-account-cleanroom-create")
    request_id, database = str(uuid.uuid4()), "r" + uuid.uuid4().hex
    started = aws(
        "stepfunctions", "start-execution", "--state-machine-arn", machine, "--name", request_id, "--input",
        json.dumps({"requestId": request_id, "account": "111122223333", "database": database}))
    # The waiters of the CLI know no executions, either.
    for _ in range(20):
        execution = aws("stepfunctions", "describe-execution", "--execution-arn", started["executionArn"])
        if execution["status"] != "RUNNING":
            break
    assert execution["status"] == "SUCCEEDED"
    history = aws("stepfunctions", "get-execution-history", "--execution-arn", started["executionArn"])
    assert history["events"][0]["type"] == "ExecutionStarted"
    assert aws("glue", "get-database", "--name", database)["Database"]["Name"] == database
    location = f"arn:aws:s3:::mytiki-ocean/cleanroom/{database}/"
    grants = aws(
        "lakeformation", "list-permissions", "--resource", json.dumps({"DataLocation": {"ResourceArn": location}}))
    assert [g["Principal"]["DataLakePrincipalIdentifier"] for g in grants["PrincipalResourcePermissions"]] == [
        "111122223333"]
    assert "ExecutionAlreadyExists" in aws(
        "stepfunctions", "start-execution", "--state-machine-arn", machine, "--name", request_id, fails=True)


def test_every_action_of_step_functions_is_reached(aws):
    def states(action, *arguments, **options):
        return aws("stepfunctions", action, *arguments, **options)

    role = "arn:aws:iam::000000000000:role/r"
    fail = '{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"Broken"}}}'
    wait = '{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}'
    assert states("validate-state-machine-definition", "--definition", fail)["result"] == "OK"
    machine = states("create-state-machine", "--name", "by-cli", "--definition", fail, "--role-arn", role)
    arn = ("--state-machine-arn", machine["stateMachineArn"])
    resource = ("--resource-arn", machine["stateMachineArn"])
    states("tag-resource", *resource, "--tags", "key=team,value=data")
    assert states("list-tags-for-resource", *resource)["tags"] == [{"key": "team", "value": "data"}]
    states("untag-resource", *resource, "--tag-keys", "team")
    assert states("describe-state-machine", *arn)["name"] == "by-cli"
    failed = ("--execution-arn", states("start-execution", *arn)["executionArn"])
    while states("describe-execution", *failed)["status"] == "RUNNING":
        pass
    assert states("describe-state-machine-for-execution", *failed)["definition"] == fail
    states("redrive-execution", *failed)
    events = states("get-execution-history", *failed, "--reverse-order", "--no-include-execution-data")["events"]
    assert events[-1]["type"] == "ExecutionStarted"
    states("update-state-machine", *arn, "--definition", wait)
    running = ("--execution-arn", states("start-execution", *arn)["executionArn"])
    assert len(states("list-executions", *arn, "--page-size", "1")["executions"]) == 2
    states("stop-execution", *running)
    assert states("describe-execution", *running)["status"] == "ABORTED"
    states("delete-state-machine", *arn)
    assert "StateMachineDoesNotExist" in states("describe-state-machine", *arn, fails=True)


def test_every_action_of_athena_is_reached(aws):
    id = aws("athena", "start-query-execution", "--query-string", "SELECT 1")["QueryExecutionId"]
    query = ("--query-execution-id", id)
    assert aws("athena", "get-query-results", *query)["ResultSet"]["Rows"][1] == {"Data": [{"VarCharValue": "1"}]}
    assert aws("athena", "get-query-execution", *query)["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    aws("athena", "stop-query-execution", *query)
    assert id in aws("athena", "list-query-executions")["QueryExecutionIds"]
    assert aws("athena", "list-work-groups")["WorkGroups"][0]["Name"] == "primary"
    assert aws("athena", "get-work-group", "--work-group", "primary")["WorkGroup"]["State"] == "ENABLED"
    assert "is not supported here" in aws(
        "athena", "start-query-execution", "--query-string", "VACUUM t", fails=True)


def test_every_action_of_glue_and_lake_formation_is_reached(aws):
    name = "d" + uuid.uuid4().hex
    database, named = json.dumps({"Name": name, "Description": "by the CLI"}), ("--name", name)
    aws("glue", "create-database", "--database-input", database)
    assert aws("glue", "get-database", *named)["Database"]["Description"] == "by the CLI"
    aws("glue", "update-database", *named, "--database-input", json.dumps({"Name": name}))
    assert name in [d["Name"] for d in aws("glue", "get-databases")["DatabaseList"]]
    table = ("--database-name", name, "--table-input", json.dumps({"Name": "t"}))
    aws("glue", "create-table", *table)
    aws("glue", "update-table", *table)
    assert aws("glue", "get-table", "--database-name", name, "--name", "t")["Table"]["Name"] == "t"
    assert len(aws("glue", "get-tables", "--database-name", name)["TableList"]) == 1

    def lake(action, *arguments):
        return aws("lakeformation", action, *arguments)

    location = ("--resource-arn", f"arn:aws:s3:::bucket/{name}")
    lake("register-resource", *location, "--role-arn", "arn:aws:iam::000000000000:role/r")
    assert lake("describe-resource", *location)["ResourceInfo"]["ResourceArn"] == location[1]
    assert location[1] in [r["ResourceArn"] for r in lake("list-resources")["ResourceInfoList"]]
    lake("deregister-resource", *location)
    principal = {"DataLakePrincipalIdentifier": "arn:aws:iam::000000000000:role/reader"}
    resource = {"Database": {"Name": name}}
    one = ("--principal", json.dumps(principal), "--resource", json.dumps(resource), "--permissions", "DESCRIBE")
    entries = ("--entries", json.dumps(
        [{"Id": "1", "Principal": principal, "Resource": resource, "Permissions": ["DESCRIBE"]}]))
    lake("grant-permissions", *one)
    listed = lake("list-permissions", "--resource", json.dumps(resource))["PrincipalResourcePermissions"]
    assert principal in [entry["Principal"] for entry in listed]
    lake("revoke-permissions", *one)
    assert lake("batch-grant-permissions", *entries)["Failures"] == []
    assert lake("batch-revoke-permissions", *entries)["Failures"] == []
    settings = lake("get-data-lake-settings")["DataLakeSettings"]
    lake("put-data-lake-settings", "--data-lake-settings", json.dumps(settings))
    assert lake("get-data-lake-settings")["DataLakeSettings"] == settings

    aws("glue", "delete-table", "--database-name", name, "--name", "t")
    aws("glue", "delete-database", *named)
    assert "EntityNotFoundException" in aws("glue", "get-database", *named, fails=True)


def test_the_caller_is_told(aws):
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"


def test_an_action_that_is_not_there_says_so(aws):
    assert "UnknownOperationException" in aws("glue", "list-crawlers", fails=True)


@pytest.fixture(scope="module")
def cleanroom(server, program):
    """Runs a command on the folder of the server; gives its code, the document and its errors."""
    environment = {"PATH": os.environ["PATH"], "CLEANROOM_DATA_DIR": os.path.join(server.folder, "lake")}

    def run(*arguments, output="json"):
        result = subprocess.run(
            [program, *arguments, "--output", output], env=environment, capture_output=True, text=True)
        return result.returncode, json.loads(result.stdout) if output == "json" else result.stdout, result.stderr

    return run


def test_one_of_two_executions_with_the_same_name_is_addressed_by_its_arn(server, cleanroom):
    sfn = server.client("stepfunctions")
    wait = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    machines = [sfn.create_state_machine(name=name, definition=wait, roleArn="arn:aws:iam::000000000000:role/r")
                for name in ("twin-1", "twin-2")]
    first, second = [
        sfn.start_execution(stateMachineArn=machine["stateMachineArn"], name="twin")["executionArn"]
        for machine in machines]
    for command in ("show", "history", "stop", "retry"):
        code, document, errors = cleanroom("executions", command, "twin")
        assert code == 64 and document["error"]["code"] == "AMBIGUOUS_NAME"
        assert first in errors and second in errors
    assert cleanroom("executions", "show", first)[1]["executionArn"] == first
    assert cleanroom("executions", "history", second)[0] == 0
    assert cleanroom("executions", "stop", first)[1]["executionArn"] == first
    statuses = [sfn.describe_execution(executionArn=arn)["status"] for arn in (first, second)]
    assert statuses == ["ABORTED", "RUNNING"]
    listed = cleanroom("executions", "list", output="text")[1]
    assert {line.split()[-1] for line in listed.splitlines() if line.startswith("twin ")} == {"twin-1", "twin-2"}


def test_a_request_is_not_shadowed_by_a_client_that_takes_its_id_as_a_name(server, cleanroom):
    request_id = str(uuid.uuid4())
    code, made, _ = cleanroom("create", "--account", "111122223333", "--database", "r" + uuid.uuid4().hex,
                              "--request-id", request_id)
    assert code == 0
    sfn = server.client("stepfunctions")
    machine = sfn.create_state_machine(
        name="shadow", definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
        roleArn="arn:aws:iam::000000000000:role/r")["stateMachineArn"]
    shadow = sfn.start_execution(stateMachineArn=machine, name=request_id)["executionArn"]
    assert cleanroom("executions", "show", request_id)[1]["executionArn"] == made["executionArn"]
    assert cleanroom("executions", "show", shadow)[1]["executionArn"] == shadow


def test_an_execution_with_much_data_is_shown_in_short(server, cleanroom):
    sfn = server.client("stepfunctions")
    fail = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Cause": "a cause alone"}}})
    machine = sfn.create_state_machine(
        name="much", definition=fail, roleArn="arn:aws:iam::000000000000:role/r")["stateMachineArn"]
    arn = sfn.start_execution(stateMachineArn=machine, input=json.dumps({"x": "y" * 150_000}))["executionArn"]
    while sfn.describe_execution(executionArn=arn)["status"] == "RUNNING":
        pass
    code, text, _ = cleanroom("executions", "show", arn, output="text")
    assert code == 0 and len(text) < 5000 and "bytes; --output json" in text
    assert "cause    a cause alone" in text and "No answer" not in text
    assert len(cleanroom("executions", "show", arn)[1]["input"]["x"]) == 150_000


def test_a_server_that_wants_a_token_is_told_with_where_to_give_it(program):
    with running(program, environment={"CLEANROOM_TOKEN_HASHES": "0" * 64}) as guarded:
        result = subprocess.run(
            [program, "create", "--account", "111122223333", "--database", "acme_room", "--server", guarded.url],
            env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert result.returncode == 1 and "CLEANROOM_TOKEN" in result.stderr


def create(program, folder, *arguments):
    """The command line on the folder of a server, with its one document."""
    request = ["--account", "111122223333", "--database", "r" + uuid.uuid4().hex, "--data-dir", folder]
    result = subprocess.run(
        [program, "create", *request, "--output", "json", *arguments], capture_output=True, text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("CLEANROOM_")})
    return result.returncode, json.loads(result.stdout)


def test_a_room_that_is_asked_for_on_the_folder_of_a_server_is_made_by_its_deployment(program, tmp_path):
    folder = str(tmp_path / "lake")
    with running(program, "--bucket", "the-servers-own", "--name", "other-name", folder=str(tmp_path)):
        status, document = create(program, folder)
        assert status == 0 and document["location"].startswith("s3://the-servers-own/cleanroom/")
        assert ":other-name:" in document["executionArn"]
        # What is set to the same is no contradiction, and anything else is named.
        assert create(program, folder, "--bucket", "the-servers-own")[0] == 0
        status, document = create(program, folder, "--bucket", "my-own-bucket", "--workgroup", "primary")
        assert status == 64 and document["error"]["code"] == "INVALID_REQUEST"
        [problem] = document["error"]["problems"]
        assert "Bucket" in problem and "my-own-bucket" in problem and "the-servers-own" in problem
    # Without the server the folder is anybody's again.
    status, document = create(program, folder, "--bucket", "my-own-bucket")
    assert status == 0 and document["location"].startswith("s3://my-own-bucket/cleanroom/")


def test_the_request_id_is_said_before_a_server_can_fail(program):
    request = ["--account", "111122223333", "--database", "acme_room", "--server", "http://localhost:1"]
    result = subprocess.run([program, "create", *request], capture_output=True, text=True)
    said = re.search(r"request ([0-9a-f-]{36})$", result.stdout.splitlines()[0])[1]
    assert result.returncode == 2 and f"--request-id {said}" in result.stderr
    result = subprocess.run([program, "create", *request, "--output", "json"], capture_output=True, text=True)
    assert re.search(r"--request-id [0-9a-f-]{36}\.", json.loads(result.stdout)["error"]["problems"][0])
