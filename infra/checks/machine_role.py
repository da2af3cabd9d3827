"""Fills in the policy of the machines' role as the template gives it, for the deployment that the simulation plays.

    python infra/checks/machine_role.py out/machine_role.json

`simulate --role out/machine_role.json` holds every call of a task against it. What a parameter of the template
is not given here is its default; a function of CloudFormation that is not known here stops everything, since a role that
is only nearly right would prove nothing.
"""

import json
import re
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra/step_function/template.yml"

# What the simulation sets (AccessCommand.deployment, LocalAccount), and what AWS would.
VALUES = {
    "ApiAuthorization": "answers/00000000-0000-4000-8000-000000000000",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
}
# All policies of a role together, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_LIMIT = 10_240


class Resolution:
    """The template with values for its parameters."""

    def __init__(self, template, values):
        self.template = template
        self.values = {name: p["Default"] for name, p in template["Parameters"].items() if "Default" in p} | values

    def ref(self, name):
        if name in self.values:
            return self.values[name]
        raise SystemExit(f"there is no value for {name}")

    def attribute(self, path):
        name, attribute = path.split(".") if isinstance(path, str) else path
        resource = self.template["Resources"][name]
        if (resource["Type"], attribute) != ("AWS::IAM::Role", "Arn"):
            raise SystemExit(f"what {name}.{attribute} is, is not known")
        account = self.ref("AWS::AccountId")
        return f"arn:{self.ref('AWS::Partition')}:iam::{account}:role/{self.resolve(resource['Properties']['RoleName'])}"

    def sub(self, argument):
        text, own = (argument, {}) if isinstance(argument, str) else argument
        own = {name: self.resolve(value) for name, value in own.items()}
        return re.sub(r"\$\{([^}]+)\}", lambda found: own.get(found[1]) or self.ref(found[1]), text)

    def condition(self, value):
        if isinstance(value, str):
            return self.condition(self.template["Conditions"][value])
        (function, arguments), = value.items()
        if function == "Fn::Equals":
            first, second = map(self.resolve, arguments)
            return first == second
        if function == "Fn::Not":
            return not self.condition(arguments[0])
        raise SystemExit(f"the condition {function} is not known")

    def resolve(self, value):
        if isinstance(value, list):
            return [self.resolve(element) for element in value]
        if not isinstance(value, dict):
            return value
        functions = [name for name in value if name == "Ref" or name.startswith("Fn::")]
        if not functions:
            return {name: self.resolve(member) for name, member in value.items()}
        (function, argument), = value.items()
        if function == "Ref":
            return self.ref(argument)
        if function == "Fn::Sub":
            return self.sub(argument)
        if function == "Fn::GetAtt":
            return self.attribute(argument)
        if function == "Fn::If":
            condition, then, otherwise = argument
            return self.resolve(then if self.condition(condition) else otherwise)
        if function == "Fn::Select":
            index, choices = argument
            return self.resolve(choices)[int(index)]
        if function == "Fn::Split":
            separator, text = argument
            return self.resolve(text).split(separator)
        raise SystemExit(f"the function {function} is not known")


def machine_role(values=VALUES, template=None):
    """The policy of the machines' role with everything filled in."""
    template = template or yaml_parse(TEMPLATE.read_text())
    resolution = Resolution(template, values)
    policies = template["Resources"]["MachineRole"]["Properties"]["Policies"]
    statements = [resolution.resolve(s) for p in policies for s in p["PolicyDocument"]["Statement"]]
    return {"Version": "2012-10-17", "Statement": statements}


def main(path):
    role = machine_role()
    size = len(json.dumps(role, separators=(",", ":")))
    if size > ROLE_LIMIT:
        raise SystemExit(f"the policy of the machines' role has {size} characters, and IAM allows {ROLE_LIMIT}")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(role, indent=2) + "\n")
    print(f"{path}: the machines' role, {size} of {ROLE_LIMIT} characters")


if __name__ == "__main__":
    main(sys.argv[1])
