"""Reads an AWS account, and never changes it."""

import re
import shlex

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SERVICES = (
    "athena", "cloudformation", "cloudwatch", "events", "glue", "iam", "kms", "lakeformation", "organizations", "ram",
    "s3", "service-quotas", "stepfunctions", "sts",
)
# ValidateStateMachineDefinition makes nothing either: it answers what CreateStateMachine would say.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
READS = re.compile(r"(Get|List|Describe|Head|Simulate)[A-Z]\w*|ValidateStateMachineDefinition")
PREFIXES = {"stepfunctions": "states", "service-quotas": "servicequotas"}
# S3's operations are called otherwise in IAM.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
}
DENIED = re.compile("AccessDenied|Unauthorized|NotAuthorized|Forbidden|^403$")


class ChangeRefused(Exception):
    """A call that might change something. No check makes one."""


class Unreadable(Exception):
    """Why something could not be looked at."""


def refuse_changes(model, **_):
    if not READS.fullmatch(model.name):
        raise ChangeRefused(f"{model.name} is not known to be read-only")


def make_clients(session):
    """A client for each service that refuses to send anything but reads."""
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=30)
    clients = {service: session.client(service, config=config) for service in SERVICES}
    for client in clients.values():
        client.meta.events.register_first("before-call", refuse_changes)
    return clients


def action_of(service, operation):
    """The IAM action that allows an operation."""
    action = f"{PREFIXES.get(service, service)}:{operation}"
    return ACTIONS.get(action, action)


class Account:
    """The account that the credentials belong to, in one region."""

    def __init__(self, clients, profile=None):
        self.clients, self.profile = clients, profile
        self.region = clients["lakeformation"].meta.region_name
        caller = self.read("sts", "GetCallerIdentity")
        self.id, self.caller = caller["Account"], caller["Arn"]
        self.partition = self.caller.split(":")[1]

    def read(self, service, operation, absent=(), **parameters):
        """The answer, or `None` where the service refuses with one of the codes in `absent`."""
        try:
            return getattr(self.clients[service], xform_name(operation))(**parameters)
        except ClientError as error:
            code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
            if code in absent:
                return None
            if DENIED.search(code):
                raise Unreadable(f"denied: needs {action_of(service, operation)}") from error
            raise Unreadable(f"{action_of(service, operation)} failed: {code}: {message}") from error
        except BotoCoreError as error:
            raise Unreadable(f"{action_of(service, operation)} failed: {error}") from error

    def pages(self, service, operation, key, token="NextToken", absent=(), **parameters):
        """What is in all pages of a list."""
        found, more = [], {}
        while True:
            answer = self.read(service, operation, absent, **parameters, **more) or {}
            found += answer.get(key, [])
            if not answer.get(token):
                return found
            more = {token: answer[token]}

    def arn(self, service, resource, region=None):
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.id}:{resource}"

    def role_arn(self, name_or_arn):
        return name_or_arn if name_or_arn.startswith("arn:") else self.arn("iam", f"role/{name_or_arn}", region="")

    def role(self, name_or_arn):
        """The role of this account, or `None` where there is none of that name and path."""
        found = self.read(
            "iam", "GetRole", absent=["NoSuchEntity", "NoSuchEntityException"], RoleName=name_or_arn.split("/")[-1])
        if not found or (name_or_arn.startswith("arn:") and found["Role"]["Arn"] != name_or_arn):
            return None
        return found["Role"]

    def principal(self):
        """The ARN by which IAM and Lake Formation know the caller: of a session, its role's, which may have a path."""
        if ":assumed-role/" not in self.caller:
            return self.caller
        name = self.caller.split("/")[1]
        role = self.role(name)
        return role["Arn"] if role else self.arn("iam", f"role/{name}", region="")

    def command(self, text, *arguments):
        """A command of the AWS CLI for this account, ready to paste."""
        profile = f" --profile {shlex.quote(self.profile)}" if self.profile else ""
        quoted = "".join(f" {shlex.quote(argument)}" for argument in arguments)
        return f"aws {text}{quoted}{profile} --region {self.region}"
