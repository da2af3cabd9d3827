"""As much of CloudWatch and of the States language as says what an alarm and a filter make of an execution."""

import re


class Unknown(Exception):
    """What is used by the template or the machines, and is not known here."""


class Missing:
    """A series without a data point: whatever is reckoned with it is missing as well."""

    def __add__(self, _):
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __add__


def reckon(expression, series):
    """The value of an expression of metric math, a number or Missing."""

    def fill(value, instead):
        return instead if isinstance(value, Missing) else value

    return eval(expression, {"__builtins__": {}, "FILL": fill}, series)


class FilterPattern:
    """A filter pattern for JSON, as far as the template uses it: =, !=, &&, ||, brackets and * at the ends of a text.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """

    TOKEN = re.compile(r'\s*(\(|\)|&&|\|\||!=|=|"[^"]*"|\$[A-Za-z.]+)')

    def __init__(self, text):
        inner = re.fullmatch(r"\{(.*)\}", text.strip())
        if not inner:
            raise Unknown(f"not a pattern for JSON: {text}")
        self.tokens, rest = [], inner[1].rstrip()
        while rest:
            token = self.TOKEN.match(rest)
            if not token:
                raise Unknown(f"the check does not know this part of a filter pattern: {rest}")
            self.tokens.append(token[1])
            rest = rest[token.end():]

    def matches(self, event):
        tokens = list(self.tokens)

        def either():
            value = both()
            while tokens and tokens[0] == "||":
                tokens.pop(0)
                value = both() or value
            return value

        def both():
            value = one()
            while tokens and tokens[0] == "&&":
                tokens.pop(0)
                value = one() and value
            return value

        def one():
            if tokens[0] == "(":
                tokens.pop(0)
                value = either()
                tokens.pop(0)
                return value
            path, operator, text = (tokens.pop(0) for _ in range(3))
            found = event
            for name in path.removeprefix("$.").split("."):
                found = found.get(name) if isinstance(found, dict) else None
            return found is not None and (self.like(found, text[1:-1]) == (operator == "="))

        return either()

    @staticmethod
    def like(value, text):
        """A * in the middle is a star."""
        if not isinstance(value, str):
            return False
        head, tail = text.startswith("*"), text.endswith("*") and len(text) > 1
        core = text[1 if head else 0 : -1 if tail else None]
        if head and tail:
            return core in value
        return value.endswith(core) if head else value.startswith(core) if tail else value == core


def settled(condition):
    """What the recovery leaves alone of executions that failed: the errors, and with what those begin that it leaves alone
    as well. As much of JSONata as its condition uses."""
    found = re.fullmatch(
        r"\{%\s*\$status in (\[[^]]*\])\s+or \$endedBy in (\[[^]]*\])\s+"
        r"or \$contains\(\$endedBy, /\^([^/]*)/\)\s*%\}", condition)
    if not found:
        raise Unknown(f"the check does not know the condition {condition}")
    if "'FAILED'" in found[1]:
        raise Unknown("no execution that failed is recovered")
    return re.findall("'([^']*)'", found[2]), found[3]


def log_event(kind, error):
    """An event as Step Functions logs it at level ERROR without the data of the execution.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    return {
        "id": "7",
        "type": kind,
        "details": {"error": error, "cause": "…"},
        "previous_event_id": "6",
        "event_timestamp": "1764000000000",
        "execution_arn": "arn:aws:states:us-east-2:123456789012:execution:core-account-cleanroom-create:one",
        "redrive_count": "0",
    }
