"""Plants each fault in an account of moto's, where moto has the call, and in botocore's answers where it has not.

    python -m pytest infra/preflight/test_preflight.py
"""

import json
import os
import shlex
import subprocess
import sys
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

for variable in [variable for variable in os.environ if variable.startswith("AWS_")]:
    del os.environ[variable]
os.environ.update(
    AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull)

import account as accounts  # noqa: E402
import limits  # noqa: E402
import parameters  # noqa: E402
import policies  # noqa: E402
import preflight  # noqa: E402

OWNER, REGION = "123456789012", "us-east-2"
BUCKET, RESULTS, NAME, WORKGROUP = "lake", "aws-athena-query-results-here", "rooms", "rooms"
DEPLOYER = f"arn:aws:iam::{OWNER}:role/team/deployer"
MACHINE = f"arn:aws:iam::{OWNER}:role/{NAME}-machine"
PREFIX = f"arn:aws:s3:::{BUCKET}/cleanroom"
ROOT = f"arn:aws:iam::{OWNER}:root"
QUOTAS = {
    "glue": "Max databases per catalog",
    "states": "Registered state machines",
    "lakeformation": "Number of registered paths",
    "ram": "Number of resource shares",
    "athena": "Active DDL queries",
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": ["lakeformation.amazonaws.com", "glue.amazonaws.com"]}}],
}

# Made once: it takes most of a second.
SESSION = boto3.Session(region_name=REGION)
MAKE = {service: SESSION.client(service) for service in accounts.SERVICES}
CLIENTS = accounts.make_clients(SESSION)


class World:
    """An account in which everything is as it has to be, and what the checks ask of it."""

    make, clients = MAKE, CLIENTS

    def __init__(self, folder):
        self.out, self.calls, self.planted = folder, [], {}
        self.overrides = {}
        self.build()

    def answer(self, service, operation, params):
        self.calls.append((service, operation))
        planted = self.planted.get((service, operation), self.planted.get("everything"))
        return planted and planted(params)

    def plant(self, service, operation, answer):
        """Has an operation answer this; of a function, what it gives for the parameters as they are sent."""
        self.planted[service, operation] = answer if callable(answer) else lambda _: (ok(), answer)

    def build(self):
        make = self.make
        self.role("deployer", path="/team/")
        self.settings()
        for bucket in (BUCKET, RESULTS):
            make["s3"].create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.workgroup({"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/"}})
        made = make["events"].create_connection(
            Name="answers", AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "key", "ApiKeyValue": "value"}})
        self.overrides["ApiAuthorization"] = made["ConnectionArn"].split(":connection/")[1]
        caller = f"arn:aws:sts::{OWNER}:assumed-role/deployer/x"
        self.plant("sts", "GetCallerIdentity", {"Account": OWNER, "Arn": caller})
        self.simulate()
        self.plant("stepfunctions", "ValidateStateMachineDefinition", {"result": "OK", "diagnostics": []})
        self.quotas(value=100)
        # moto's own answer where there is no policy is an empty one; AWS refuses.
        self.plant("glue", "GetResourcePolicy", refuse("EntityNotFoundException"))

    def role(self, name, path="/", trust=TRUST):
        self.make["iam"].create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))

    def settings(self, administrators=(DEPLOYER,), version="4", read_only=(), **more):
        document = {
            "DataLakeAdmins": [{"DataLakePrincipalIdentifier": each} for each in administrators],
            "ReadOnlyAdmins": [{"DataLakePrincipalIdentifier": each} for each in read_only],
            "Parameters": {"CROSS_ACCOUNT_VERSION": version} if version else {},
            **more,
        }
        self.make["lakeformation"].put_data_lake_settings(DataLakeSettings=document)

    def workgroup(self, configuration):
        groups = self.make["athena"].list_work_groups()["WorkGroups"]
        if WORKGROUP in [group["Name"] for group in groups]:
            self.make["athena"].delete_work_group(WorkGroup=WORKGROUP)
        self.make["athena"].create_work_group(Name=WORKGROUP, Configuration=configuration)

    def simulate(self, *denied):
        names = [f"ActionNames.member.{number}" for number in range(1, 9)]

        def answer(params):
            asked = [params["body"][name] for name in names if name in params["body"]]
            return ok(), {"EvaluationResults": [
                {"EvalActionName": each, "EvalDecision": "implicitDeny" if each in denied else "allowed"}
                for each in asked]}

        self.plant("iam", "SimulatePrincipalPolicy", answer)

    def quotas(self, value, usage=True, **changed):
        def answer(params):
            service = json.loads(params["body"])["ServiceCode"]
            quota = {"QuotaName": QUOTAS[service], "QuotaCode": "L-1", "Value": changed.get(service, value)}
            if service == "athena" and usage:
                quota["UsageMetric"] = {
                    "MetricNamespace": "AWS/Usage", "MetricName": "ResourceCount",
                    "MetricDimensions": {"Type": "Resource"}, "MetricStatisticRecommendation": "Maximum"}
            return ok(), {"Quotas": [{"QuotaName": "another", "Value": 1}, quota]}

        self.plant("service-quotas", "ListServiceQuotas", answer)

    def policy(self, *statements):
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.plant("glue", "GetResourcePolicy", {"PolicyInJson": policy, "PolicyHash": "hash="})

    def key(self, *statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements) or [
            {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}]}
        return self.make["kms"].create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]

    def encrypt(self, bucket, key):
        self.make["s3"].put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]})

    def connection(self, **changed):
        found = self.make["events"].describe_connection(Name="answers")
        self.plant("events", "DescribeConnection", {**found, **changed})

    def register(self, arn, **more):
        self.plant("lakeformation", "ListResources", {"ResourceInfoList": [{"ResourceArn": arn, **more}]})

    def organization(self, *enabled, management=OWNER):
        self.plant("organizations", "DescribeOrganization", {"Organization": {"MasterAccountId": management}})
        self.plant("organizations", "ListAWSServiceAccessForOrganization", {
            "EnabledServicePrincipals": [{"ServicePrincipal": each} for each in enabled]})

    def behavior(self, account=OWNER, **recorded):
        text = json.dumps({"account": account, "region": REGION, "behavior": recorded})
        (self.out / "lake_behavior.json").write_text(text)

    def arguments(self, *more):
        values = {"Name": NAME, "Bucket": BUCKET, "Workgroup": WORKGROUP} | self.overrides
        return ["--parameter-overrides", *(f"{k}={v}" for k, v in values.items()), "--profile", "mine", *more]

    def run(self, capsys, *more):
        """The exit code and the findings by their check."""
        code = preflight.main(self.arguments("--output", "json", *more), self.clients)
        return code, {each["check"]: SimpleNamespace(**each) for each in json.loads(capsys.readouterr().out)}


