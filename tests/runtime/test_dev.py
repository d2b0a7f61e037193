"""./dev in a folder of its own: what it says when the installation is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Hashes that no file has: asking for it must fail before anything is installed.
WRONG_LOCK = f"uv==0.0.1 \\\n    --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def checkout(tmp_path):
    """A checkout with nothing but ./dev and a lock."""
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    shutil.copy(ROOT / "setup.cfg", tmp_path / "setup.cfg")
    (tmp_path / "requirements.lock").write_text(WRONG_LOCK)
    return tmp_path


def dev(checkout, *arguments, **environ):
    # No index is asked: pip would look for the wrong package there.
    plain = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [sys.executable, checkout / "dev", *arguments],
        env=plain | environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(checkout):
    """The checkout, with an installation that ./dev takes for complete."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    script = (
        "import runpy; dev = runpy.run_path('dev'); print(dev['fingerprint']('{}'))"
    )
    mark = subprocess.run(
        [sys.executable, "-c", script.format(sys.executable)],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    (checkout / ".venv" / "abtpro.stamp").write_text(mark.stdout.strip())
    cli = checkout / "abtpro_saas" / "cli.py"
    cli.parent.mkdir()
    cli.write_text(
        "import os, sys\n"
        "print(os.getpid(), os.environ.get('ABTPRO_ENV'), *sys.argv[1:])\n"
    )
    return checkout


def test_a_broken_installation_is_one_line_and_is_not_taken_for_complete(checkout):
    done = dev(checkout, "up")

    assert done.returncode == 1
    first, last = done.stderr.strip().split("\n")
    assert first == "./dev: installing the locked packages into .venv"
    assert last.startswith("./dev: installing uv failed: ERROR:")
    assert "(the whole of it is in .venv/install.log)" in last
    assert not (checkout / ".venv" / "abtpro.stamp").exists()


def test_without_a_command_it_says_what_there_is(checkout):
    done = dev(checkout)

    assert done.returncode == 1
    assert "./dev up " in done.stderr


def test_it_becomes_the_program_so_its_pid_is_the_programs(installed):
    command = [sys.executable, installed / "dev", "up"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read().split()

    assert said == [str(process.pid), "local", "up"]


def test_an_environment_that_is_named_wins_over_local(installed):
    done = dev(installed, "up", ABTPRO_ENV="production")

    assert done.stdout.split()[1] == "production"


def test_an_environment_in_the_env_file_wins_over_local(installed):
    (installed / ".env").write_text("# mine\nABTPRO_ENV=production\n")
    done = dev(installed, "up")

    assert done.stdout.split()[1] == "None"


def test_other_commands_are_those_of_abtpro(installed):
    done = dev(installed, "tenant", "list")

    assert done.stdout.split()[1:] == ["local", "tenant", "list"]


def test_what_it_starts_keeps_what_python_compiles(installed):
    cli = installed / "abtpro_saas" / "cli.py"
    cli.write_text("import sys; print(sys.dont_write_bytecode)")

    assert dev(installed, "up", PYTHONDONTWRITEBYTECODE="1").stdout == "False\n"


def test_a_changed_lock_is_installed_anew(installed):
    with (installed / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    done = dev(installed, "up")

    assert done.returncode == 1
    assert "installing the locked packages" in done.stderr


def test_the_lock_names_no_registry_and_hashes_everything():
    text = (ROOT / "requirements.lock").read_text()

    assert "://" not in text
    assert "index-url" not in text
    entries = [block for block in text.split("\n") if "==" in block]
    assert entries
    assert text.count("--hash=sha256:") >= len(entries)
