"""Checks the deployment templates as they are, built and packaged. Offline: AWS is a moto server on the loopback.

Run it after `make compile`, with the packages of infra/requirements.txt:  python infra/checks/check_template.py
"""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import resource_permissions
from cloudwatch import FilterPattern, Missing, log_event, reckon, settled
from resource_permissions import covers, texts

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "infra/step_function/template.yml"
DEPLOY = ROOT / "infra/deploy/template.yml"
REGION = "us-east-2"
UPLOADS = "uploads"

# Nothing of the operator's own may reach the commands: neither their account nor their configuration.
for name in [name for name in os.environ if name.startswith(("AWS_", "SAM_CLI_"))]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none",
    AWS_DEFAULT_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    SAM_CLI_TELEMETRY="0",
    NO_PROXY="127.0.0.1",
)


class Failure(Exception):
    """What a check has to say when it does not pass."""


def run(command, *arguments, cwd):
    """Runs a command of this virtual environment and gives what it printed."""
    program = Path(sys.executable).with_name(command)
    if not program.exists():
        raise Failure(f"{command} is not installed beside {sys.executable}; pip install -r infra/requirements.txt")
    # No input, so that nothing can wait for an answer.
    done = subprocess.run(
        [program, *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip() or "and said nothing"
        raise Failure(f"{command} {arguments[0]} exited with {done.returncode}:\n{said}")
    return done.stdout


def read_template(path):
    from samcli.yamlhelper import yaml_parse

    if not path.exists():
        raise Failure(f"there is no {path.name}; see what failed before")
    return yaml_parse(path.read_text())


def definitions():
    """The compiled definition of each machine of the service's template."""
    return {
        key: (SERVICE.parent / resource["Properties"]["DefinitionUri"]).resolve()
        for key, resource in read_template(SERVICE)["Resources"].items()
        if resource["Type"] == "AWS::Serverless::StateMachine"
    }


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class MotoServer:
    """A moto server on a free port, for as long as the block runs."""

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = Path(sys.executable).with_name("moto_server")
        self.process = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.process.terminate()
                    raise Failure("the moto server did not start; try moto_server by hand")
                time.sleep(0.1)
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        del os.environ["AWS_ENDPOINT_URL"]
        self.process.terminate()
        self.process.wait()


# The checks, in the order in which they run; what one makes, the next one takes.


def sam_validates_and_lints(work):
    run("sam", "validate", "--lint", "--template-file", SERVICE, cwd=work)


def sam_builds(work):
    run("sam", "build", "--template-file", SERVICE, "--build-dir", work / "build", cwd=work)


def built_template_points_at_the_definitions(work):
    built = work / "build/template.yaml"
    resources = read_template(built)["Resources"]
    for machine, definition in definitions().items():
        uri = (built.parent / resources[machine]["Properties"]["DefinitionUri"]).resolve()
        if not uri.exists() or sha256(uri.read_bytes()) != sha256(definition.read_bytes()):
            raise Failure(f"{machine} is built from {uri}, which is not {definition.relative_to(ROOT)}")


def every_compiled_machine_is_deployed(work):
    compiled = {path.resolve() for path in (ROOT / "out").glob("*state_machine*.json")}
    if missing := sorted(path.name for path in compiled - set(definitions().values())):
        raise Failure(f"infra/step_function/template.yml has no machine for {', '.join(missing)}")


def every_placeholder_is_substituted(work):
    resources = read_template(SERVICE)["Resources"]
    for machine, definition in definitions().items():
        wanted = set(re.findall(r"\$\{([A-Za-z0-9]+)\}", definition.read_text()))
        given = set(resources[machine]["Properties"]["DefinitionSubstitutions"])
        if wanted - given:
            raise Failure(f"{machine}: nothing is substituted for {', '.join(sorted(wanted - given))}")


def sam_packages(work):
    import boto3

    location = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket=UPLOADS, CreateBucketConfiguration=location)
    built, packaged = work / "build/template.yaml", work / "packaged.yaml"
    run(
        "sam", "package", "--template-file", built, "--s3-bucket", UPLOADS, "--output-template-file", packaged, cwd=work
    )


def uploaded_definitions_are_the_compiled_ones(work):
    import boto3

    resources = read_template(work / "packaged.yaml")["Resources"]
    for machine, definition in definitions().items():
        uri = resources[machine]["Properties"]["DefinitionUri"]
        uploaded = boto3.client("s3").get_object(Bucket=uri["Bucket"], Key=uri["Key"])["Body"].read()
        if sha256(uploaded) != sha256(definition.read_bytes()):
            raise Failure(f"what was uploaded for {machine} is not {definition.relative_to(ROOT)}, byte for byte")


def translated_template_lints(work):
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    template = read_template(work / "packaged.yaml")
    values = {"ApiAuthorization": "name/00000000-0000-0000-0000-000000000000"}
    plain = Translator({}, Parser()).translate(template, values)
    serverless = [key for key, value in plain["Resources"].items() if value["Type"].startswith("AWS::Serverless::")]
    if serverless or "Transform" in plain:
        raise Failure(f"the translated template is not plain CloudFormation: {serverless or plain['Transform']}")
    for wanted in ("AWS::StepFunctions::StateMachineVersion", "AWS::StepFunctions::StateMachineAlias"):
        if wanted not in {value["Type"] for value in plain["Resources"].values()}:
            raise Failure(f"the translated template has no {wanted}: callers would have no alias to start")
    path = work / "translated.json"
    path.write_text(json.dumps(plain, indent=2))
    lint(path, work)


def deploy_template_lints(work):
    lint(DEPLOY, work)


def lint(path, work):
    run("cfn-lint", path, "--non-zero-exit-code", "informational", "--regions", REGION, cwd=work)


def statements_are_in_shape(work):
    for path in (SERVICE, DEPLOY):
        for where, statement in statements(path):
            if not statement.get("Sid") or not isinstance(statement.get("Action"), list):
                raise Failure(f"{path.relative_to(ROOT)}, {where}: a statement has a Sid and a list of actions")
            where = f"{path.relative_to(ROOT)}, {where}, {statement['Sid']}"
            if not isinstance(statement.get("Resource"), list):
                raise Failure(f"{where}: a statement has a list of resources")
            if wild := [action for action in statement["Action"] if "*" in action]:
                raise Failure(f"{where}: {', '.join(wild)} has a *; write the actions out")


def services_act_for_this_account_alone(work):
    """No account that is not ours can have a service take on a role of ours: the confused deputy."""
    for path in (SERVICE, DEPLOY):
        for key, resource in read_template(path)["Resources"].items():
            if resource["Type"] != "AWS::IAM::Role":
                continue
            for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                services = listed(statement["Principal"].get("Service"))
                # These use a role only where somebody gave it to them who may pass it, and so is of this account.
                given = {"lakeformation.amazonaws.com", "glue.amazonaws.com", "cloudformation.amazonaws.com"}
                account = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
                if set(services) - given and account != {"Ref": "AWS::AccountId"}:
                    raise Failure(f"{path.relative_to(ROOT)}, {key}: {', '.join(services)} may act for any account")


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def location_role_trusts_the_services_that_take_it_on(work):
    """https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"""
    document = read_template(SERVICE)["Resources"]["LocationRoleMade"]["Properties"]["AssumeRolePolicyDocument"]
    trusted = {service for one in document["Statement"] for service in listed(one["Principal"].get("Service"))}
    if trusted != {"lakeformation.amazonaws.com", "glue.amazonaws.com"}:
        raise Failure(f"LocationRoleMade trusts {sorted(trusted)}")


def administrators_are_added_and_never_replaced(work):
    for path in (SERVICE, DEPLOY):
        for key, resource in read_template(path)["Resources"].items():
            if resource["Type"] != "AWS::LakeFormation::DataLakeSettings":
                continue
            if resource["Properties"].get("MutationType") != "APPEND" or resource.get("DeletionPolicy") != "Retain":
                raise Failure(f"{path.relative_to(ROOT)}, {key}: it has to append, and to stay when the stack goes")


def administrator_is_left_out_on_demand_and_is_the_last_one_made(work):
    """What fails after it would be rolled back, and leave a role on the list that is deleted."""
    template = read_template(SERVICE)
    resources, conditions = template["Resources"], template["Conditions"]
    settings = {key for key, one in resources.items() if one["Type"] == "AWS::LakeFormation::DataLakeSettings"}
    for key in settings:
        condition = conditions.get(resources[key].get("Condition"))
        if condition != {"Fn::Equals": [{"Ref": "DataLakeAdmin"}, "true"]}:
            raise Failure(f"{key} is made with DataLakeAdmin=false too")
        before, new = set(), {key}
        while new:
            before |= new
            new = {other for one in new if one in resources for other in references(resources[one])} - before
        if later := set(resources) - before - settings:
            raise Failure(f"{key} does not wait for {', '.join(sorted(later))}")
        # The alias is not a resource of the template: SAM makes it.
        aliases = {f"{one}Alias{alias}" for one in resources
                   if (alias := resources[one].get("Properties", {}).get("AutoPublishAlias"))}
        if aliases - before:
            raise Failure(f"{key} does not wait for {', '.join(sorted(aliases - before))}")


def references(resource):
    """What a resource needs to be made before it."""
    found = set(listed(resource.get("DependsOn")))

    def walk(value):
        if isinstance(value, list):
            for element in value:
                walk(element)
        elif isinstance(value, dict):
            for name, member in value.items():
                if name == "Ref":
                    found.add(member)
                elif name == "Fn::GetAtt":
                    found.add(member[0] if isinstance(member, list) else member.split(".")[0])
                elif name == "Fn::Sub":
                    found.update(re.findall(r"\$\{([A-Za-z]+)", member if isinstance(member, str) else member[0]))
                walk(member)

    walk(resource.get("Properties"))
    return found


def recovery_alarm_sees_each_kind_of_end_alone(work):
    """Step Functions publishes a metric only when something happened, and CloudWatch's sum of nothing is nothing.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (FILL)
    """
    alarm = read_template(SERVICE)["Resources"]["RecoveryAlarm"]["Properties"]
    metrics = {one["Id"]: one["MetricStat"]["Metric"]["MetricName"] for one in alarm["Metrics"] if "MetricStat" in one}
    if set(metrics.values()) != {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}:
        raise Failure(f"RecoveryAlarm looks at {sorted(metrics.values())}")
    (expression,) = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]

    for seen in [*metrics, None]:
        series = {one: 1 if one == seen else Missing() for one in metrics}
        value = reckon(expression, series)
        fires = not isinstance(value, Missing) and value > alarm["Threshold"]
        if fires != (seen is not None):
            what = f"one execution in {metrics[seen]} and nothing else" if seen else "nothing at all"
            raise Failure(f"RecoveryAlarm {'fires' if fires else 'is silent'} on {what}: {expression}")