def ok(status=200):
    return SimpleNamespace(status_code=status, headers={}, content=b"")


def refuse(code, message="no"):
    return lambda _: (ok(400), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}})


DENY = refuse("AccessDeniedException", "not authorized")


@pytest.fixture
def world(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "state_machine.json").write_text('{"Comment": "${Name} in ${Region} as ${RoleArn}"}')
    monkeypatch.setattr(limits, "ROOT", tmp_path)
    monkeypatch.setattr(parameters, "BEHAVIOR", out / "lake_behavior.json")
    with mock_aws():
        world, handlers = World(out), {}
        for service, client in world.clients.items():
            def handler(model, params, service=service, **_):
                return world.answer(service, model.name, params)

            handlers[service] = handler
            client.meta.events.register("before-call", handler)
        yield world
        for service, client in world.clients.items():
            client.meta.events.unregister("before-call", handlers[service])
        assert all(is_read(operation) for _, operation in world.calls), world.calls


NAMES = [name for name, _ in preflight.CHECKS]


# What every check has in common


def test_an_account_that_has_everything_is_right(world, capsys):
    code, found = world.run(capsys)
    assert {name: each.mark for name, each in found.items()} == dict.fromkeys(NAMES, "✓"), found
    assert code == 0


def test_what_may_not_be_read_is_unknown_and_names_the_permission(world, capsys):
    world.planted = {key: value for key, value in world.planted.items() if key[0] == "sts"} | {"everything": DENY}
    code, found = world.run(capsys)
    assert {name: each.mark for name, each in found.items()} == dict.fromkeys(NAMES, "?"), found
    assert all("denied: needs " in each.found for each in found.values()), found
    # Nothing is known to be wrong.
    assert code == 0


