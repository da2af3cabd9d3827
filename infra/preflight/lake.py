"""Checks of Lake Formation, of the Glue catalog and of RAM."""

import json
import re
import shlex

import policies
from account import Unreadable
from findings import RIGHT, UNKNOWN, WRONG, check

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
LEAST_VERSION = 3


def settings(account):
    return account.read("lakeformation", "GetDataLakeSettings")["DataLakeSettings"]


def administrators(account):
    return [each["DataLakePrincipalIdentifier"] for each in settings(account).get("DataLakeAdmins", [])]


def change_settings(account, statement):
    """A command that changes one thing in the settings and puts the whole document back, which AWS replaces."""
    edit = f"import json, sys; s = json.load(sys.stdin); {statement}; json.dump(s, open('settings.json', 'w'))"
    read = account.command("lakeformation get-data-lake-settings --query DataLakeSettings --output json")
    write = account.command("lakeformation put-data-lake-settings --data-lake-settings file://settings.json")
    return f"{read} | python3 -c {shlex.quote(edit)} && {write}"


@check("cross-account version")
def cross_account_version(account, deployment):
    """https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html"""
    version = settings(account).get("Parameters", {}).get("CROSS_ACCOUNT_VERSION")
    if not version or not version.isdigit():
        return UNKNOWN, f"the settings name {version or 'none'}", None
    if int(version) >= LEAST_VERSION:
        return RIGHT, version, None
    # Reads may show other parameters, which a write refuses.
    statement = f"s['Parameters'] = {{'CROSS_ACCOUNT_VERSION': '{LEAST_VERSION}'}}"
    return WRONG, f"{version}; {LEAST_VERSION} or newer is needed", change_settings(account, statement)


@check("data-lake administrators exist")
def administrators_exist(account, deployment):
    """One that does not makes every later PutDataLakeSettings fail, and with it the deployment."""
    document = settings(account)
    listed = [
        each["DataLakePrincipalIdentifier"]
        for key in ("DataLakeAdmins", "ReadOnlyAdmins") for each in document.get(key, [])
    ]
    gone, unknown = [], []
    for principal in listed:
        try:
            found = exists(account, principal)
        except Unreadable as reason:
            unknown.append(f"{principal} ({reason})")
            continue
        if found is None:
            unknown.append(f"{principal} (not a role or user of this account)")
        elif not found:
            gone.append(principal)
    if gone:
        statement = (
            f"gone = {gone!r}; s.update((k, [a for a in s.get(k, []) if a['DataLakePrincipalIdentifier'] not in gone])"
            " for k in ('DataLakeAdmins', 'ReadOnlyAdmins'))")
        return WRONG, f"no longer there: {', '.join(gone)}", change_settings(account, statement)
    if unknown:
        return UNKNOWN, f"could not be looked up: {', '.join(unknown)}", None
    return RIGHT, f"{len(listed)} listed, all there", None


def exists(account, principal):
    """Whether a role or user is there; `None` for what IAM of this account does not know."""
    match = re.fullmatch(rf"arn:[^:]+:iam::{account.id}:(role|user)/(.+)", principal)
    if not match:
        return None
    if match[1] == "role":
        return account.role(principal) is not None
    found = account.read(
        "iam", "GetUser", absent=["NoSuchEntity", "NoSuchEntityException"], UserName=match[2].split("/")[-1])
    return bool(found) and found["User"]["Arn"] == principal


@check("deployer may change the settings")
def deployer_may_change_settings(account, deployment):
    if not deployment.makes_administrator:
        return RIGHT, "not needed: DataLakeAdmin=false", None
    deployer = deployment.role_arn or account.principal()
    listed = administrators(account)
    if not deployer.endswith(":root"):
        actions = ["lakeformation:GetDataLakeSettings", "lakeformation:PutDataLakeSettings"]
        denied = ", ".join(simulate_denied(account, deployer, actions))
        if denied:
            return WRONG, f"{deployer} may not {denied}", f"allow {denied} in a policy of {deployer}"
    if listed and deployer not in listed:
        # Whether only administrators may change the settings then is not documented.
        statement = f"s['DataLakeAdmins'].append({{'DataLakePrincipalIdentifier': '{deployer}'}})"
        return (
            UNKNOWN, f"IAM allows it, but {deployer} is none of the {len(listed)} data-lake administrators",
            f"as one of them: {change_settings(account, statement)}")
    return RIGHT, f"{deployer}{' is an administrator' if listed else '; there are no administrators yet'}", None


