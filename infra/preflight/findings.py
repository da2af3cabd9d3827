"""What a check found, and the list of all checks."""

from dataclasses import dataclass

RIGHT, WRONG, UNKNOWN = "✓", "✗", "?"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    mark: str
    check: str
    found: str
    # The command, or the words, that mend it.
    mend: str | None = None


def check(name):
    """Makes a function a check: of an account and a deployment it gives mark, text and what mends, or nothing."""

    def mark(function):
        function.check = name
        return function

    return mark


def checks_of(*modules):
    """The checks of modules, in the order in which they stand there."""
    functions = [function for module in modules for function in vars(module).values() if hasattr(function, "check")]
    return [(function.check, function) for function in functions]
