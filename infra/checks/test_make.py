"""Runs the real Makefile on a small project, with stand-ins for Swift's tools and for SAM that note their calls.

The last test has SAM itself, and moto for AWS.

    python -m pytest infra/checks/test_make.py
"""

import hashlib
import importlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from samcli.cli.types import CfnParameterOverridesType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from sam_flags import UNKNOWN_TO, Call, Flags, UsageError, read_overrides, write_override  # noqa: E402

AUTHORIZATION = "ApiAuthorization=name/00000000-0000-0000-0000-000000000000"
GIVEN = f"--parameter-overrides {AUTHORIZATION}"

# Compiles Sources/Definition.swift to two machines, as the program does with what it was built from.
PROGRAM = """#!/usr/bin/env bash
set -e
mkdir -p out
for machine in state_machine recover_state_machine share_state_machine; do
    printf '{"%s": "%s"}' $machine "$(cat Sources/Definition.swift)" > out/$machine.json
done
echo '{"Statement": []}' > out/policy.json
"""

SWIFT = """#!/usr/bin/env bash
[[ ${1:-} != --version ]] || echo 'Swift version 6.2'
"""

# SAM_STACK is what the account says of the stack: standing, absent, or anything else for an error.
SAM = """#!/usr/bin/env python3
import hashlib, json, os, pathlib, sys
words = sys.argv[1:]
with open(os.environ["SAM_CALLS"], "a") as calls:
    calls.write(json.dumps(words) + "\\n")
value = lambda option: words[words.index(option) + 1]
if words[0] == "build":
    folder = pathlib.Path(value("--build-dir"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "template.yaml").write_text(pathlib.Path(value("--template-file")).read_text())
if words[0] == "package":
    uploaded = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pathlib.Path("out").glob("*.json")}
    size = int(os.environ.get("SAM_PACKAGED_BYTES", 0))
    pathlib.Path(value("--output-template-file")).write_text(json.dumps(uploaded).ljust(size))
if words[:2] == ["list", "stack-outputs"]:
    stack = os.environ.get("SAM_STACK", "absent")
    if stack == "absent":
        name = value("--stack-name")
        sys.exit("Error: The input stack " + name + " does not exist on Cloudformation in the region x")
    if stack != "standing":
        sys.exit("Error: " + stack)
"""


