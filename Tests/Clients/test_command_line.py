"""The AWS CLI, as it comes from PyPI, against a server: the way an operator reaches it."""
import json
import os
import subprocess
import sys
import uuid

import pytest

from server import REGION


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


def test_a_statement_is_run(aws):
    id = aws("athena", "start-query-execution", "--query-string", "SELECT 1")["QueryExecutionId"]
    assert aws("athena", "get-query-results", "--query-execution-id", id)["ResultSet"]["Rows"][1] == {
        "Data": [{"VarCharValue": "1"}]}
    assert "is not supported here" in aws(
        "athena", "start-query-execution", "--query-string", "VACUUM t", fails=True)


def test_the_caller_is_told(aws):
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"


def test_an_action_that_is_not_there_says_so(aws):
    assert "UnknownOperationException" in aws("glue", "list-crawlers", fails=True)