# Errors that an execution can end with, besides those that the machines choose: Step Functions' own, and what
# http:invoke and its connection give. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
ERRORS = [
    "States.Http.StatusCode.400", "States.Http.StatusCode.503", "States.Http.Socket", "States.Runtime",
    "States.DataLimitExceeded", "States.Timeout", "States.TaskFailed", "States.Permissions",
    "States.ExceedToleratedFailureThreshold", "Events.ConnectionResource.AccessDenied", "Glue.AccessDeniedException",
]


def undelivered_filter_counts_what_no_recovery_answers(work):
    recovery = json.loads((ROOT / "out/recover_state_machine.json").read_text())["States"]
    if "WasOutcomeNotified" not in recovery:
        raise Failure("the recovery has no state WasOutcomeNotified any more, by which it leaves an execution alone")
    errors, beginning = settled(recovery["WasOutcomeNotified"]["Choices"][0]["Condition"])
    states = [json.loads(path.read_text())["States"].values() for path in definitions().values()]
    chosen = {one["Error"] for each in states for one in each if one["Type"] == "Fail" and "Error" in one}
    resources = read_template(SERVICE)["Resources"]
    pattern = FilterPattern(resources["UndeliveredFilter"]["Properties"]["FilterPattern"])
    leftovers = FilterPattern(resources["LeftoversFilter"]["Properties"]["FilterPattern"])
    for error in [*ERRORS, *sorted(chosen)]:
        # An end that a machine chooses comes after the answer was taken, or is the recovery's.
        undelivered = error not in chosen and (error in errors or re.match(beginning, error) is not None)
        for kind in ("ExecutionFailed", "TaskFailed", "ExecutionAborted", "ExecutionTimedOut", "FailStateEntered"):
            event = log_event(kind, error)
            if pattern.matches(event) != (undelivered and kind == "ExecutionFailed"):
                verb = "counts" if pattern.matches(event) else "does not count"
                raise Failure(f"UndeliveredFilter {verb} {kind} with {error}")
            if leftovers.matches(event) != (error == "CleanroomLeftovers" and kind == "ExecutionFailed"):
                raise Failure(f"LeftoversFilter is wrong about {kind} with {error}")