class Project:
    """A folder with this Makefile, its scripts, and the stand-ins first on the PATH."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("Makefile", "scripts", "infra/step_function"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
        (folder / "Sources").mkdir()
        (folder / "Package.swift").write_text("// swift-tools-version: 6.2\n")
        self.define("first")
        self.put("bin/swift", SWIFT)
        self.put("bin/sam", SAM)
        self.put(".build/debug/cleanroom", PROGRAM)
        (folder / "bin/python3").symlink_to(os.path.realpath(sys.executable))
        self.calls_file = folder / "calls"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "SAM_CALLS": str(self.calls_file),
        }

    def put(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def define(self, text):
        (self.folder / "Sources/Definition.swift").write_text(text)

    def configure(self, text):
        with open(self.folder / "infra/step_function/samconfig.toml", "a") as file:
            file.write("\n" + text)

    def make(self, *words, code=0, **environment):
        done = subprocess.run(
            ["make", *words], cwd=self.folder, env={**self.environment, **environment}, capture_output=True, text=True)
        said = done.stdout + done.stderr
        assert (done.returncode == 0) == (code == 0), said
        return said

    def go_to(self, last):
        """Takes the steps of a deployment, up to one."""
        for step in ("compile", "build", "package", "deploy"):
            self.make(step, f"flags={GIVEN}")
            if step == last:
                return

    def calls(self, command):
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [words for words in map(json.loads, lines) if words[0] == command]

    def deployed(self):
        """The parameters of the last deployment, as SAM reads them."""
        return parameters_of(self.calls("deploy")[-1])

    def hash(self, machine="state_machine"):
        return hashlib.sha256((self.folder / f"out/{machine}.json").read_bytes()).hexdigest()


def parameters_of(words):
    assert words.count("--parameter-overrides") <= 1
    if "--parameter-overrides" not in words:
        return {}
    given = words[words.index("--parameter-overrides") + 1 :]
    end = next((index for index, word in enumerate(given) if word.startswith("-")), len(given))
    return CfnParameterOverridesType().convert(tuple(given[:end]), None, None)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


# The chain


def test_the_four_steps_deploy_what_was_compiled_and_its_hash(project):
    project.go_to("deploy")
    packaged = json.loads((project.folder / "out/packaged.yml").read_text())
    assert project.deployed()["DefinitionSha256"] == packaged["state_machine.json"] == project.hash()


@pytest.mark.parametrize("step", ["build", "package", "deploy"])
def test_a_definition_that_was_changed_and_not_compiled_stops_each_later_step(project, step):
    before = {"build": "compile", "package": "build", "deploy": "package"}[step]
    project.go_to(before)
    project.define("second")
    said = project.make(step, f"flags={GIVEN}", code=1)
    assert "Sources/Definition.swift" in said and "Run 'make compile'" in said
    assert not project.calls(step)


def test_a_definition_that_was_compiled_again_after_packaging_is_not_deployed_with_the_new_hash(project):
    project.go_to("package")
    project.define("second")
    project.make("compile")
    said = project.make("deploy", f"flags={GIVEN}", code=1)
    assert "state_machine.json" in said and "Run 'make build' and 'make package', then 'make deploy'" in said
    assert not project.calls("deploy")


@pytest.mark.parametrize("machine", ["recover_state_machine", "share_state_machine"])
def test_every_machine_is_looked_at(project, machine):
    project.go_to("package")
    (project.folder / f"out/{machine}.json").write_text('{"another": 1}')
    said = project.make("deploy", f"flags={GIVEN}", code=1)
    assert f"out/{machine}.json is not what 'make compile' made" in said and "Run 'make compile'" in said


def test_a_machine_that_make_compile_did_not_make_is_named(project):
    project.go_to("build")
    (project.folder / "out/doctor_state_machine.json").write_text("{}")
    assert "out/doctor_state_machine.json was not made by 'make compile'" in project.make("package", code=1)


def test_a_changed_template_and_a_changed_packaged_template_are_named(project):
    project.go_to("package")
    with open(project.folder / "infra/step_function/template.yml", "a") as file:
        file.write("# more\n")
    said = project.make("deploy", f"flags={GIVEN}", code=1)
    assert "infra/step_function/template.yml is not what 'make build' read" in said and "Run 'make build'" in said
    project.go_to("package")
    (project.folder / "out/packaged.yml").write_text("{}")
    said = project.make("deploy", f"flags={GIVEN}", code=1)
    assert "out/packaged.yml is not what 'make package' made" in said and "Run 'make package'" in said


def test_the_same_content_again_is_no_change_however_new_the_file(project):
    project.go_to("package")
    project.make("compile")
    os.utime(project.folder / "infra/step_function/template.yml")
    project.make("deploy", f"flags={GIVEN}")


@pytest.mark.parametrize("step", ["build", "package", "deploy"])
def test_a_step_without_the_one_before_says_which_to_run(project, step):
    said = project.make(step, code=1)
    assert "out/state_machine.json is not there" in said and "'make compile'" in said
    assert not (project.folder / ".venv").exists()


def test_make_build_says_all_that_is_missing_and_installs_nothing(project):
    # Nothing but the shell's own tools on the PATH: neither Python nor SAM.
    tools = project.folder / "tools"
    tools.mkdir()
    for name in ("bash", "make", "grep", "sed", "expand", "dirname", "cut", "sort", "id"):
        (tools / name).symlink_to(shutil.which(name))
    said = project.make("build", code=1, PATH=str(tools))
    assert "Python 3.11 or newer" in said and "out/state_machine.json" in said and "Installing" not in said
    # An old Python is none.
    project.put("tools/python3", '#!/usr/bin/env bash\n[[ $1 != --version ]] && exit 1\necho "Python 3.9.2"\n')
    assert "found: Python 3.9.2" in project.make("build", code=1, PATH=str(tools))
    # Python without its venv module, where SAM has to be installed.
    project.put("tools/python3", f'''#!/usr/bin/env bash
[[ "$*" != *venv* ]] || exit 1
exec {sys.executable} "$@"
''')
    # Who is not root cannot install it.
    (tools / "id").unlink()
    project.put("tools/id", "#!/usr/bin/env bash\necho 1000\n")
    said = project.make("build", code=1, PATH=str(tools))
    assert "venv module" in said and "out/state_machine.json" in said and "Installing" not in said


# Parameters


def test_parameters_of_the_configuration_file_count_beside_those_of_the_command_line(project):
    project.configure('[default.build.parameters]\nparameter_overrides = "Bucket=a Name=b"\n')
    with open(project.folder / "infra/step_function/samconfig.toml") as file:
        text = file.read()
    (project.folder / "infra/step_function/samconfig.toml").write_text(text.replace(
        "[default.deploy.parameters]", '[default.deploy.parameters]\nparameter_overrides = ["Bucket=c", "Name=d"]'))
    project.make("compile")
    project.make("build", "flags=--parameter-overrides Name=e")
    assert parameters_of(project.calls("build")[-1]) == {"Bucket": "a", "Name": "e"}
    project.make("package", SAM_STACK="standing")
    project.make("deploy", f"flags={GIVEN} Name=f")
    kind = AUTHORIZATION.split("=")[1]
    assert project.deployed() == {
        "Bucket": "c", "Name": "f", "ApiAuthorization": kind, "DefinitionSha256": project.hash()}


def test_parameters_that_are_kept_for_every_command_are_enough(project):
    file = project.folder / "infra/step_function/samconfig.toml"
    kept = file.read_text().replace("# parameter_overrides", "parameter_overrides")
    file.write_text(kept.replace('"ApiAuthorization=name/id Bucket=my-lake"', f'"{AUTHORIZATION} Bucket=my-lake"'))
    for step in ("compile", "build", "package", "deploy"):
        project.make(step)
    assert parameters_of(project.calls("build")[-1])["Bucket"] == "my-lake" and not project.calls("list")
    assert set(project.deployed()) == {"ApiAuthorization", "Bucket", "DefinitionSha256"}


@pytest.mark.parametrize("flags", [
    f"--parameter-overrides {AUTHORIZATION} Name=x --profile p",
    f"--profile p --parameter-overrides={AUTHORIZATION} Name=x",
    f"--parameter-overrides={AUTHORIZATION} --profile=p --parameter-overrides Name=x",
    f"--profile p '--parameter-overrides={AUTHORIZATION} Name=x'",
    f"--profile p --parameter-overrides ParameterKey=Name,ParameterValue=x {AUTHORIZATION}",
])
def test_both_spellings_of_a_flag_work(project, flags):
    for step in ("compile", "build", "package", "deploy"):
        project.make(step, f"flags={flags}")
    found = project.deployed()
    assert found["Name"] == "x" and f"ApiAuthorization={found['ApiAuthorization']}" == AUTHORIZATION
    assert found["DefinitionSha256"] == project.hash()
    assert "--profile=p" in " ".join(project.calls("deploy")[-1]).replace("--profile p", "--profile=p")


def test_the_same_flags_can_be_given_with_every_step(project):
    flags = f"{GIVEN} Name=x --stack-name other --tags a=b c=d --role-arn=r --s3-bucket mine --profile p"
    for step in ("compile", "build", "package", "deploy"):
        project.make(step, f"flags={flags}")
    assert project.calls("build")[-1][-5:] == ["--profile", "p", "--parameter-overrides", AUTHORIZATION, "Name=x"]
    assert project.calls("package")[-1][-4:] == ["--s3-bucket", "mine", "--profile", "p"]
    deployed = " ".join(project.calls("deploy")[-1])
    assert "--stack-name other --tags a=b c=d --role-arn=r --s3-bucket mine --profile p" in deployed


@pytest.mark.parametrize("command", sorted(UNKNOWN_TO))
def test_what_is_left_out_for_a_command_of_sam_is_what_it_does_not_know(command):
    def options(name):
        known = importlib.import_module(f"samcli.commands.{name}.command").cli.params
        return {option for one in known for option in (*one.opts, *one.secondary_opts)}

    assert UNKNOWN_TO[command] <= options("deploy")
    assert not UNKNOWN_TO[command] & options(command)


def test_values_with_spaces_and_empty_values_arrive_as_they_are(project):
    project.go_to("package")
    project.make("deploy", f"flags={GIVEN} 'Name=two words' \"Bucket='a b'\" 'LocationRole=\"\"' Workgroup=w")
    found = project.deployed()
    assert (found["Name"], found["Bucket"], found["LocationRole"], found["Workgroup"]) == ("two words", "a b", "", "w")


def test_a_hash_that_somebody_gives_does_not_count(project):
    project.go_to("package")
    project.make("deploy", f"flags={GIVEN} DefinitionSha256={'0' * 64}")
    assert project.deployed()["DefinitionSha256"] == project.hash()


def test_sam_reads_every_value_as_it_was_written():
    """SAM's own parser is the witness."""
    source = random.Random(20261128)
    for _ in range(2000):
        value = "".join(source.choice("ab1=,:/*. '{}[]-_") for _ in range(source.randint(0, 12)))
        # SAM takes quotes off whatever wears them.
        if value and value[0] == value[-1] == "'":
            continue
        word = write_override("Name", value)
        assert CfnParameterOverridesType().convert((word,), None, None) == {"Name": value}, word
        assert read_overrides([word]) == ({"Name": value}, []), word


