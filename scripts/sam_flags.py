"""What SAM is called with: flags="…" and samconfig.toml together, the command line first.

SAM takes one or the other: as soon as --parameter-overrides is on its command line, it drops the parameter_overrides of
its configuration file. Here they are merged, so that what an operator keeps in the file counts, and so that one more
parameter can be added to either.
"""

import difflib
import json
import re
from pathlib import Path

OVERRIDES = "--parameter-overrides"
PAIR = re.compile(r"^([A-Za-z0-9]+)=(.*)$", re.DOTALL)
LONG_PAIR = re.compile(r"^ParameterKey=([^,]+),ParameterValue=(.*)$", re.DOTALL)

# What sam deploy takes and other commands do not, so that the same flags can be given with each step.
DEPLOYMENT = {
    "--capabilities", "--confirm-changeset", "--disable-rollback", "--fail-on-empty-changeset", "--guided", "-g",
    "--max-wait-duration", "--no-confirm-changeset", "--no-disable-rollback", "--no-execute-changeset",
    "--no-fail-on-empty-changeset", "--notification-arns", "--on-failure", "--role-arn", "--tags",
}
UPLOAD = {
    "--force-upload", "--kms-key-id", "--metadata", "--no-progressbar", "--no-resolve-s3", "--resolve-s3",
    "--signing-profiles", "--use-json",
}
BUCKET = {"--s3-bucket", "--s3-prefix"}
UNKNOWN_TO = {
    "build": DEPLOYMENT | UPLOAD | BUCKET | {"--stack-name"},
    "package": DEPLOYMENT | {"--stack-name"},
    "delete": DEPLOYMENT | UPLOAD,
}


class UsageError(Exception):
    """What is wrong with the flags or with the configuration file, and what to write instead."""


def refuse_unknown(names):
    """SAM drops a parameter that the template does not have, and a misspelt one would keep its default in silence."""
    template = Path(__file__).resolve().parents[1] / "infra/step_function/template.yml"
    section = template.read_text().split("\nParameters:\n")[1].split("\nConditions:\n")[0]
    known = re.findall(r"^  (\w+):$", section, re.MULTILINE)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
            raise UsageError(f"there is no parameter {name}{hint}")


def find_words(text):
    """What stands between white space that is neither within double quotes nor behind a backslash, as SAM has it."""
    return re.finditer(r'(?:"(?:\\.|[^"\\])*"|\\.|[^\s"\\])+', text, re.DOTALL)


def unquote(value):
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")


def read_overrides(values):
    """The parameters in values as SAM takes them, and the references to files among them, which only SAM reads.

    A value is Key=value, several of them with spaces between, ParameterKey=Key,ParameterValue=value, or file://….
    What has no = of its own belongs to the value before it, so that flags="--parameter-overrides 'Key=two words'" is
    what it looks like.
    """
    parameters, files = {}, []
    for value in values:
        if isinstance(value, dict):
            for key, member in value.items():
                listed = member if isinstance(member, list) else [member]
                parameters[key] = ",".join("" if one is None else str(one) for one in listed)
            continue
        if value.startswith("file://"):
            files.append(value)
            continue
        pairs = []
        for word in find_words(value):
            if found := LONG_PAIR.match(word[0]) or PAIR.match(word[0]):
                pairs.append((found[1], word.start(), word.start() + found.start(2)))
            elif not pairs:
                raise UsageError(f"{word[0]!r} after {OVERRIDES} is not Key=value")
        ends = [begin for _, begin, _ in pairs[1:]] + [len(value)]
        parameters.update((key, unquote(value[start:end].rstrip())) for (key, _, start), end in zip(pairs, ends))
    return parameters, files


def write_override(key, value):
    """Key=value as one word of a command line that SAM reads back as it was."""
    if value and not re.search(r"[\s\"'\\]", value):
        return f"{key}={value}"
    escaped = value.replace('"', '\\"')
    return f'{key}="{escaped}"'