def any_resource_has_its_reason(work):
    for path in (SERVICE, DEPLOY):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines, start=1):
            if line.strip() in ('- "*"', "- '*'") and not lines[number - 3].strip().startswith("#"):
                raise Failure(f"{path.relative_to(ROOT)}:{number}: a * resource says why in a comment above Resource")


def no_policy_is_longer_than_iam_takes(work):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    for path in (SERVICE, DEPLOY):
        for key, resource in read_template(path)["Resources"].items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::IAM::Role":
                limit, documents = 10_240, [policy["PolicyDocument"] for policy in properties["Policies"]]
            elif resource["Type"] == "AWS::IAM::ManagedPolicy":
                limit, documents = 6_144, [properties["PolicyDocument"]]
            else:
                continue
            if (found := sum(map(resource_permissions.length, documents))) > limit:
                raise Failure(f"{path.relative_to(ROOT)}, {key}: up to {found} characters, and IAM takes {limit}")


def boundary_allows_what_the_roles_do(work):
    """The actions are the same; resources and conditions may be wider in the boundary, and never narrower."""
    bounds = [one for where, one in statements(DEPLOY) if where == "Boundary"]
    roles = [one for where, one in statements(SERVICE) if where != "CallerPolicy"]
    allowed = {action for one in bounds for action in one["Action"]}
    used = {action for one in roles for action in one["Action"]}
    if used != allowed:
        raise Failure(
            f"Boundary in infra/deploy/template.yml lacks {sorted(used - allowed)} and has {sorted(allowed - used)} "
            "in excess of what the roles of infra/step_function/template.yml do"
        )
    resources = read_template(SERVICE)["Resources"]
    for statement in roles:
        for action in statement["Action"]:
            for resource in texts(statement["Resource"], resources):
                if not any(
                    action in bound["Action"] and covers(bound["Resource"], resource) and asks_no_more(bound, statement)
                    for bound in bounds
                ):
                    raise Failure(f"Boundary does not allow {action} on {resource}, as {statement['Sid']} does")


