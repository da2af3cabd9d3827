"""Expressions in JSONata, made up from a fresh seed, give what another implementation gives: jsonata-python.

That is a port of a port: a second opinion on values, and no judge of syntax and error codes. So an error counts as an
error whatever its code, and what it is known to do differently is passed over. `CLEANROOM_SEED` plays a seed again.
"""
import json
import os
import random
import re
from concurrent.futures import ThreadPoolExecutor

import jsonata
from botocore.exceptions import ClientError

from expressions import Generator
from test_step_functions import ROLE, ended

COUNT = 600
# Where jsonata-python differs from the reference, and this project follows the reference.
KNOWN = [
    (re.compile(r"\*.*null"), "a null among what a wildcard finds is nothing there"),
    (re.compile(r"\$number\("), "a number may have blanks around it there, and not in JavaScript"),
    (re.compile(r"[/%]"), "dividing by zero is an error there, and infinite in JavaScript"),
    (re.compile(r"\$replace\("), "a text that is searched for takes no groups in its replacement"),
    (re.compile(r"u00e9"), "$string writes characters beyond ASCII as escapes there"),
    (re.compile(r"\d\.?\d{15}"), "numbers in arrays and objects are written with more than 15 digits there"),
    (re.compile(r"\$formatNumber"), "a half is rounded up there, and to the even neighbour in JavaScript"),
    (re.compile(r"\$count"), "null counts as nothing there, and as one value in JavaScript"),
    (re.compile(r"\$type|\$spread"), "a null in an array is nothing there"),
]


def plain(value):
    """A value of jsonata-python as JSON: a number without fraction is a whole one, as in JavaScript."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return int(value) if value == int(value) and abs(value) < 1e15 else value
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(element) for element in value]
    return None


def same(left, right):
    if isinstance(left, (int, float)) and isinstance(right, (int, float)) and not isinstance(left, bool) \
            and not isinstance(right, bool):
        return left == right or abs(left - right) <= 1e-13 * max(abs(left), abs(right))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return type(left) is type(right) and left == right


def theirs(text, data):
    """In a list, so that nothing and null differ."""
    try:
        expression = jsonata.Jsonata(text)
        expression.assign("states", {"input": data})
        return {"value": plain(expression.evaluate(None))}
    except Exception as error:  # Whatever it raises, it refuses.
        return {"error": getattr(error, "error", None) or type(error).__name__}


def ours(sfn, number, text, data):
    """What a Pass state gives."""
    states = {"Pass": {"Type": "Pass", "Output": "{% " + text + " %}", "End": True}}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Pass", "States": states}
    try:
        made = sfn.create_state_machine(name=f"expression-{number}", roleArn=ROLE, definition=json.dumps(definition))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidDefinition", error
        return {"error": str(error)}
    arn = made["stateMachineArn"]
    started = sfn.start_execution(stateMachineArn=arn, input=json.dumps(data))["executionArn"]
    end = ended(sfn, started)
    sfn.delete_state_machine(stateMachineArn=arn)
    if end["status"] == "SUCCEEDED":
        return {"value": json.loads(end["output"])}
    assert end["error"] == "States.QueryEvaluationError", (text, end)
    return {"error": end["cause"]}


def test_made_up_expressions_give_what_another_implementation_gives(server):
    seed = int(os.environ.get("CLEANROOM_SEED", random.SystemRandom().getrandbits(48)))
    print(f"CLEANROOM_SEED={seed}")
    generator, sfn = Generator(seed), server.client("stepfunctions")
    made_up = [(f"[$states.input.({generator.value(3)})]", generator.members(3)) for _ in range(COUNT)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda each: ours(sfn, each[0], *each[1]), enumerate(made_up)))
    same_values, errors, known, others = 0, 0, 0, []
    for (text, data), answer in zip(made_up, answers):
        other = theirs(text, data)
        if "error" in answer and "error" in other:
            errors += 1
        elif "value" in answer and "value" in other and same(answer["value"], other["value"]):
            same_values += 1
        elif any(pattern.search(text + json.dumps(data) + json.dumps(other)) for pattern, _ in KNOWN):
            known += 1
        else:
            others.append((text, data, answer, other))
    print(f"{COUNT} expressions: {same_values} same values, {errors} errors in both, {known} known differences")
    assert not others
    assert same_values > COUNT / 2
