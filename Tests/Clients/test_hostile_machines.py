"""Machines and definitions that a client could take the service down with: the server's memory is bounded."""
import http.client
import json
import os
import subprocess
import threading
import time

import botocore.exceptions
import pytest

from server import running

ROLE = "arn:aws:iam::000000000000:role/any"
# What the process may have of addresses, in KiB: three gigabytes, most of which are stacks and reserved by the allocator.
ADDRESSES = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def bounded(program, tmp_path_factory):
    """A server whose memory ends far below what any of these would have taken."""
    wrapper = tmp_path_factory.mktemp("bounded") / "cleanroom"
    wrapper.write_text(f'#!/bin/sh\nulimit -v {ADDRESSES} && exec "{os.path.abspath(program)}" "$@"\n')
    wrapper.chmod(0o755)
    with running(str(wrapper)) as server:
        yield server


def machine(parameters):
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": parameters, "End": True}}})


LARGE = {"t": "x" * 200_000, "q": '"'}
HOSTILE = {
    "format": ({"x.$": "States.Format('" + "{}" * 40_000 + "'" + ",$.t" * 40_000 + ")"}, LARGE),
    "backslashes": ({"x.$": "States.JsonToString(" * 60 + "$.q" + ")" * 60}, LARGE),
    "copies": ({f"m{index}.$": "$" for index in range(20_000)}, LARGE),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_state_that_would_take_all_memory_fails_and_nothing_else_does(bounded, name):
    parameters, given = HOSTILE[name]
    client = bounded.client("stepfunctions")
    arn = client.create_state_machine(name=name, definition=machine(parameters), roleArn=ROLE)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    deadline = time.monotonic() + 120
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert found["status"] == "FAILED" and found["error"] == "States.DataLimitExceeded", found.get("cause", "")[:300]
    assert bounded.process.poll() is None
    # Others go on beside it.
    plain = client.create_state_machine(
        name=f"{name}-plain", definition=machine({"a.$": "$.q"}), roleArn=ROLE)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=plain, input=json.dumps({"q": 1}))["executionArn"]
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert json.loads(found["output"]) == {"a": 1}


def nested(levels):
    return [] if levels == 0 else [nested(levels - 1)]


QUERY, LIMIT = "States.QueryEvaluationError", "States.DataLimitExceeded"
# Expressions in JSONata that would take all time, all memory or the stack, and the error that each ends with.
EXPRESSIONS = {
    "($f := function($x){$f($x+1)}; $f(1))": QUERY,
    "($f := function($x){1+$f($x+1)}; $f(1))": QUERY,
    "$sort($states.input.list, function($a,$b){$a<$b})": QUERY,
    "$states.input.list[$ in $states.input.list]": QUERY,
    "$pad('x', 1000000000)": QUERY,
    "[1..10000000]": QUERY,
    "$range(0, 1000000000, 1)": QUERY,
    "$reduce([1..1000], function($a,$b){$a & $a}, 'x')": QUERY,
    "$join($states.input.list.$string(), $states.input.text)": QUERY,
    "$states.input.list.($states.input.list.($states.input.list))": QUERY,
    "$match($states.input.text, /(a*)*b/)": QUERY,
    "$replace($states.input.text, /a/, 'bbbbbbbbbbbbbbbbbbbb')": LIMIT,
    "$states.input.**": LIMIT,
    "$count($states.input.**)": None,
    "$string($states.input.deep)": None,
    "$states.input.deep = $states.input.deep": None,
    "$states.input.deep ~> |**|{'z':1}|": None,
    "$parse($string($states.input.deep))": None,
    "$parse($join([1..5000].('[')))": QUERY,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_that_would_take_everything_ends_its_own_execution(bounded, expression):
    client = bounded.client("stepfunctions")
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"v": "{% " + expression + " %}"}, "Output": 1, "End": True}}})
    name = f"expression-{list(EXPRESSIONS).index(expression)}"
    arn = client.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    given = {"deep": nested(250), "text": "a" * 100_000, "list": list(range(15_000))}
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    deadline = time.monotonic() + 120
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert found.get("error") == EXPRESSIONS[expression], found.get("cause", "")[:300]
    assert bounded.process.poll() is None


def misspelt(count):
    states = {f"s{index}": {"Type": "Pass", "Next": f"z{index}"} for index in range(count)}
    return json.dumps({"StartAt": "s0", "States": states})


def test_a_definition_is_refused_with_a_hundred_problems_at_most(bounded):
    client = bounded.client("stepfunctions")
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.create_state_machine(name="misspelt", definition=misspelt(5000), roleArn=ROLE)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidDefinition"
    message = error["Message"]
    assert len(message.encode()) <= 16_500
    told = message.count("MISSING_TRANSITION_TARGET")
    # Of each state the target is missing, all but the first are not reached, and none ends.
    assert 0 < told <= 100 and f"{2 * 5000 - told} more problems are not told" in message
    answer = client.validate_state_machine_definition(definition=misspelt(5000))
    assert answer["result"] == "FAIL" and answer["truncated"] and len(answer["diagnostics"]) == 100
    assert client.validate_state_machine_definition(definition=misspelt(5000), maxResults=3)["truncated"]


