"""Commands as processes of their own."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import SEALING_KEYS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def abtpro(server, tmp_path):
    """Return a function that runs a command; it gives exit code, answers and errors."""
    environ = {
        "PATH": os.environ["PATH"],
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(tmp_path / "home"),
        "ABTPRO_SEALING_KEYS": SEALING_KEYS,
        "DATABASE_URL": server.app_url,
        "DATABASE_OWNER_URL": server.owner_url,
        "DATABASE_OPERATOR_URL": server.operator_url,
    }

    def run(*arguments, typed="", **more):
        done = subprocess.run(
            [sys.executable, "-m", "abtpro_saas.cli", *arguments],
            cwd=ROOT,
            env=environ | more,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        pairs = (line.partition("  ") for line in done.stdout.splitlines() if line)
        answers = {name: text for name, _, text in pairs}
        told = {name.strip(): text.strip() for name, text in answers.items()}
        return done.returncode, told, done.stderr

    return run


@pytest.fixture
def slug():
    return f"t{uuid4().hex[:10]}"
