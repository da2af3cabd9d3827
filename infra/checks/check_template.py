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

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "infra/step_function/template.yml"
DEPLOY = ROOT / "infra/deploy/template.yml"
DEFINITIONS = {
    "CreateMachine": ROOT / "out/state_machine.json",
    "RecoverMachine": ROOT / "out/recover_state_machine.json",
}
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
    for machine, definition in DEFINITIONS.items():
        uri = (built.parent / resources[machine]["Properties"]["DefinitionUri"]).resolve()
        if not uri.exists() or sha256(uri.read_bytes()) != sha256(definition.read_bytes()):
            raise Failure(f"{machine} is built from {uri}, which is not {definition.relative_to(ROOT)}")


def every_placeholder_is_substituted(work):
    resources = read_template(SERVICE)["Resources"]
    for machine, definition in DEFINITIONS.items():
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
    for machine, definition in DEFINITIONS.items():
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
                service = statement["Principal"].get("Service")
                # These use a role only where somebody gave it to them who may pass it, and so is of this account.
                if not service or service in ("lakeformation.amazonaws.com", "cloudformation.amazonaws.com"):
                    continue
                account = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
                if account != {"Ref": "AWS::AccountId"}:
                    raise Failure(f"{path.relative_to(ROOT)}, {key}: {service} may act for any account")


def administrators_are_added_and_never_replaced(work):
    for path in (SERVICE, DEPLOY):
        for key, resource in read_template(path)["Resources"].items():
            if resource["Type"] != "AWS::LakeFormation::DataLakeSettings":
                continue
            if resource["Properties"].get("MutationType") != "APPEND" or resource.get("DeletionPolicy") != "Retain":
                raise Failure(f"{path.relative_to(ROOT)}, {key}: it has to append, and to stay when the stack goes")


def any_resource_has_its_reason(work):
    for path in (SERVICE, DEPLOY):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines, start=1):
            if line.strip() in ('- "*"', "- '*'") and not lines[number - 3].strip().startswith("#"):
                raise Failure(f"{path.relative_to(ROOT)}:{number}: a * resource says why in a comment above Resource")


def boundary_allows_what_the_roles_do(work):
    allowed = {action for where, one in statements(DEPLOY) if where == "Boundary" for action in one["Action"]}
    used = {action for where, one in statements(SERVICE) if where != "CallerPolicy" for action in one["Action"]}
    if used != allowed:
        raise Failure(
            f"Boundary in infra/deploy/template.yml lacks {sorted(used - allowed)} and has {sorted(allowed - used)} "
            "in excess of what the roles of infra/step_function/template.yml do"
        )


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
    every_placeholder_is_substituted,
    sam_packages,
    uploaded_definitions_are_the_compiled_ones,
    translated_template_lints,
    deploy_template_lints,
    statements_are_in_shape,
    services_act_for_this_account_alone,
    administrators_are_added_and_never_replaced,
    any_resource_has_its_reason,
    boundary_allows_what_the_roles_do,
]


def make_home(folder):
    """A home of their own for the commands, in which sam has just looked for a newer version of itself."""
    os.environ["HOME"] = str(folder)
    (folder / ".aws-sam").mkdir()
    (folder / ".aws-sam/metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))


def main():
    missing = [str(path.relative_to(ROOT)) for path in DEFINITIONS.values() if not path.exists()]
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