def test_another_configuration_file_and_environment_are_followed(project):
    (project.folder / "other.toml").write_text(
        f'[prod.deploy.parameters]\nstack_name = "s"\nparameter_overrides = "{AUTHORIZATION}"\ns3_bucket = "b"\n')
    flags = "flags=--config-file other.toml --config-env=prod"
    for step in ("compile", "build", "package", "deploy"):
        project.make(step, flags)
    assert "ApiAuthorization" in project.deployed()
    assert project.calls("deploy")[-1].count("--config-file") == 1
    assert str(project.folder / "other.toml") in project.calls("deploy")[-1]
    assert "no configuration file" in project.make("deploy", "flags=--config-file=none.toml", code=1)


def test_uploads_go_to_the_bucket_that_is_given_else_to_the_one_of_sam(project):
    project.go_to("package")
    assert "--resolve-s3" in project.calls("package")[-1]
    project.make("package", f"flags={GIVEN} --s3-bucket=mine")
    assert "--resolve-s3" not in project.calls("package")[-1] and "--s3-bucket=mine" in project.calls("package")[-1]
    project.configure('[default.package.parameters]\ns3_bucket = "kept"\n')
    project.make("package", f"flags={GIVEN}")
    assert "--resolve-s3" not in project.calls("package")[-1]


