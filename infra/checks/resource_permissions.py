"""What CloudFormation calls for the resources of a template, and on what, from the schemas that cfn-lint brings along.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html (handlers, tagging)
"""

import json
import re
from pathlib import Path

import cfnlint


class Unknown(Exception):
    """What is used by a template, and is not known here."""


# What a handler calls only for a property of its resource that the template does not set.
ONLY_FOR = {
    ("AWS::IAM::Role", "ManagedPolicyArns"): ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
    ("AWS::IAM::ManagedPolicy", "Roles"): ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
    ("AWS::IAM::ManagedPolicy", "Groups"): ["iam:AttachGroupPolicy", "iam:DetachGroupPolicy"],
    ("AWS::IAM::ManagedPolicy", "Users"): ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
    ("AWS::Logs::LogGroup", "DataProtectionPolicy"): [
        "logs:PutDataProtectionPolicy", "logs:CreateLogDelivery", "s3:REST.PUT.OBJECT", "firehose:TagDeliveryStream"],
    ("AWS::Logs::LogGroup", "FieldIndexPolicies"): ["logs:PutIndexPolicy", "logs:DeleteIndexPolicy"],
    ("AWS::Logs::LogGroup", "ResourcePolicyDocument"): ["logs:PutResourcePolicy", "logs:DeleteResourcePolicy"],
    ("AWS::Logs::LogGroup", "DeletionProtectionEnabled"): ["logs:PutLogGroupDeletionProtection"],
    ("AWS::Logs::LogGroup", "BearerTokenAuthenticationEnabled"): ["logs:PutBearerTokenAuthentication"],
    ("AWS::StepFunctions::StateMachine", "EncryptionConfiguration"): [
        "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"],
    ("AWS::StepFunctions::StateMachineAlias", "DeploymentPreference.Alarms"): ["cloudwatch:DescribeAlarms"],
}
# Nothing that deploys takes a boundary off a role: an operator does, who may do more.
WITHHELD = {"iam:DeleteRolePermissionsBoundary"}
# The schema of this type says nothing of permissions; these are the actions behind it.
UNSAID = {
    "AWS::LakeFormation::DataLakeSettings": ["lakeformation:GetDataLakeSettings", "lakeformation:PutDataLakeSettings"]
}


def needed(resources):
    """Each right that making, reading, changing or deleting a resource takes: its key, the action and the ARN."""
    schemas = resource_schemas({one["Type"] for one in resources.values()})
    for key, resource in resources.items():
        kind = resource["Type"]
        actions = set(UNSAID.get(kind, []))
        for name, handler in schemas[kind].get("handlers", {}).items():
            # A list handler serves the console and Cloud Control, not stacks.
            actions |= set(handler["permissions"]) if name != "list" else set()
        actions |= set(schemas[kind].get("tagging", {}).get("permissions", []))
        for (owner, setting), only in ONLY_FOR.items():
            if owner == kind and not has(resource["Properties"], setting):
                actions -= set(only)
        for action in actions - WITHHELD:
            for arn in arns(resources, key, action):
                yield key, action, arn


def has(properties, path):
    for name in path.split("."):
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties is not None


def resource_schemas(types):
    found = {}
    for path in (Path(cfnlint.__file__).parent / "data/schemas/resources").glob("*.json"):
        schema = json.loads(path.read_text())
        if schema.get("typeName") in types:
            found[schema["typeName"]] = schema
    if types - set(found):
        raise Unknown(f"cfn-lint has no schema of {', '.join(sorted(types - set(found)))}")
    return found


