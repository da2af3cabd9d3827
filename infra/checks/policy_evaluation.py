"""Holds the simulation's evaluation of policies against moto's, over policies and requests made up at random.

    python infra/checks/policy_evaluation.py .build/debug/simulate

Of conditions moto knows StringEquals alone, and takes a key that is missing for one that is equal; it knows no `?`, and
lets a `*` reach over the parts of an ARN. Nothing of that is made up here. The other operators are held against the
examples in AWS's pages, by the tests of the simulator.
"""

import json
import random
import subprocess
import sys
import tempfile

from moto.iam.access_control import IAMPolicy, PermissionResult

from machine_role import machine_role

CASES = 4000


def some(values, chance):
    return chance.choice(list(values))


def text_like(pattern, chance):
    """A text that the pattern stands for, or nearly."""
    parts = ["".join(chance.choices("abc/:-", k=chance.randrange(4))) if c == "*" else c for c in pattern]
    text = "".join(parts)
    if chance.random() < 0.3:
        place = chance.randrange(len(text) + 1)
        text = text[:place] + chance.choice(["x", "", "-recover"]) + text[place + chance.randrange(2):]
    return text


def pattern_of(resource, chance):
    """The resource, or a pattern in its last part."""
    head, _, tail = resource.rpartition(":")
    if chance.random() < 0.5 or not head or len(tail) < 2:
        return resource
    cut = chance.randrange(1, len(tail))
    return f"{head}:{tail[:cut]}*"


def made_up(role, chance):
    """A policy and a request that it may be about."""
    statements = []
    for statement in chance.sample(role["Statement"], chance.randrange(1, 5)):
        statements.append({
            "Effect": "Deny" if chance.random() < 0.1 else "Allow",
            "Action": chance.sample(statement["Action"], chance.randrange(1, len(statement["Action"]) + 1)),
            "Resource": [pattern_of(resource, chance) for resource in statement["Resource"]],
        })
    if chance.random() < 0.3:
        prefix = statements[0]["Action"][0].split(":")[0]
        statements[0]["Action"] = [prefix + ":" + chance.choice(["*", "Get*", "*Database*"])]
    keys = {}
    if chance.random() < 0.4:
        # A statement whose condition does not hold denies all in moto, so there is only one.
        statements = statements[:1]
        values = chance.sample(["a", "b", "c"], chance.randrange(1, 3))
        statements[0]["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": values}}
        keys = {"aws:PrincipalTag/team": chance.choice("abcd")}
    asked = some(statements, chance)
    action = some(some(role["Statement"], chance)["Action"] if chance.random() < 0.2 else asked["Action"], chance)
    resource = text_like(some(asked["Resource"], chance), chance)
    return {
        "policy": {"Version": "2012-10-17", "Statement": statements},
        "action": text_like(action, chance) if "*" in action else action, "resource": resource, "keys": keys,
    }


def by_moto(case):
    policy = IAMPolicy(json.dumps(case["policy"]))
    result = policy.is_action_permitted(case["action"], case["resource"], incoming_condition_values=case["keys"])
    return "allowed" if result == PermissionResult.PERMITTED else "refused"


def main(program):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    role = machine_role()
    cases = [made_up(role, chance) for _ in range(CASES)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(cases, file)
        file.flush()
        run = subprocess.run(
            [program, "--evaluate", file.name], capture_output=True, text=True, check=True)
    ours = run.stdout.split()
    theirs = [by_moto(case) for case in cases]
    if len(ours) != len(cases):
        print(f"FAILED {len(ours)} answers to {len(cases)} cases")
        return 1
    different = [(c, a, b) for c, a, b in zip(cases, ours, theirs) if a != b]
    for case, mine, other in different[:5]:
        print(f"FAILED {mine} here, {other} by moto: {json.dumps(case)}")
    allowed = theirs.count("allowed")
    print(f"seed {seed}: {CASES} policies evaluated as moto does, {allowed} allowed, {len(different)} differences")
    return 1 if different or not CASES / 10 < allowed < CASES * 9 / 10 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
