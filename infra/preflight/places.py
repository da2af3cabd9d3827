"""Checks of what the deployment is given: workgroup, connection, bucket, location role."""

import re
from fnmatch import fnmatchcase

import policies
from account import Unreadable
from findings import RIGHT, UNKNOWN, WRONG, check
from lake import key_check, simulate_denied

ROOM = re.compile(r"cleanroom/[a-z][a-z0-9_]{0,254}/")
LOCATION_SERVICES = ("lakeformation.amazonaws.com", "glue.amazonaws.com")


def workgroup_of(account, deployment):
    answer = account.read(
        "athena", "GetWorkGroup", absent=["InvalidRequestException"], WorkGroup=deployment["Workgroup"])
    # Where there is none, moto answers without one.
    return (answer or {}).get("WorkGroup")


def results_of(workgroup):
    """Whether Athena keeps the results itself, and else where they go and what encrypts them."""
    configuration = workgroup.get("Configuration", {})
    managed = configuration.get("ManagedQueryResultsConfiguration", {})
    if managed.get("Enabled"):
        return True, None, managed.get("EncryptionConfiguration", {}).get("KmsKey")
    results = configuration.get("ResultConfiguration", {})
    return False, results.get("OutputLocation"), results.get("EncryptionConfiguration", {}).get("KmsKey")


@check("Athena workgroup")
def athena_workgroup(account, deployment):
    name, found = deployment["Workgroup"], workgroup_of(account, deployment)
    location = f"s3://aws-athena-query-results-{account.id}-{account.region}/"
    if not found:
        return (
            WRONG, f"there is no workgroup {name}",
            account.command(
                "athena create-work-group --name", name, "--configuration",
                f"ResultConfiguration={{OutputLocation={location}}}"))
    if found["State"] != "ENABLED":
        return WRONG, f"{name} is {found['State']}", account.command(
            "athena update-work-group --state ENABLED --work-group", name)
    managed, output, _ = results_of(found)
    if not managed and not output:
        return (
            WRONG, f"{name} has neither an output location nor managed query results",
            account.command(
                "athena update-work-group --work-group", name, "--configuration-updates",
                f"ResultConfigurationUpdates={{OutputLocation={location}}}"))
    return RIGHT, f"{name}, {'managed query results' if managed else output}", None


@check("bucket of the query results")
def results_bucket(account, deployment):
    found = workgroup_of(account, deployment)
    managed, output, _ = results_of(found or {})
    if managed:
        return RIGHT, "none: Athena keeps the results", None
    match = re.match(r"s3://([^/]+)", output or "")
    if not match:
        return UNKNOWN, "the workgroup names none", None
    bucket, pattern = match[1], deployment["ResultsBucket"]
    if not fnmatchcase(bucket, pattern):
        return (
            WRONG, f"{bucket}: the machine may write to {pattern} only",
            f"give ResultsBucket={bucket} in --parameter-overrides")
    mark, text = look_at_bucket(account, bucket)
    mend = account.command("s3 mb", f"s3://{bucket}") if "does not exist" in text else None
    if mark == UNKNOWN and "region" in text:
        # Athena writes results only in the region of the workgroup.
        # https://docs.aws.amazon.com/athena/latest/ug/query-results-specify-location.html
        mark, mend = WRONG, "give the workgroup an output location in its own region"
    if mark == UNKNOWN and "another account" in text:
        mark, mend = WRONG, "give the workgroup an output location in a bucket of this account"
    return mark, text, mend


def look_at_bucket(account, bucket):
    """Whether a bucket is there, of this account, and in this region."""
    found = account.read("s3", "HeadBucket", absent=["404", "NoSuchBucket"], Bucket=bucket)
    if not found:
        return WRONG, f"{bucket} does not exist"
    region = found["BucketRegion"]
    # Only the owner's own id passes; without it the call has just passed, so this is no lack of permission.
    owned = account.read(
        "s3", "HeadBucket", absent=["403", "AccessDenied"], Bucket=bucket, ExpectedBucketOwner=account.id)
    if not owned:
        return UNKNOWN, f"{bucket} is of another account"
    if region != account.region:
        return UNKNOWN, f"{bucket} is in region {region}, and the deployment in {account.region}"
    return RIGHT, f"{bucket}, of this account, in {region}"


