"""The parameters of a deployment, as `make deploy` would take them: template, samconfig.toml, flags."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STEP_FUNCTION = ROOT / "infra" / "step_function"
BEHAVIOR = ROOT / "out" / "lake_behavior.json"

sys.path.append(str(ROOT / "scripts"))
from account import Unreadable  # noqa: E402
from sam_flags import Call, UsageError  # noqa: E402

__all__ = ["Deployment", "UsageError", "read_deployment"]


@dataclass(frozen=True)
class Deployment:
    """What is going to be deployed, under which name, by whom and where to."""

    # What is given, and the template's defaults or the stack's values for the rest.
    values: dict
    given: dict
    stack: str
    region: str | None
    profile: str | None
    # The role that CloudFormation deploys with, where it is not the caller's.
    role_arn: str | None

    def continued(self, account):
        """With the values of the last deployment where nothing is given, as SAM keeps them, and what was seen."""
        try:
            # CloudFormation says that a stack does not exist in a ValidationError.
            found = account.read("cloudformation", "DescribeStacks", absent=["ValidationError"], StackName=self.stack)
        except Unreadable as reason:
            return self, f"stack {self.stack} could not be read ({reason})"
        if not found or not found["Stacks"]:
            return self, f"stack {self.stack} does not exist yet"
        kept = {each["ParameterKey"]: each["ParameterValue"] for each in found["Stacks"][0].get("Parameters", [])}
        return replace(self, values=self.values | kept | self.given), f"stack {self.stack} exists"

    def __getitem__(self, name):
        return self.values[name]

    @property
    def machine_role(self):
        return f"{self['Name']}-machine"

    @property
    def makes_administrator(self):
        return self.values.get("DataLakeAdmin") != "false"

    def behavior(self, account):
        """What `make smoke` recorded of this account and region, or nothing."""
        try:
            recorded = json.loads(BEHAVIOR.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        same = (recorded.get("account"), recorded.get("region")) == (account.id, account.region)
        return recorded.get("behavior", {}) if same else {}


class Template(yaml.SafeLoader):
    """A template of CloudFormation, whose functions do not matter here."""


Template.add_multi_constructor("!", lambda loader, suffix, node: None)


def template_defaults():
    text = (STEP_FUNCTION / "template.yml").read_text(encoding="utf-8")
    parameters = yaml.load(text, Template)["Parameters"]
    return {name: str(each.get("Default", "")) for name, each in parameters.items()}


def read_deployment(arguments):
    """The deployment that flags of SAM describe; those that do not matter here are passed over."""
    call = Call(arguments, STEP_FUNCTION / "samconfig.toml", ROOT)
    given, files = call.parameters("deploy")
    if files:
        raise UsageError(f"parameters in files are not read here: give those of {', '.join(files)} one by one")
    return Deployment(
        values=template_defaults() | given,
        given=given,
        stack=call.setting("deploy", "--stack-name") or "core-account-cleanroom-create",
        region=call.setting("deploy", "--region"),
        profile=call.setting("deploy", "--profile"),
        role_arn=call.setting("deploy", "--role-arn"),
    )