class Flags:
    """The words of flags="…", taken apart."""

    def __init__(self, words):
        self.others, values = [], []
        words = list(words)
        while words:
            word = words.pop(0)
            if word != OVERRIDES and not word.startswith(OVERRIDES + "="):
                self.others.append(word)
                continue
            if "=" in word[: len(OVERRIDES) + 1]:
                values.append(word[len(OVERRIDES) + 1 :])
            while words and not words[0].startswith("-"):
                values.append(words.pop(0))
        self.parameters, self.files = read_overrides(values)

    def value(self, option):
        """What is given for an option, in either of SAM's spellings; of two, the last."""
        found = None
        for index, word in enumerate(self.others):
            if word.startswith(option + "="):
                found = word[len(option) + 1 :]
            elif word == option and index + 1 < len(self.others):
                found = self.others[index + 1]
        return found

    def has(self, *options):
        return any(word.split("=")[0] in options for word in self.others)

    def only(self, *options):
        """These options with their values, for another command of SAM that knows fewer."""
        return [word for option in options if (value := self.value(option)) for word in (option, value)]


class Configuration:
    """The configuration file, read as SAM reads it: of the same key in two sections, the command's counts."""

    def __init__(self, path, environment="default"):
        self.path, self.environment = Path(path), environment
        if not self.path.is_file():
            raise UsageError(f"there is no configuration file {path}")
        self.document = self._read()

    def _read(self):
        if self.path.suffix == ".json":
            return json.loads(self.path.read_text())
        if self.path.suffix != ".toml":
            raise UsageError(f"{self.path} is neither TOML nor JSON; write it as samconfig.toml")
        try:
            import tomllib
        except ImportError:
            import platform

            version = platform.python_version()
            raise UsageError(f"Python 3.11 or newer is needed to read {self.path.name} (found {version})") from None
        try:
            return tomllib.loads(self.path.read_text())
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{self.path}: {error}") from None

    def settings(self, command):
        sections = self.document.get(self.environment, {})
        return {
            **sections.get("global", {}).get("parameters", {}),
            **sections.get(command.replace("-", "_").replace(" ", "_"), {}).get("parameters", {}),
        }

    def overrides(self, command):
        given = self.settings(command).get("parameter_overrides") or []
        return read_overrides(given if isinstance(given, list) else [given])


class Call:
    """A call of one of SAM's commands with the flags of an operator."""

    def __init__(self, words, samconfig, root):
        self.flags = Flags(words)
        path = self.flags.value("--config-file")
        # SAM looks for a relative path beside the template; who writes one means the folder that make runs in.
        self.path = (Path(root) / path).resolve() if path else Path(samconfig)
        self.configuration = Configuration(self.path, self.flags.value("--config-env") or "default")

    def parameters(self, command):
        """The parameters for a command with their files, those of the configuration file first: the last one counts."""
        kept, files = self.configuration.overrides(command)
        return {**kept, **self.flags.parameters}, files + self.flags.files

    def setting(self, command, option):
        """An option of a command from the command line, else from the configuration file."""
        key = option.removeprefix("--").replace("-", "_")
        return self.flags.value(option) or self.configuration.settings(command).get(key)

    def has_bucket(self, command):
        if self.flags.has("--s3-bucket", "--resolve-s3", "--no-resolve-s3", "--guided", "-g"):
            return True
        settings = self.configuration.settings(command)
        return bool(settings.get("s3_bucket") or settings.get("resolve_s3"))

    def arguments(self, command, *own, overrides=False, **more):
        """The words after sam: its command, what the step itself gives, the flags, and the merged parameters."""
        words = [*command.split(), *map(str, own), "--config-file", str(self.path)]
        dropped = UNKNOWN_TO.get(command, set()) | {"--config-file"}
        keeps = True
        for word in self.flags.others:
            # What follows an option that is left out, up to the next one, are its values.
            if word.startswith("-"):
                keeps = word.split("=")[0] not in dropped
            if keeps:
                words.append(word)
        if overrides:
            kept, files = self.configuration.overrides(command)
            given = {**self.flags.parameters, **more}
            refuse_unknown([*kept, *given])
            # The last one counts for SAM, also where it stands in a file.
            pairs = [write_override(*pair) for pair in kept.items() if pair[0] not in given]
            values = [*files, *pairs, *self.flags.files, *(write_override(*pair) for pair in given.items())]
            if values:
                words += [OVERRIDES, *values]
        return words