def simulate_denied(account, principal, actions, resources=("*",)):
    """The actions that the policies of a principal do not allow."""
    answer = account.read(
        "iam", "SimulatePrincipalPolicy", PolicySourceArn=principal, ActionNames=list(actions),
        ResourceArns=list(resources))
    return [each["EvalActionName"] for each in answer["EvaluationResults"] if each["EvalDecision"] != "allowed"]


@check("machine's role is an administrator")
def machine_is_administrator(account, deployment):
    role = account.role_arn(deployment.machine_role)
    if role in administrators(account):
        return RIGHT, f"{role} is one", None
    if deployment.makes_administrator:
        return RIGHT, "the deployment adds it", None
    if not account.role(deployment.machine_role):
        return UNKNOWN, f"DataLakeAdmin=false, and {role} does not exist yet: add it after the deployment", None
    statement = f"s['DataLakeAdmins'].append({{'DataLakePrincipalIdentifier': '{role}'}})"
    return WRONG, f"DataLakeAdmin=false, and {role} is none", change_settings(account, statement)


@check("default permissions")
def default_permissions(account, deployment):
    document = settings(account)
    found = []
    for kind in ("Database", "Table"):
        for each in document.get(f"Create{kind}DefaultPermissions", []):
            found.append((kind.lower(), each.get("Principal", {}).get("DataLakePrincipalIdentifier")))
    others = sorted({str(who) for _, who in found if who != EVERYBODY})
    if others:
        statement = "s['CreateDatabaseDefaultPermissions'] = s['CreateTableDefaultPermissions'] = []"
        return WRONG, f"new databases or tables are granted to {', '.join(others)}", change_settings(account, statement)
    if found:
        kinds = " and ".join(dict.fromkeys(f"{kind}s" for kind, _ in found))
        return RIGHT, f"{EVERYBODY} on new {kinds}; the service removes it from rooms", None
    return RIGHT, "none", None


@check("catalog's resource policy")
def catalog_policy(account, deployment):
    """https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-cross-account.html"""
    answer = account.read("glue", "GetResourcePolicy", absent=["EntityNotFoundException"]) or {}
    if not answer.get("PolicyInJson"):
        return RIGHT, "none", None
    policy = json.loads(answer["PolicyInJson"])
    wanted = [account.arn("glue", each) for each in ("catalog", "database/a_room", "table/a_room/a_table")]
    said = {
        policies.decide(policy, "Service", "ram.amazonaws.com", "glue:ShareResource", each) for each in wanted
    }
    if said == {policies.ALLOWED}:
        return RIGHT, "lets ram.amazonaws.com share catalog, databases and tables", None
    if policies.DENIED in said:
        return WRONG, "denies ram.amazonaws.com glue:ShareResource", "take that statement out of the policy"
    if policies.SILENT not in said:
        return UNKNOWN, "allows or denies ram.amazonaws.com glue:ShareResource under conditions", None
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ram.amazonaws.com"},
        "Action": "glue:ShareResource",
        "Resource": [account.arn("glue", each) for each in ("catalog", "database/*", "table/*/*")],
    }
    merged = policy | {"Statement": policies.as_list(policy.get("Statement")) + [statement]}
    mend = account.command(
        "glue put-resource-policy --enable-hybrid TRUE --policy-exists-condition MUST_EXIST --policy-hash-condition",
        answer["PolicyHash"], "--policy-in-json", json.dumps(merged))
    return WRONG, "does not let ram.amazonaws.com glue:ShareResource on catalog, databases and tables", mend


