import os
import pathlib

import pytest

from server import running

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program():
    return os.environ.get("CLEANROOM_PROGRAM", str(ROOT / ".build/debug/cleanroom"))


@pytest.fixture(scope="module")
def server(program):
    with running(program) as server:
        yield server