def arns(resources, key, action):
    """The ARNs on which an action is needed for a resource, its names as the template writes them; * where any is."""
    resource = resources[key]
    properties = resource["Properties"]

    def own(name):
        return text(properties[name])

    def arn(service, tail, region="${AWS::Region}"):
        return f"arn:${{AWS::Partition}}:{service}:{region}:${{AWS::AccountId}}:{tail}"

    if action == "iam:PassRole":
        roles = [properties.get("RoleArn"), *(one.get("RoleArn") for one in properties.get("Targets", []))]
        keys = [role["Fn::GetAtt"][0] if isinstance(role, dict) else role for role in roles if role]
        return [one for role in keys for one in arns(resources, role, "")]
    if action.startswith("s3:") or action in ("logs:DescribeLogGroups", "logs:DescribeResourcePolicies"):
        return []
    match resource["Type"]:
        case "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine":
            name = "StateMachineName" if "StateMachineName" in properties else "Name"
            return [arn("states", f"stateMachine:{own(name)}")]
        case "AWS::StepFunctions::StateMachineVersion":
            (machine,) = arns(resources, properties["StateMachineArn"]["Ref"], "")
            return [machine, f"{machine}:1"]
        case "AWS::StepFunctions::StateMachineAlias":
            routing = properties.get("DeploymentPreference") or properties["RoutingConfiguration"][0]
            machine = arns(resources, routing["StateMachineVersionArn"]["Ref"], "")[0]
            return [machine, f"{machine}:{own('Name')}"]
        case "AWS::IAM::Role":
            return [arn("iam", f"role/{own('RoleName')}", region="")]
        case "AWS::IAM::ManagedPolicy":
            return [arn("iam", f"policy/{own('ManagedPolicyName')}", region="")]
        case "AWS::Events::Rule":
            return [arn("events", f"rule/{own('Name')}")]
        case "AWS::SQS::Queue":
            return [arn("sqs", own("QueueName"))]
        case "AWS::SQS::QueuePolicy":
            return [one for queue in properties["Queues"] for one in arns(resources, queue["Ref"], "")]
        case "AWS::Logs::LogGroup":
            return [arn("logs", f"log-group:{own('LogGroupName')}"), arn("logs", f"log-group:{own('LogGroupName')}:*")]
        case "AWS::Logs::MetricFilter":
            return arns(resources, properties["LogGroupName"]["Ref"], "")
        case "AWS::CloudWatch::Alarm":
            return [arn("cloudwatch", f"alarm:{own('AlarmName')}")]
        case "AWS::LakeFormation::DataLakeSettings":
            return ["*"]
        case other:
            raise Unknown(f"the check does not know the ARN of a {other}")


def text(value):
    """A text of the template, with the placeholders of Fn::Sub for what only a deployment knows."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return "${" + value["Ref"] + "}"
    if isinstance(value.get("Fn::Sub"), str):
        return value["Fn::Sub"]
    raise Unknown(f"the check does not know the text {value}")


def texts(values, resources):
    """The resources of a statement as texts: of an Fn::If both ways, of a role of the template its ARN."""
    found = []
    for value in values:
        if isinstance(value, dict) and "Fn::If" in value:
            found += texts(value["Fn::If"][1:], resources)
        elif isinstance(value, dict) and "Fn::GetAtt" in value:
            found += arns(resources, value["Fn::GetAtt"][0], "")
        elif isinstance(value, dict) and isinstance(value.get("Fn::Sub"), list):
            found.append(value["Fn::Sub"][0])
        elif value == {"Ref": "LocationRole"}:
            # An ARN of a role of this account, where it is one.
            found.append("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${LocationRole}")
        elif isinstance(value, dict) and value.get("Ref") in resources:
            found += arns(resources, value["Ref"], "")
        else:
            found.append(text(value))
    return found


def covers(patterns, arn):
    """Whether a resource of a statement, with its wildcards, is the one of an ARN."""
    return any(
        re.fullmatch(".*".join(map(re.escape, text(pattern).split("*"))), arn)
        for pattern in patterns
        if "Fn::GetAtt" not in pattern
    )


# The longest that a deployment may give, or that AWS has, so that no policy is too long for one.
LONGEST = {
    "AWS::Partition": "aws-us-gov", "AWS::Region": "ap-southeast-2", "AWS::AccountId": "1" * 12, "Name": "n" * 50,
    "Bucket": "b" * 63, "ResultsBucket": "b" * 63, "UploadBucket": "b" * 63, "Workgroup": "w" * 128,
    "StackName": "s" * 128, "ApiEndpoint": "e" * 253, "ApiAuthorization": "a" * 129,
}


def length(document):
    """How many characters a policy has at most, without white space, as IAM counts."""
    boundary = "b" * 130

    def filled(value):
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "Ref" in value:
            return LONGEST.get(value["Ref"], boundary)
        if "Fn::Sub" in value:
            words = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            return re.sub(r"\$\{([^}]+)\}", lambda found: LONGEST.get(found[1], "c" * 64), words)
        if "Fn::If" in value:
            return max(map(filled, value["Fn::If"][1:]), key=len)
        if "Fn::GetAtt" in value or "Fn::Select" in value:
            return boundary
        return {name: filled(member) for name, member in value.items()}

    return len(json.dumps(filled(document), separators=(",", ":")))