def test_names_of_marks_and_repeated_names_are_refused(bounded):
    client = bounded.client("stepfunctions")
    marks = '{"StartAt":"e","States":{"e' + r"\u0301\u0327" * 50_000 + '":{"Type":"Succeed"}}}'
    repeated = '{"StartAt":"s","States":{' + ",\n".join(['"s":{"Type":"Succeed"}'] * 15_000) + "}}"
    for definition in (marks, repeated):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            client.create_state_machine(name="named", definition=definition, roleArn=ROLE)
        assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
        assert len(refused.value.response["Error"]["Message"]) <= 16_500


def test_health_answers_and_writes_go_on_while_definitions_are_checked(bounded):
    """More are checked than there are processors, each for a while; the others wait for them and not for health."""
    client = bounded.client("stepfunctions")
    definition, results = misspelt(12_000), []
    threads = [
        threading.Thread(
            target=lambda: results.append(client.validate_state_machine_definition(definition=definition)["result"]))
        for _ in range(8)]
    for thread in threads:
        thread.start()
    answers, commits = 0, 0
    while any(thread.is_alive() for thread in threads):
        connection = http.client.HTTPConnection(bounded.url.removeprefix("http://"), timeout=60)
        connection.request("GET", "/health/live")
        assert connection.getresponse().status == 200
        connection.close()
        answers += 1
        client.tag_resource(
            resourceArn="arn:aws:states:us-east-1:000000000000:stateMachine:copies-plain",
            tags=[{"key": "a", "value": str(answers)}])
        commits += 1
    assert results == ["FAIL"] * 8
    # They were answered while the checks went on, not behind them.
    assert answers > 8 and commits > 8


def test_a_request_is_told_no_more_of_itself_than_a_person_can_read(bounded):
    for body in ({f"field{index}": index for index in range(20_000)}, {"x" * 500_000: 1},
                 {"requestId": "e" + "\u0301" * 100, "account": "y" * 500_000, "database": "z" * 300_000}):
        connection = http.client.HTTPConnection(bounded.url.removeprefix("http://"), timeout=60)
        connection.request("POST", "/v1/cleanrooms", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        assert response.status == 422 and len(text) < 16_384, len(text)
        assert json.loads(text)["code"] == "INVALID_REQUEST"


def test_parameters_that_break_their_rules_are_told_of_shortly(bounded):
    client = bounded.client("stepfunctions")
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.tag_resource(
            resourceArn="arn:aws:states:us-east-1:000000000000:stateMachine:copies-plain",
            tags=[{"key": "k" * 1000, "value": "v"} for _ in range(500)])
    assert len(refused.value.response["Error"]["Message"]) <= 20_000


def test_validate_on_the_command_line_says_how_many_more_there_are(program, tmp_path):
    file = tmp_path / "misspelt.json"
    file.write_text(misspelt(1000))
    result = subprocess.run([program, "validate", str(file), "--output", "json"], capture_output=True, text=True)
    document = json.loads(result.stdout)
    assert result.returncode == 1 and len(document["problems"]) == 100
    assert document["more"]["errors"] == 2 * 1000 - 100


# Histories


def test_whoever_asks_for_histories_of_what_runs_without_end_holds_up_nobody(program):
    definition = {
        "StartAt": "A", "States": {
            "A": {"Type": "Pass", "Parameters": {"v.$": "States.ArrayRange(1, 1000, 1)"}, "ResultPath": "$.a",
                  "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.a.v[0]", "NumericEquals": 0, "Next": "C"}],
                  "Default": "A"},
            "C": {"Type": "Succeed"}}}
    with running(program) as server:
        sfn = server.client("stepfunctions", max_pool_connections=100, read_timeout=120)
        machine = sfn.create_state_machine(
            name="endless", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
        executions = [sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(3)]
        counts, failures = [], []

        def ask(number):
            try:
                page = sfn.get_execution_history(
                    executionArn=executions[number % 3], reverseOrder=True, maxResults=1)
                counts.append(page["events"][0]["id"])
            except botocore.exceptions.ClientError as error:
                failures.append(error.response["Error"]["Code"])

        threads = [threading.Thread(target=ask, args=[number]) for number in range(80)]
        for thread in threads:
            thread.start()
        # While they are derived, reads and writes of others are answered.
        assert sfn.describe_execution(executionArn=executions[0])["status"] in ("RUNNING", "FAILED")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/health/ready")
        assert connection.getresponse().status == 200
        for thread in threads:
            thread.join()
        assert len(counts) + len(failures) == 80 and len(counts) >= 66
        assert set(failures) <= {"ThrottlingException"}