def asks_no_more(bound, statement):
    """Whether the condition of a statement of the boundary holds wherever that of a role's does."""
    asked = statement.get("Condition", {})
    return all(
        set(map(str, listed(asked.get(operator, {}).get(key)))) <= set(map(str, listed(value)))
        and key in asked.get(operator, {})
        for operator, keys in bound.get("Condition", {}).items()
        for key, value in keys.items()
    )


def stack_role_may_make_change_and_delete_every_resource(work):
    given = [one for where, one in statements(DEPLOY) if where == "StackRole"]
    needed = resource_permissions.needed(read_template(work / "translated.json")["Resources"])
    lacking = [
        f"{action} on {arn} for {key}"
        for key, action, arn in needed
        if not any(action in one["Action"] and covers(one["Resource"], arn) for one in given)
    ]
    if lacking:
        raise Failure("StackRole lacks " + "; ".join(sorted(set(lacking))))


def deploy_role_may_tag_the_stack(work):
    """Who makes a change set with tags needs the right to tag and to untag, and samconfig.toml gives tags.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """
    stack = "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${StackName}/id"
    given = [one for where, one in statements(DEPLOY) if where == "DeployRole"]
    for action in ("cloudformation:TagResource", "cloudformation:UntagResource"):
        if not any(action in one["Action"] and covers(one["Resource"], stack) for one in given):
            raise Failure(f"DeployRole lacks {action} on the stack")


def statements(path):
    """The statements of every identity policy of a template, each with the resource that it stands in."""
    for key, resource in read_template(path)["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
        elif resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents = [properties["PolicyDocument"]]
        else:
            continue
        for document in documents:
            for statement in document["Statement"]:
                yield key, statement


CHECKS = [
    sam_validates_and_lints,
    sam_builds,
    built_template_points_at_the_definitions,
    every_compiled_machine_is_deployed,
    every_placeholder_is_substituted,
    sam_packages,
    uploaded_definitions_are_the_compiled_ones,
    translated_template_lints,
    deploy_template_lints,
    statements_are_in_shape,
    services_act_for_this_account_alone,
    location_role_trusts_the_services_that_take_it_on,
    administrators_are_added_and_never_replaced,
    administrator_is_left_out_on_demand_and_is_the_last_one_made,
    recovery_alarm_sees_each_kind_of_end_alone,
    undelivered_filter_counts_what_no_recovery_answers,
    any_resource_has_its_reason,
    no_policy_is_longer_than_iam_takes,
    boundary_allows_what_the_roles_do,
    stack_role_may_make_change_and_delete_every_resource,
    deploy_role_may_tag_the_stack,
]


def make_home(folder):
    """A home of their own for the commands, in which sam has just looked for a newer version of itself."""
    os.environ["HOME"] = str(folder)
    (folder / ".aws-sam").mkdir()
    (folder / ".aws-sam/metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))


def main():
    missing = [str(path.relative_to(ROOT)) for path in definitions().values() if not path.exists()]
    if missing:
        print(f"{' and '.join(missing)} missing; run make compile first")
        return 1
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="cleanroom-") as folder, MotoServer():
        work = Path(folder).resolve()
        make_home(work)
        for check in CHECKS:
            title = check.__name__.replace("_", " ")
            try:
                check(work)
            except Failure as failure:
                failed += 1
                print(f"FAILED {title}: {failure}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED {title}: {traceback.format_exc()}", flush=True)
            else:
                passed += 1
                print(f"passed {title}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