def test_a_template_that_is_too_large_for_a_call_is_uploaded(project):
    project.go_to("deploy")
    assert "--resolve-s3" not in project.calls("deploy")[-1]
    project.make("package", f"flags={GIVEN}", SAM_PACKAGED_BYTES="60000")
    project.make("deploy", f"flags={GIVEN}")
    assert "--resolve-s3" in project.calls("deploy")[-1]
    project.make("deploy", f"flags={GIVEN} --s3-bucket mine")
    assert "--resolve-s3" not in project.calls("deploy")[-1]


# ApiAuthorization


def test_a_missing_authorization_is_said_before_anything_is_uploaded(project):
    project.make("compile")
    assert "ApiAuthorization was not given" in project.make("build")
    said = project.make("package", code=1)
    assert "ApiAuthorization is not given, and the stack core-account-cleanroom-create does not exist yet" in said
    assert "Nothing was uploaded" in said and not project.calls("package")
    said = project.make("package", code=1, SAM_STACK="Unable to locate credentials")
    assert "Unable to locate credentials" in said and not project.calls("package")


def test_a_missing_authorization_of_the_first_deployment_is_said_before_it(project):
    project.go_to("package")
    assert "ApiAuthorization is not given" in project.make("deploy", code=1)
    assert not project.calls("deploy")


def test_a_stack_that_stands_keeps_its_authorization(project):
    project.make("compile")
    project.make("build")
    for step in ("package", "deploy"):
        project.make(step, "flags=--profile=p --region r", SAM_STACK="standing")
    looked = project.calls("list")[-1]
    assert looked[looked.index("--stack-name") + 1] == "core-account-cleanroom-create"
    assert looked[looked.index("--profile") + 1] == "p" and looked[looked.index("--region") + 1] == "r"
    assert "ApiAuthorization" not in project.deployed()


@pytest.mark.parametrize("given_to", ["build", "package"])
def test_an_authorization_that_was_given_to_make_build_or_to_make_package_is_enough_to_package(project, given_to):
    project.make("compile")
    for step in ("build", "package"):
        project.make(step, *([f"flags={GIVEN}"] if step == given_to else []))
    assert project.calls("package") and not project.calls("list")
    # sam package has no such option.
    assert "--parameter-overrides" not in project.calls("package")[-1]


# Variables


@pytest.mark.parametrize("words, said", [
    (("run", "acount=111122223333"), "acount is not known. Did you mean account?"),
    (("simulate", "shedules=5"), "shedules is not known. Did you mean schedules?"),
    (("deploy", "flag=--profile x"), "flag is not known. Did you mean flags?"),
    (("run", "bucket=x", "database=y"), "bucket is not known. What can be given: accept account branches count database"),
])
def test_a_variable_that_nothing_reads_is_refused(project, words, said):
    assert said in project.make(*words, code=1)


