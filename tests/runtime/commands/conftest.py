"""Commands as processes of their own."""

import os
from uuid import uuid4

import pytest

from tests.conftest import SEALING_KEYS
from tests.zygote import ROOT, Zygote


@pytest.fixture(scope="package")
def zygote():
    """What becomes each command that these tests run."""
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
def database(server):
    """The database that the commands are for."""
    return server


@pytest.fixture
def abtpro(database, tmp_path, zygote):
    """Return a function that runs a command; it gives exit code, answers and errors."""
    environ = {
        "PATH": os.environ["PATH"],
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(tmp_path / "home"),
        "ABTPRO_SEALING_KEYS": SEALING_KEYS,
        "DATABASE_URL": database.app_url,
        "DATABASE_OWNER_URL": database.owner_url,
        "DATABASE_OPERATOR_URL": database.operator_url,
    }

    def run(*arguments, typed="", **more):
        done = zygote.run(arguments, cwd=ROOT, env=environ | more, typed=typed)
        pairs = (line.partition("  ") for line in done.stdout.splitlines() if line)
        answers = {name: text for name, _, text in pairs}
        told = {name.strip(): text.strip() for name, text in answers.items()}
        return done.returncode, told, done.stderr

    return run


@pytest.fixture
def slug():
    return f"t{uuid4().hex[:10]}"
