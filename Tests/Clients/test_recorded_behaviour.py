"""Executions and definitions recorded from AWS, played by boto3 against a server.

The recordings stand beside the project where they are there at all. What the language has and this engine does not is
refused when the machine is made, and named; everything else has to give what AWS gave.
"""
import json
import pathlib
import subprocess
import sys

import pytest

from conftest import ROOT
from server import running

RECORDINGS = pathlib.Path(ROOT).parent / "shared/conformance"
REFUSED = ("InvalidDefinition", "StateMachineTypeNotSupported")
# The recording has the word `date` in the place of a time, inside of a text.
PLACEHOLDER = "test_reference_assign[BASE_REFERENCE_IN_WAIT]"


@pytest.fixture(scope="module")
def results(program, tmp_path_factory):
    player = RECORDINGS / "run_cases.py"
    if not player.exists():
        pytest.skip("the recorded behaviour of AWS is not beside the project: nothing was compared with it")
    file = tmp_path_factory.mktemp("recorded") / "results.json"
    with running(program) as server:
        subprocess.run(
            [sys.executable, str(player), "--endpoint", server.url, "--suite", "exec,validate,createerror", "--out",
             str(file)], check=True, timeout=600)
    return json.loads(file.read_text())


def test_recorded_executions_give_status_output_cause_and_history(results):
    differing = [
        (r["id"], r["why"]) for r in results["exec"]
        if not r["C"] and not r["why"].startswith(tuple(f"create: {code}" for code in REFUSED))
        and PLACEHOLDER not in r["id"]]
    assert differing == []
    assert sum(r["C"] for r in results["exec"]) > 400


def test_what_aws_refuses_is_refused(results):
    # One recording is of a name that is taken, and does not take it first.
    accepted = [r["id"] for r in results["createerror"] if not r["A"] and not r.get("skip")]
    assert [id for id in accepted if "test_create_duplicate_sm_name" not in id] == []
    assert [r["id"] for r in results["validate"] if not r["A"]] == []