@check("catalog's encryption")
def catalog_encryption(account, deployment):
    """A catalog encrypted with AWS's own key cannot be shared with another account.

    https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html
    """
    answer = account.read("glue", "GetDataCatalogEncryptionSettings")["DataCatalogEncryptionSettings"]
    at_rest = answer.get("EncryptionAtRest", {})
    if at_rest.get("CatalogEncryptionMode", "DISABLED") == "DISABLED":
        return RIGHT, "none of its own", None
    key = at_rest.get("SseAwsKmsKeyId") or "alias/aws/glue"
    if at_rest.get("CatalogEncryptionServiceRole"):
        return UNKNOWN, f"{key}, reached through {at_rest['CatalogEncryptionServiceRole']}", None
    return key_check(account, deployment, key, "the catalog cannot be shared with another account")


def key_check(account, deployment, key, shared_default=None):
    """Whether the machine's role may use a key; `shared_default` says what is wrong with AWS's own."""
    found = account.read("kms", "DescribeKey", absent=["NotFoundException"], KeyId=key)
    if not found:
        return WRONG, f"the key {key} does not exist", None
    about = found["KeyMetadata"]
    if about.get("KeyManager") == "AWS":
        return (WRONG, f"AWS's own key {key}: {shared_default}", "use a key of your own") if shared_default else (
            RIGHT, f"AWS's own key {key}", None)
    if about.get("KeyState") != "Enabled":
        return WRONG, f"the key {key} is {about.get('KeyState')}", account.command("kms enable-key --key-id", key)
    role = account.role_arn(deployment.machine_role)
    policy = json.loads(account.read("kms", "GetKeyPolicy", KeyId=about["Arn"], PolicyName="default")["Policy"])
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    said = {policies.decide(policy, "AWS", role, action, about["Arn"]) for action in actions}
    if said == {policies.ALLOWED}:
        return RIGHT, f"{key}, which lets {deployment.machine_role} use it", None
    if policies.CONDITIONAL in said and policies.DENIED not in said:
        return UNKNOWN, f"{key} lets {deployment.machine_role} use it under conditions", None
    statement = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": [*actions, "kms:Encrypt"], "Resource": "*"}
    return (
        WRONG, f"the policy of {key} does not let {deployment.machine_role} use it",
        f"add to the key's policy, once the role is there: {json.dumps(statement)}")


@check("sharing inside the organization")
def organization(account, deployment):
    """Without it customers of the same organization accept an invitation, like all others.

    https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html
    """
    found = account.read("organizations", "DescribeOrganization", absent=["AWSOrganizationsNotInUseException"])
    if not found:
        return RIGHT, "in no organization: every customer accepts an invitation", None
    enabled = [
        each["ServicePrincipal"]
        for each in account.pages("organizations", "ListAWSServiceAccessForOrganization", "EnabledServicePrincipals")
    ]
    if "ram.amazonaws.com" not in enabled:
        return RIGHT, "off: customers inside the organization accept an invitation, too", None
    if found["Organization"].get("MasterAccountId") != account.id:
        return RIGHT, "on", None
    if account.role("AWSServiceRoleForResourceAccessManager"):
        return RIGHT, "on", None
    return (
        WRONG, "RAM is trusted, but AWSServiceRoleForResourceAccessManager is missing: shares inside fail",
        account.command("ram enable-sharing-with-aws-organization"))


@check("registered location above")
def location_above(account, deployment):
    prefix = f"arn:{account.partition}:s3:::{deployment['Bucket']}/cleanroom/"
    above = [
        each for each in account.pages("lakeformation", "ListResources", "ResourceInfoList")
        if prefix.startswith(each["ResourceArn"].rstrip("/") + "/")
    ]
    if not above:
        return RIGHT, "none", None
    text = ", ".join(
        each["ResourceArn"] + (" (hybrid access)" if each.get("HybridAccessEnabled") else "") for each in above)
    refuses = deployment.behavior(account).get("refusesNestedLocations")
    if refuses is None:
        return (
            UNKNOWN, f"{text}; whether a room below it can be registered is not documented",
            "make smoke account=… database=… finds out")
    if refuses:
        return (
            WRONG, f"{text}, and this account refuses locations below a registered one",
            "give Bucket=<a bucket of which nothing above cleanroom/ is registered>")
    return RIGHT, f"{text}; this account takes locations below a registered one", None