def test_every_variable_that_the_makefile_offers_is_taken(project):
    offered = [line.split()[0] for line in (ROOT / "Makefile").read_text().splitlines() if " ?=" in line]
    assert {"account", "database", "flags", "schedules", "stack"} <= set(offered)
    # A seed has no default: without one a run is at random.
    for name in [*offered, "seed"]:
        project.make("help", f"{name}=1")


@pytest.mark.parametrize("words, missing", [
    ((), ("account", "database")[0]), (("account=111122223333",), "database"), (("database=a",), "account")])
def test_make_smoke_has_neither_a_default_account_nor_a_default_database(project, words, missing):
    said = project.make("smoke", *words, code=1)
    assert f"{missing} is not given" in said and not (project.folder / ".venv").exists()


# The parts


def test_what_cannot_be_read_is_said():
    with pytest.raises(UsageError, match="'b' after --parameter-overrides is not Key=value"):
        Flags(["--parameter-overrides", "b"])
    with pytest.raises(UsageError, match="no configuration file"):
        Call([], "/nowhere/samconfig.toml", "/")


def test_a_table_of_the_configuration_file_and_files_of_parameters_are_taken(tmp_path):
    (tmp_path / "samconfig.toml").write_text(
        'version = 0.1\n[default.global.parameters]\nstack_name = "s"\n'
        '[default.deploy.parameters]\nparameter_overrides = [{Name = "b c", Bucket = ["e", "f"]}, "file://more.yaml"]\n')
    call = Call(["--parameter-overrides", "Bucket=g"], tmp_path / "samconfig.toml", tmp_path)
    words = call.arguments("deploy", overrides=True, DefinitionSha256="h")
    assert words[words.index("--parameter-overrides") + 1 :] == [
        "file://more.yaml", 'Name="b c"', "Bucket=g", "DefinitionSha256=h"]
    with pytest.raises(UsageError, match="did you mean Bucket"):
        Call(["--parameter-overrides", "Bukcet=g"], tmp_path / "samconfig.toml", tmp_path).arguments(
            "deploy", overrides=True)
    assert call.setting("deploy", "--stack-name") == "s"


# SAM itself


def test_sam_takes_what_it_is_given_and_cloudformation_gets_it(project):
    import boto3
    from check_template import REGION, MotoServer, make_home

    (project.folder / "bin/sam").unlink()
    (project.folder / "bin/sam").symlink_to(Path(sys.executable).with_name("sam"))
    machine = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    project.put(".build/debug/cleanroom", PROGRAM.split("for")[0] + f"""
for machine in state_machine recover_state_machine; do echo '{machine}' > out/$machine.json; done
echo '{{}}' > out/policy.json
""")
    text = (project.folder / "infra/step_function/samconfig.toml").read_text()
    section = "[default.deploy.parameters]"
    (project.folder / "infra/step_function/samconfig.toml").write_text(
        text.replace(section, f'{section}\nparameter_overrides = "Workgroup=kept Bucket=kept"'))
    stack = "core-account-cleanroom-create"
    home = os.environ["HOME"]
    (project.folder / "home").mkdir()
    make_home(project.folder / "home")
    try:
        with MotoServer():
            aws = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "SAM_", "NO_PROXY"))}
            aws["HOME"] = str(project.folder / "home")
            boto3.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": REGION})
            project.make("compile")
            project.make("build", "flags=--parameter-overrides Name=x-y", **aws)
            said = project.make("package", "flags=--s3-bucket=mine", code=1, **aws)
            assert f"ApiAuthorization is not given, and the stack {stack} does not exist yet" in said
            project.make("package", f"flags=--s3-bucket=mine {GIVEN}", **aws)
            # moto makes the change set, and fails at telling of it.
            flags = f"flags={GIVEN} Bucket=mine 'LocationRole=\"\"' --region={REGION}"
            project.make("deploy", flags, code=1, **aws)
            cloudformation = boto3.client("cloudformation")
            (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
            parameters = {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}
            assert parameters["DefinitionSha256"] == hashlib.sha256((machine + "\n").encode()).hexdigest()
            assert (parameters["Workgroup"], parameters["Bucket"], parameters["LocationRole"]) == ("kept", "mine", "")
            # A stack that stands.
            cloudformation.delete_stack(StackName=stack)
            cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps({
                "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Name": {"Value": "x"}}}))
            project.make("package", "flags=--s3-bucket=mine", **aws)
    finally:
        os.environ["HOME"] = home
