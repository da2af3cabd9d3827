"""Whether a resource policy lets a principal do something, as far as reading it can tell."""

import re

ALLOWED, DENIED, CONDITIONAL, SILENT = "allowed", "denied", "conditional", "silent"


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def matches(pattern, text, ignore_case=False):
    """Whether a text is one of those that a pattern of IAM, with * and ?, stands for."""
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(expression, text, re.IGNORECASE if ignore_case else 0) is not None


def names_principal(statement, kind, principal):
    named = statement.get("Principal")
    if named == "*":
        return True
    if not isinstance(named, dict):
        return False
    return any(each in ("*", principal) for each in as_list(named.get(kind)))


def concerns(statement, kind, principal, action, resource):
    return (
        names_principal(statement, kind, principal)
        and any(matches(each, action, ignore_case=True) for each in as_list(statement.get("Action")))
        and any(matches(each, resource) for each in as_list(statement.get("Resource", "*")))
    )


def decide(policy, kind, principal, action, resource):
    """What a policy says; a condition, whose outcome depends on the call, makes its statement uncertain.

    So do NotAction, NotPrincipal and NotResource, which are not understood here.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    said = set()
    for statement in as_list(policy.get("Statement")):
        inverted = any(key in statement for key in ("NotAction", "NotPrincipal", "NotResource"))
        if inverted or concerns(statement, kind, principal, action, resource):
            said.add((statement.get("Effect"), inverted or bool(statement.get("Condition"))))
    if ("Deny", False) in said:
        return DENIED
    if ("Deny", True) in said:
        return CONDITIONAL
    if ("Allow", False) in said:
        return ALLOWED
    return CONDITIONAL if said else SILENT
