"""Checks of what the region offers and of how much of it is left."""

import json
import re
from datetime import datetime, timedelta, timezone

from findings import RIGHT, UNKNOWN, WRONG, check
from parameters import ROOT

# A warning when less than this part of a quota is left.
SPARE = 0.05
HTTP_TASK = {
    "StartAt": "Deliver",
    "States": {
        "Deliver": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": {
                "ApiEndpoint": "https://example.com/",
                "Method": "POST",
                "Authentication": {"ConnectionArn": None},
            },
            "End": True,
        }
    },
}


def quota_of(account, service, name):
    """The quota whose name fits, as it applies to this account, else AWS's default; nothing where there is none."""
    for operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
        for quota in account.pages("service-quotas", operation, "Quotas", ServiceCode=service):
            if re.fullmatch(name, quota.get("QuotaName", ""), re.IGNORECASE):
                return quota
    return None


def used_according_to_metric(account, quota):
    """What CloudWatch's usage metric of a quota last said, or nothing."""
    metric = quota.get("UsageMetric") or {}
    if not metric.get("MetricName"):
        return None
    statistic = metric.get("MetricStatisticRecommendation") or "Maximum"
    now = datetime.now(timezone.utc)
    points = account.read(
        "cloudwatch", "GetMetricStatistics", Namespace=metric["MetricNamespace"], MetricName=metric["MetricName"],
        Dimensions=[{"Name": k, "Value": v} for k, v in metric.get("MetricDimensions", {}).items()],
        StartTime=now - timedelta(minutes=15), EndTime=now, Period=60, Statistics=[statistic])["Datapoints"]
    # A service without use writes no points.
    return max((point[statistic] for point in points), default=0)


def compare(account, service, name, count=None):
    """A quota against what is used of it."""
    quota = quota_of(account, service, name)
    used = count(account) if count else used_according_to_metric(account, quota or {})
    if not quota:
        return UNKNOWN, f"{'' if used is None else f'{used:g} used; '}Service Quotas names no such quota", None
    if used is None:
        return UNKNOWN, f"{quota['Value']:g} are allowed; how many are used is not to be seen", None
    text = f"{used:g} of {quota['Value']:g}"
    if used < quota["Value"] * (1 - SPARE):
        return RIGHT, text, None
    code, wanted = quota.get("QuotaCode", ""), f"{quota['Value'] * 2:g}"
    return WRONG, f"{text} used", account.command(
        "service-quotas request-service-quota-increase --service-code", service, "--quota-code", code,
        "--desired-value", wanted)


@check("quota: Glue databases")
def glue_databases(account, deployment):
    def count(account):
        return len(account.pages("glue", "GetDatabases", "DatabaseList", AttributesToGet=["NAME"]))

    return compare(account, "glue", r".*databases per (catalog|account).*", count)


@check("quota: state machines")
def state_machines(account, deployment):
    def count(account):
        return len(account.pages("stepfunctions", "ListStateMachines", "stateMachines", "nextToken", maxResults=1000))

    return compare(account, "states", r".*(registered|number of) state machines.*", count)


@check("quota: registered locations")
def registered_locations(account, deployment):
    def count(account):
        return len(account.pages("lakeformation", "ListResources", "ResourceInfoList"))

    return compare(account, "lakeformation", r".*(registered|data) (paths|locations).*", count)


@check("quota: RAM shares")
def resource_shares(account, deployment):
    """Grants to other accounts go through shares.

    https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html
    """

    def count(account):
        shares = account.pages(
            "ram", "GetResourceShares", "resourceShares", "nextToken", resourceOwner="SELF", maxResults=500)
        return len([each for each in shares if each.get("status") != "DELETED"])

    return compare(account, "ram", r".*resource shares.*", count)


@check("quota: Athena's active DDL queries")
def active_ddl_queries(account, deployment):
    return compare(account, "athena", r"active ddl queries|ddl query limit")


@check("http:invoke in the region")
def http_task(account, deployment):
    """Whether CreateStateMachine would take the machines here. Only the result counts, wordings may change.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """
    connection = account.arn("events", f"connection/{deployment['ApiAuthorization'] or 'name/id'}")
    task = json.loads(json.dumps(HTTP_TASK).replace("null", json.dumps(connection)))
    refused = validate(account, json.dumps(task))
    if refused:
        return WRONG, f"refused: {refused}", "deploy in a region that has HTTP tasks"
    files = sorted((ROOT / "out").glob("*state_machine.json"))
    for file in files:
        refused = validate(account, substitute(account, deployment, file.read_text(encoding="utf-8")))
        if refused:
            return WRONG, f"taken, but {file.name} is refused: {refused}", None
    if not files:
        return RIGHT, "taken; the machines are not compiled, so they were not asked about", None
    return RIGHT, f"taken, and so {'is' if len(files) == 1 else 'are'} {', '.join(file.name for file in files)}", None


def validate(account, definition):
    """Why a definition is refused, or nothing."""
    answer = account.read(
        "stepfunctions", "ValidateStateMachineDefinition", definition=definition, type="STANDARD", severity="ERROR")
    if answer["result"] == "OK":
        return None
    first = next(iter(answer.get("diagnostics", [])), {})
    return f"{first.get('code')}: {first.get('message')} {first.get('location', '')}".strip()


def substitute(account, deployment, definition):
    """Puts in what CloudFormation would. Whatever else a definition asks for gets a name that fits most places."""
    role = account.role_arn(deployment["LocationRole"] or f"{deployment['Name']}-location")
    known = deployment.values | {
        "AccountId": account.id, "Partition": account.partition, "Region": account.region, "LocationRoleArn": role,
        "RoleArn": account.role_arn(deployment.machine_role),
        "StateMachineArn": account.arn("states", f"stateMachine:{deployment['Name']}"),
    }
    return re.sub(r"\$\{(\w+)\}", lambda match: str(known.get(match[1]) or "name"), definition)