def enrich(world):
    """Makes the checks look at everything that they can look at."""
    key = world.key({"Effect": "Allow", "Principal": {"AWS": MACHINE}, "Action": "kms:*", "Resource": "*"})
    world.encrypt(BUCKET, key)
    world.encrypt(RESULTS, key)
    world.role("own")
    world.overrides["LocationRole"] = "own"
    world.connection(KmsKeyIdentifier=key)
    world.settings([DEPLOYER, f"arn:aws:iam::{OWNER}:user/jo"])
    world.make["iam"].create_user(UserName="jo")
    world.make["iam"].create_role(RoleName="AWSServiceRoleForResourceAccessManager", AssumeRolePolicyDocument="{}")
    world.organization("ram.amazonaws.com")
    world.make["glue"].put_data_catalog_encryption_settings(DataCatalogEncryptionSettings={
        "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": key}})


def looks_of_each_check(world):
    account = accounts.Account(world.clients)
    deployment = parameters.read_deployment(world.arguments())
    looks = {}
    for name, function in preflight.CHECKS:
        world.calls.clear()
        finding = preflight.run(name, function, account, deployment)
        looks[name] = finding, set(world.calls)
    return looks


def test_one_look_denied_is_never_right(world):
    enrich(world)
    everything = looks_of_each_check(world)
    assert {finding.mark for finding, _ in everything.values()} == {"✓"}, everything
    operations = set().union(*(calls for _, calls in everything.values()))
    assert len(operations) >= 22
    before = dict(world.planted)
    for service, operation in operations:
        for code in ("AccessDeniedException", "InternalFailure"):
            world.planted = before | {(service, operation): refuse(code)}
            for name, (finding, _) in looks_of_each_check(world).items():
                if (service, operation) in everything[name][1]:
                    assert finding.mark == "?", (operation, finding)
                    assert accounts.action_of(service, operation) in finding.found, (operation, finding)


def test_only_reads_are_sent(world):
    """The fixture looks at this in every other test, too."""
    enrich(world)
    sent = set().union(*(calls for _, calls in looks_of_each_check(world).values()))
    assert {operation for _, operation in sent if not is_read(operation)} == set()
    assert not any(is_read(each) for each in ("PutDataLakeSettings", "TestState", "BatchGetQueryExecution"))


def is_read(operation):
    # The one operation of another verb makes nothing.
    return operation.startswith(("Get", "List", "Describe", "Head", "Simulate")) or (
        operation == "ValidateStateMachineDefinition")


@pytest.mark.parametrize("service, operation, parameters", [
    ("lakeformation", "put_data_lake_settings", {"DataLakeSettings": {}}),
    ("s3", "delete_bucket", {"Bucket": "any"}),
    ("stepfunctions", "test_state", {"definition": "{}"}),
    ("stepfunctions", "start_execution", {"stateMachineArn": "any"}),
])
def test_a_change_cannot_be_sent(world, service, operation, parameters):
    with pytest.raises(accounts.ChangeRefused):
        getattr(world.clients[service], operation)(**parameters)


def test_an_answer_of_another_form_is_unknown(world, capsys):
    world.plant("lakeformation", "GetDataLakeSettings", {})
    _, found = world.run(capsys)
    assert found["cross-account version"].mark == "?"


def test_without_credentials_it_could_not_run(world, capsys):
    world.plant("sts", "GetCallerIdentity", refuse("ExpiredToken"))
    assert preflight.main(world.arguments(), world.clients) == 2
    assert "ExpiredToken" in capsys.readouterr().err


def test_it_prints_a_line_for_each_check_and_the_command_that_mends(world, capsys):
    world.settings(version="2")
    assert preflight.main(world.arguments(), world.clients) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[2:].split("  ")[0].rstrip() for line in lines if line[0] in "✓✗?"] == NAMES
    assert lines[1].startswith("✗ cross-account version")
    assert "→ aws lakeformation get-data-lake-settings" in lines[2]
    assert lines[-1] == f"{len(NAMES) - 1} ✓, 1 ✗, 0 ?"


# Each fault


def plain(service, action="glue:ShareResource", effect="Allow", resource="*", **more):
    return {"Effect": effect, "Principal": {"Service": service}, "Action": action, "Resource": resource, **more}


def whole_catalog():
    return [f"arn:aws:glue:{REGION}:{OWNER}:{each}" for each in ("catalog", "database/*", "table/*")]


def set_override(**values):
    return lambda w: w.overrides.update(values)