def encryption_key(account, bucket):
    """The KMS key that encrypts a bucket by default, or nothing."""
    answer = account.read(
        "s3", "GetBucketEncryption", absent=["ServerSideEncryptionConfigurationNotFoundError"], Bucket=bucket)
    for rule in (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", []):
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm", "").startswith("aws:kms"):
            return default.get("KMSMasterKeyID") or "alias/aws/s3"
    return None


@check("key of the query results")
def results_key(account, deployment):
    found = workgroup_of(account, deployment)
    managed, output, key = results_of(found or {})
    if not managed and not output:
        return UNKNOWN, "the workgroup names no place for them", None
    if not key and not managed:
        key = encryption_key(account, output.removeprefix("s3://").split("/")[0])
    return key_check(account, deployment, key) if key else (RIGHT, "none of its own", None)


def connection_of(account, name):
    return account.read("events", "DescribeConnection", absent=["ResourceNotFoundException"], Name=name)


@check("EventBridge connection")
def connection(account, deployment):
    given = deployment["ApiAuthorization"]
    listed = account.command("events list-connections --query Connections[].ConnectionArn")
    if not re.fullmatch(r"[.\-_A-Za-z0-9]{1,64}/[-A-Za-z0-9]{1,64}", given):
        text = f"ApiAuthorization is {given or 'not given'}: it is name/id, what follows connection/ here"
        return WRONG, text, listed
    found = connection_of(account, given.split("/")[0])
    if not found:
        return WRONG, f"there is no connection {given.split('/')[0]} in {account.region}", listed
    right = found["ConnectionArn"].split(":connection/")[-1]
    if right != given:
        return WRONG, f"ApiAuthorization is {given}", f"give ApiAuthorization={right}"
    if found["ConnectionState"] != "AUTHORIZED":
        reason = f" ({found['StateReason']})" if found.get("StateReason") else ""
        return (
            WRONG, f"{given} is {found['ConnectionState']}{reason}",
            account.command("events update-connection --name", given.split("/")[0]) + " with its credentials")
    return RIGHT, f"{given}, AUTHORIZED", None


@check("key of the connection")
def connection_key(account, deployment):
    found = connection_of(account, deployment["ApiAuthorization"].split("/")[0] or "none")
    if not found:
        return UNKNOWN, "there is no connection", None
    key = found.get("KmsKeyIdentifier")
    return key_check(account, deployment, key) if key else (RIGHT, "none of its own", None)


@check("bucket of the rooms")
def rooms_bucket(account, deployment):
    bucket = deployment["Bucket"]
    mark, text = look_at_bucket(account, bucket)
    if mark == WRONG:
        return mark, text, "give Bucket=<the lake's bucket> in --parameter-overrides"
    listed = account.read("s3", "ListObjectsV2", Bucket=bucket, Prefix="cleanroom/", Delimiter="/", MaxKeys=1000)
    folders = [each["Prefix"] for each in listed.get("CommonPrefixes", [])]
    objects = [each["Key"] for each in listed.get("Contents", []) if each["Key"] != "cleanroom/"]
    others = objects + [each for each in folders if not ROOM.fullmatch(each)]
    more = " or more" if listed.get("IsTruncated") else ""
    text += f"; below cleanroom/: {len(folders)}{more} folders" if folders or objects else "; nothing below cleanroom/"
    if others and mark == RIGHT:
        return UNKNOWN, f"{text}, and what is no room: {', '.join(others[:3])}", None
    return mark, text, None


@check("encryption of the rooms")
def rooms_encryption(account, deployment):
    key = encryption_key(account, deployment["Bucket"])
    if not key:
        return RIGHT, "S3's own keys", None
    found = account.read("kms", "DescribeKey", absent=["NotFoundException"], KeyId=key)
    if not found:
        return WRONG, f"the key {key} does not exist", None
    if found["KeyMetadata"].get("KeyManager") == "AWS":
        return RIGHT, f"AWS's own key {key}", None
    role = deployment["LocationRole"]
    if not role:
        return (
            WRONG, f"{key}: the location role that the template makes may not use keys",
            "give LocationRole=<a role of your own that may>")
    # The key's policy counts too: allowed here and not there is seen only when it is used.
    denied = ", ".join(simulate_denied(
        account, account.role_arn(role), ["kms:Decrypt", "kms:GenerateDataKey"], [found["KeyMetadata"]["Arn"]]))
    if denied:
        return WRONG, f"{key}: {role} may not {denied}", f"allow {denied} in a policy of {role}"
    return RIGHT, f"{key}, which the policies of {role} let it use", None


@check("location role")
def location_role(account, deployment):
    """https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"""
    given = deployment["LocationRole"]
    if not given:
        return role_to_be_made(account, deployment)
    arn = account.role_arn(given)
    if arn.split(":")[4] != account.id:
        return WRONG, f"{arn} is of another account", "give LocationRole=<a role of this account>"
    role = account.role(given)
    if not role:
        return WRONG, f"{arn} does not exist", "give LocationRole=<an existing role>, or leave it out"
    trust = role["AssumeRolePolicyDocument"]
    said = {each: trusts(trust, each) for each in LOCATION_SERVICES}
    distrusted = [each for each in LOCATION_SERVICES if said[each] in (policies.SILENT, policies.DENIED)]
    if distrusted:
        return (
            WRONG, f"{arn} does not trust {', '.join(distrusted)}",
            f"add to the role's trust policy: {{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", "
            f"\"Principal\": {{\"Service\": {list(LOCATION_SERVICES)}}}}}".replace("'", '"'))
    bucket = f"arn:{account.partition}:s3:::{deployment['Bucket']}"
    denied = simulate_denied(
        account, arn, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [f"{bucket}/cleanroom/a_room/an_object"])
    denied = ", ".join(denied + simulate_listing(account, arn, bucket))
    if denied:
        return WRONG, f"{arn} may not {denied} below {bucket}/cleanroom/", f"allow that in a policy of {given}"
    if policies.CONDITIONAL in said.values():
        return UNKNOWN, f"{arn} trusts Lake Formation and Glue under conditions", None
    return RIGHT, f"{arn}, which trusts Lake Formation and Glue and reaches the rooms", None


def trusts(policy, service):
    # A trust policy has no resource.
    return policies.decide(policy, "Service", service, "sts:AssumeRole", "role")


def simulate_listing(account, role, bucket):
    """Listing the rooms' prefix, which a policy may allow by a condition."""
    answer = account.read(
        "iam", "SimulatePrincipalPolicy", PolicySourceArn=role, ActionNames=["s3:ListBucket"], ResourceArns=[bucket],
        ContextEntries=[
            {"ContextKeyName": "s3:prefix", "ContextKeyType": "string", "ContextKeyValues": ["cleanroom/a_room/"]}])
    return [each["EvalActionName"] for each in answer["EvaluationResults"] if each["EvalDecision"] != "allowed"]


def role_to_be_made(account, deployment):
    name = f"{deployment['Name']}-location"
    if not account.role(name):
        return RIGHT, f"the deployment makes {name}", None
    try:
        # CloudFormation says that a stack does not exist in a ValidationError.
        stack = account.read(
            "cloudformation", "DescribeStacks", absent=["ValidationError"], StackName=deployment.stack)
    except Unreadable as reason:
        return UNKNOWN, f"{name} exists; whether it is the stack's could not be looked up ({reason})", None
    if stack and stack["Stacks"]:
        return RIGHT, f"{name}, which the deployment has made", None
    return (
        WRONG, f"{name} exists, left by a stack that was deleted: another cannot be made",
        f"give LocationRole={name} in --parameter-overrides")