def each(*steps):
    return lambda w: [step(w) for step in steps]


DENY_ALL = {"Effect": "Deny", "Principal": "*", "Action": "glue:*", "Resource": "*"}
CONDITION = {"StringEquals": {"aws:SourceAccount": OWNER}}
EVERYBODY = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
SOMEBODY = [{"Principal": {"DataLakePrincipalIdentifier": DEPLOYER}, "Permissions": ["ALL"]}]
DATAPOINTS = {"Datapoints": [{"Maximum": 100.0}, {"Maximum": 3.0}]}

# Check, mark, what is said of it, what mends it, and how it is planted.
FAULTS = [
    ("cross-account version", "✗", "2; 3 or newer", "'CROSS_ACCOUNT_VERSION'", lambda w: w.settings(version="2")),
    ("cross-account version", "✓", "3", "", lambda w: w.settings(version="3")),
    ("cross-account version", "?", "none", "", lambda w: w.settings(version=None)),
    ("data-lake administrators exist", "✗", "no longer there: arn:aws:iam::123456789012:role/gone", "put-data-lake",
     lambda w: w.settings([DEPLOYER, f"arn:aws:iam::{OWNER}:role/gone"])),
    ("data-lake administrators exist", "✗", "role/deployer", "put-data-lake-settings",
     # The role of this name is at another path: it is another role.
     lambda w: w.settings([DEPLOYER, f"arn:aws:iam::{OWNER}:role/deployer"])),
    ("data-lake administrators exist", "✗", "user/gone", "put-data-lake-settings",
     lambda w: w.settings(read_only=[f"arn:aws:iam::{OWNER}:user/gone"])),
    ("data-lake administrators exist", "?", "not a role or user of this account", "",
     lambda w: w.settings([DEPLOYER, "arn:aws:iam::999999999999:role/other"])),
    ("deployer may change the settings", "✗", "may not lakeformation:PutDataLakeSettings", "allow",
     lambda w: w.simulate("lakeformation:PutDataLakeSettings")),
    ("deployer may change the settings", "?", "is none of the 1 data-lake administrators", "append",
     each(lambda w: w.role("admin"), lambda w: w.settings([f"arn:aws:iam::{OWNER}:role/admin"]))),
    ("deployer may change the settings", "✓", "no administrators yet", "", lambda w: w.settings([])),
    ("deployer may change the settings", "✓", "not needed", "",
     each(set_override(DataLakeAdmin="false"), lambda w: w.settings([]))),
    ("machine's role is an administrator", "✗", "is none", "append",
     each(set_override(DataLakeAdmin="false"), lambda w: w.role(f"{NAME}-machine"))),
    ("machine's role is an administrator", "?", "does not exist yet", "", set_override(DataLakeAdmin="false")),
    ("machine's role is an administrator", "✓", "is one", "",
     each(set_override(DataLakeAdmin="false"), lambda w: w.settings([DEPLOYER, MACHINE]))),
    ("default permissions", "✓", "IAM_ALLOWED_PRINCIPALS on new databases and tables", "",
     lambda w: w.settings(CreateDatabaseDefaultPermissions=EVERYBODY, CreateTableDefaultPermissions=EVERYBODY)),
    ("default permissions", "✗", DEPLOYER, "put-data-lake-settings",
     lambda w: w.settings(CreateTableDefaultPermissions=SOMEBODY)),
    ("catalog's resource policy", "✗", "does not let ram.amazonaws.com", "--enable-hybrid TRUE",
     lambda w: w.policy(plain("other.amazonaws.com"))),
    ("catalog's resource policy", "✗", "does not let", "glue:ShareResource",
     lambda w: w.policy(plain("ram.amazonaws.com", resource=whole_catalog()[:2]))),
    ("catalog's resource policy", "✗", "does not let", "",
     lambda w: w.policy(plain("ram.amazonaws.com", "glue:GetTable"))),
    ("catalog's resource policy", "✗", "denies", "take that",
     lambda w: w.policy(plain("ram.amazonaws.com"), DENY_ALL)),
    ("catalog's resource policy", "?", "under conditions", "",
     lambda w: w.policy(plain("ram.amazonaws.com", Condition=CONDITION))),
    ("catalog's resource policy", "?", "under conditions", "", lambda w: w.policy(
        plain("ram.amazonaws.com"), plain("ram.amazonaws.com", effect="Deny", Condition=CONDITION))),
    ("catalog's resource policy", "✓", "lets ram.amazonaws.com", "",
     lambda w: w.policy(plain(["ram.amazonaws.com"], ["glue:Share*"], resource=whole_catalog()))),
    ("catalog's encryption", "✗", "cannot be shared", "a key of your own", lambda w: (
        w.make["glue"].put_data_catalog_encryption_settings(DataCatalogEncryptionSettings={
            "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}),
        w.plant("kms", "DescribeKey", {"KeyMetadata": {"KeyId": "k", "KeyManager": "AWS", "KeyState": "Enabled"}}))),
    ("catalog's encryption", "?", "reached through", "", lambda w: w.plant(
        "glue", "GetDataCatalogEncryptionSettings", {"DataCatalogEncryptionSettings": {"EncryptionAtRest": {
            "CatalogEncryptionMode": "SSE-KMS-WITH-SERVICE-ROLE", "SseAwsKmsKeyId": "k",
            "CatalogEncryptionServiceRole": "role"}}})),
    ("sharing inside the organization", "✗", "AWSServiceRoleForResourceAccessManager", "enable-sharing-with-aws",
     lambda w: w.organization("ram.amazonaws.com")),
    ("sharing inside the organization", "✓", "off", "", lambda w: w.organization("other.amazonaws.com")),
    ("sharing inside the organization", "✓", "on", "",
     lambda w: w.organization("ram.amazonaws.com", management="999999999999")),
    ("registered location above", "?", "not documented", "make smoke", lambda w: w.register(f"arn:aws:s3:::{BUCKET}")),
    ("registered location above", "?", "(hybrid access)", "",
     lambda w: w.register(PREFIX + "/", HybridAccessEnabled=True)),
    ("registered location above", "✗", "refuses locations below", "Bucket=",
     each(lambda w: w.register(PREFIX), lambda w: w.behavior(refusesNestedLocations=True))),
    ("registered location above", "✓", "takes locations below", "",
     each(lambda w: w.register(PREFIX), lambda w: w.behavior(refusesNestedLocations=False))),
    ("registered location above", "?", "not documented", "",
     each(lambda w: w.register(PREFIX), lambda w: w.behavior(account="999999999999", refusesNestedLocations=False))),
    ("registered location above", "✓", "none", "", lambda w: w.register(f"{PREFIX}/a_room/")),
    ("Athena workgroup", "✗", "there is no workgroup none", "create-work-group", set_override(Workgroup="none")),
    ("Athena workgroup", "✗", "there is no workgroup", "create-work-group",
     lambda w: w.plant("athena", "GetWorkGroup", refuse("InvalidRequestException", "WorkGroup rooms is not found."))),
    ("Athena workgroup", "✗", "is DISABLED", "--state ENABLED", lambda w: w.plant(
        "athena", "GetWorkGroup", {"WorkGroup": {"Name": WORKGROUP, "State": "DISABLED"}})),
    ("Athena workgroup", "✗", "neither an output location", "update-work-group", lambda w: w.workgroup({})),
    ("Athena workgroup", "✓", "managed query results", "",
     lambda w: w.workgroup({"ManagedQueryResultsConfiguration": {"Enabled": True}})),
    ("bucket of the query results", "✓", "Athena keeps", "",
     lambda w: w.workgroup({"ManagedQueryResultsConfiguration": {"Enabled": True}})),
    ("bucket of the query results", "✗", "may write to aws-athena-query-results-* only", "ResultsBucket=elsewhere",
     lambda w: w.workgroup({"ResultConfiguration": {"OutputLocation": "s3://elsewhere/x/"}})),
    ("bucket of the query results", "✗", "does not exist", "aws s3 mb",
     lambda w: w.make["s3"].delete_bucket(Bucket=RESULTS)),
    ("bucket of the query results", "✗", "another account", "a bucket of this account",
     lambda w: w.plant("s3", "HeadBucket", of_another_account)),
    ("bucket of the query results", "✗", "region eu-west-1", "its own region",
     lambda w: w.plant("s3", "HeadBucket", {"BucketRegion": "eu-west-1"})),
    ("bucket of the query results", "?", "names none", "", lambda w: w.workgroup({})),
    ("key of the query results", "✗", "does not let rooms-machine", MACHINE,
     lambda w: w.workgroup({"ResultConfiguration": {
         "OutputLocation": f"s3://{RESULTS}/",
         "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": w.key()}}})),
    ("key of the query results", "✗", "does not let rooms-machine", MACHINE, lambda w: w.encrypt(RESULTS, w.key())),
    ("key of the query results", "?", "under conditions", "", lambda w: w.encrypt(RESULTS, w.key(
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*", "Condition": CONDITION}))),
    ("key of the query results", "✗", "does not exist", "", lambda w: w.encrypt(RESULTS, "alias/gone")),
    ("EventBridge connection", "✗", "not given", "list-connections", set_override(ApiAuthorization="")),
    ("EventBridge connection", "✗", "there is no connection gone", "list-connections",
     set_override(ApiAuthorization="gone/1")),
    ("EventBridge connection", "✗", "answers/other", "give ApiAuthorization=answers/",
     set_override(ApiAuthorization="answers/other")),
    ("EventBridge connection", "✗", "DEAUTHORIZED (expired)", "update-connection",
     lambda w: w.connection(ConnectionState="DEAUTHORIZED", StateReason="expired")),
    ("key of the connection", "✗", "does not let rooms-machine", MACHINE,
     lambda w: w.connection(KmsKeyIdentifier=w.key())),
    ("key of the connection", "✗", "Disabled", "enable-key", lambda w: disable(w, w.key())),
    ("bucket of the rooms", "✗", "nobucket does not exist", "Bucket=", set_override(Bucket="nobucket")),
    ("bucket of the rooms", "?", "another account", "", lambda w: w.plant("s3", "HeadBucket", of_another_account)),
    ("bucket of the rooms", "?", "region eu-west-1", "",
     lambda w: w.plant("s3", "HeadBucket", {"BucketRegion": "eu-west-1"})),
    ("bucket of the rooms", "✓", "1 folders", "", lambda w: put(w, "cleanroom/", "cleanroom/a_room/x")),
    ("bucket of the rooms", "?", "what is no room: cleanroom/readme", "", lambda w: put(w, "cleanroom/readme")),
    ("bucket of the rooms", "?", "what is no room: cleanroom/My-Room/", "", lambda w: put(w, "cleanroom/My-Room/x")),
    ("encryption of the rooms", "✗", "may not use keys", "LocationRole=", lambda w: w.encrypt(BUCKET, w.key())),
    ("encryption of the rooms", "✗", "may not kms:Decrypt", "allow kms:Decrypt", each(
        lambda w: w.encrypt(BUCKET, w.key()), lambda w: w.role("own"), set_override(LocationRole="own"),
        lambda w: w.simulate("kms:Decrypt"))),
    ("location role", "✗", "left by a stack that was deleted", f"LocationRole={NAME}-location",
     lambda w: w.role(f"{NAME}-location")),
    ("location role", "✓", "which the deployment has made", "", each(
        lambda w: w.role(f"{NAME}-location"),
        lambda w: w.plant("cloudformation", "DescribeStacks", {"Stacks": [{"StackName": "x"}]}))),
    ("location role", "✗", "does not exist", "LocationRole=", set_override(LocationRole="gone")),
    ("location role", "✗", "another account", "LocationRole=",
     set_override(LocationRole="arn:aws:iam::999999999999:role/own")),
    ("location role", "✗", "does not trust glue.amazonaws.com", "sts:AssumeRole", each(
        lambda w: w.role("own", trust={"Statement": [plain("lakeformation.amazonaws.com", "sts:AssumeRole")]}),
        set_override(LocationRole="own"))),
    ("location role", "✗", "may not s3:ListBucket", "allow", each(
        lambda w: w.role("own"), set_override(LocationRole="own"), lambda w: w.simulate("s3:ListBucket"))),
    ("location role", "✗", "may not s3:GetObject", "allow", each(
        lambda w: w.role("own"), set_override(LocationRole="own"), lambda w: w.simulate("s3:GetObject"))),
    ("location role", "?", "under conditions", "", each(
        lambda w: w.role("own", trust={"Statement": [
            {**TRUST["Statement"][0], "Condition": CONDITION}]}), set_override(LocationRole="own"))),
    ("quota: Glue databases", "✗", "1 of 1 used", "--service-code glue --quota-code L-1 --desired-value 2",
     each(lambda w: w.quotas(100, glue=1), lambda w: w.make["glue"].create_database(DatabaseInput={"Name": "a"}))),
    ("quota: state machines", "✗", "1 of 1 used", "--service-code states",
     each(lambda w: w.quotas(100, states=1), lambda w: w.make["stepfunctions"].create_state_machine(
         name="a", roleArn=DEPLOYER, definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'))),
    ("quota: registered locations", "✗", "1 of 1 used", "--service-code lakeformation",
     each(lambda w: w.quotas(100, lakeformation=1), lambda w: w.register("arn:aws:s3:::other"))),
    ("quota: RAM shares", "✗", "97 of 100 used", "--service-code ram", lambda w: w.plant(
        "ram", "GetResourceShares",
        {"resourceShares": [{"status": "ACTIVE"}] * 97 + [{"status": "DELETED"}] * 99})),
    ("quota: Athena's active DDL queries", "✗", "100 of 100 used", "--service-code athena",
     lambda w: w.plant("cloudwatch", "GetMetricStatistics", DATAPOINTS)),
    ("quota: Athena's active DDL queries", "?", "not to be seen", "", lambda w: w.quotas(100, usage=False)),
    ("quota: Glue databases", "?", "Service Quotas names no such quota", "", lambda w: (
        w.plant("service-quotas", "ListServiceQuotas", {"Quotas": []}),
        w.plant("service-quotas", "ListAWSDefaultServiceQuotas", {"Quotas": []}))),
    ("quota: Glue databases", "✓", "0 of 7", "", lambda w: (
        w.plant("service-quotas", "ListServiceQuotas", {"Quotas": []}),
        w.plant("service-quotas", "ListAWSDefaultServiceQuotas",
                {"Quotas": [{"QuotaName": QUOTAS["glue"], "QuotaCode": "L-1", "Value": 7}]}))),
    ("http:invoke in the region", "✗", "INVALID_RESOURCE", "a region that has HTTP tasks", lambda w: w.plant(
        "stepfunctions", "ValidateStateMachineDefinition",
        {"result": "FAIL", "diagnostics": [{"code": "INVALID_RESOURCE", "message": "http:invoke"}]})),
    ("http:invoke in the region", "✗", "state_machine.json is refused: SCHEMA", "", lambda w: w.plant(
        "stepfunctions", "ValidateStateMachineDefinition", only_http_is_taken)),
    ("http:invoke in the region", "✓", "not compiled", "", lambda w: (w.out / "state_machine.json").unlink()),
]


def of_another_account(params):
    refused = "x-amz-expected-bucket-owner" in {key.lower() for key in params["headers"]}
    return (ok(403), {"Error": {"Code": "403", "Message": "Forbidden"}, "ResponseMetadata": {}}) if refused else (
        ok(), {"BucketRegion": REGION})


def disable(world, key):
    world.make["kms"].disable_key(KeyId=key.split("/")[-1])
    world.connection(KmsKeyIdentifier=key)


def put(world, *keys):
    for key in keys:
        world.make["s3"].put_object(Bucket=BUCKET, Key=key, Body=b"")


def only_http_is_taken(params):
    definition = json.loads(params["body"])["definition"]
    if "http:invoke" in definition:
        assert "connection/answers/" in definition, definition
        return ok(), {"result": "OK", "diagnostics": []}
    assert json.loads(definition)["Comment"] == f"{NAME} in {REGION} as {MACHINE}"
    return ok(), {"result": "FAIL", "diagnostics": [{"code": "SCHEMA_VALIDATION_FAILED", "message": "x"}]}


@pytest.mark.parametrize(
    "check, mark, text, mend, plant", FAULTS, ids=[f"{number}-{each[0]}" for number, each in enumerate(FAULTS)])
def test_a_fault_is_found(world, capsys, check, mark, text, mend, plant):
    plant(world)
    code, found = world.run(capsys)
    assert found[check].mark == mark, found[check]
    assert text in found[check].found, found[check]
    assert mend in (found[check].mend or ""), found[check]
    assert bool(found[check].mend) >= (mend != ""), found[check]
    assert code == (1 if "✗" in {each.mark for each in found.values()} else 0)


def test_each_check_can_be_wrong():
    """That each can be right and unknown too is shown above."""
    assert {check for check, mark, *_ in FAULTS if mark == "✗"} == set(NAMES)


# The commands that mend


def test_the_command_for_the_settings_changes_one_thing(world, capsys):
    gone = f"arn:aws:iam::{OWNER}:role/gone"
    world.settings([DEPLOYER, gone], version="2", CreateTableDefaultPermissions=EVERYBODY)
    _, found = world.run(capsys)
    read, _, rest = found["data-lake administrators exist"].mend.partition(" | ")
    program, _, write = rest.partition(" && ")
    assert all("--profile mine" in each and f"--region {REGION}" in each for each in (read, write))
    document = world.make["lakeformation"].get_data_lake_settings()["DataLakeSettings"]
    changed = run_edit(program, document, world.out)
    assert changed == document | {
        "DataLakeAdmins": [{"DataLakePrincipalIdentifier": DEPLOYER}], "ReadOnlyAdmins": []}
    program = found["cross-account version"].mend.partition(" | ")[2].partition(" && ")[0]
    assert run_edit(program, document, world.out) == document | {"Parameters": {"CROSS_ACCOUNT_VERSION": "3"}}


def run_edit(program, document, folder):
    words = shlex.split(program)
    assert words[0] == "python3"
    subprocess.run([sys.executable, *words[1:]], input=json.dumps(document), text=True, check=True, cwd=folder)
    return json.loads((folder / "settings.json").read_text())


def test_the_command_for_the_policy_keeps_what_is_there(world, capsys):
    other = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "glue:Delete'X", "Resource": "*"}
    world.policy(other)
    _, found = world.run(capsys)
    words = shlex.split(found["catalog's resource policy"].mend)
    assert words[words.index("--policy-hash-condition") + 1] == "hash="
    merged = json.loads(words[words.index("--policy-in-json") + 1])
    assert merged["Statement"][0] == other
    for resource in ("catalog", "database/a", "table/a/b"):
        arn = f"arn:aws:glue:{REGION}:{OWNER}:{resource}"
        assert policies.decide(merged, "Service", "ram.amazonaws.com", "glue:ShareResource", arn) == policies.ALLOWED


# Where the parameters come from


def test_flags_come_before_the_file_and_the_file_before_the_template(tmp_path):
    config = tmp_path / "samconfig.toml"
    config.write_text("""
[default.global.parameters]
stack_name = "from-global"
region = "eu-west-1"
[default.deploy.parameters]
stack_name = "from-deploy"
parameter_overrides = "Bucket=from-file Name=from-file DataLakeAdmin=false"
""")
    flags = ["--config-file", str(config), "--parameter-overrides", "Name=from-flags"]
    found = parameters.read_deployment([*flags, "--resolve-s3", "--tags", "a=b"])
    assert (found.stack, found.region, found.profile) == ("from-deploy", "eu-west-1", None)
    assert {key: found[key] for key in ("Name", "Bucket", "ApiEndpoint")} == {
        "Name": "from-flags", "Bucket": "from-file", "ApiEndpoint": "account.mytiki.com"}
    assert (found.machine_role, found.makes_administrator) == ("from-flags-machine", False)
    found = parameters.read_deployment([*flags, "--region=us-west-2", "--profile", "mine", "--role-arn", DEPLOYER])
    assert (found.region, found.profile, found.role_arn) == ("us-west-2", "mine", DEPLOYER)


def test_flags_that_cannot_be_read_are_refused(capsys):
    assert preflight.main(["--parameter-overrides", "file://values.yaml"]) == 2
    assert preflight.main(["--parameter-overrides", "Name"]) == 2
    assert capsys.readouterr().err.count("preflight: ") == 2


def test_what_is_not_given_is_as_the_stack_was_deployed_last(world, capsys):
    kept = {"ApiAuthorization": world.overrides.pop("ApiAuthorization"), "Bucket": "other"}
    world.plant("cloudformation", "DescribeStacks", {"Stacks": [{"StackName": "x", "Parameters": [
        {"ParameterKey": key, "ParameterValue": value} for key, value in kept.items()]}]})
    _, found = world.run(capsys)
    assert found["EventBridge connection"].mark == "✓"
    # This one is given.
    assert found["bucket of the rooms"].mark == "✓"


def test_cloudformation_deploys_with_the_role_that_is_given(world, capsys):
    _, found = world.run(capsys, "--role-arn", f"arn:aws:iam::{OWNER}:role/stack")
    assert found["deployer may change the settings"].mark == "?"
    assert "role/stack is none" in found["deployer may change the settings"].found
