import json
import os
import socket
import stat
import subprocess
import sys

import pytest

from abtpro_saas.runtime import programs
from abtpro_saas.runtime.installation import (
    InstallationError,
    check_ports,
    locked,
    open_installation,
    write_private,
)
from abtpro_saas.settings import read_settings
from tests.ports import reserved_ports

ELSEWHERE = {"DATABASE_URL": "postgresql://app:x@db.example/abtpro"}


@pytest.fixture
def install(tmp_path):
    """Return a function that opens an installation in a folder of its own."""

    def make(**given):
        return open_installation({"ABTPRO_HOME": str(tmp_path / "home"), **given})

    return make


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_are_private(install):
    first, second = install(), install()

    assert first.kept == second.kept
    assert mode(first.home / "secrets.json") == 0o600


def test_two_installations_share_no_secret(tmp_path):
    homes = [str(tmp_path / name) for name in ("one", "two")]
    one, two = (open_installation({"ABTPRO_HOME": home}).kept for home in homes)

    for part in ("settings", "local", "passwords"):
        for name in one[part]:
            assert one[part][name] != two[part][name]


def test_every_process_gets_settings_that_can_be_read(install):
    environ = install(ABTPRO_ENV="local", ABTPRO_PORT="9000").environment()
    settings = read_settings(environ)

    assert settings.base_url == "http://localhost:9000"
    assert settings.temporal_address == "127.0.0.1:9002"
    assert "@127.0.0.1:9006/" in settings.database_url
    assert settings.smtp_url == "mailbox:"
    assert settings.sealing_keys
    assert settings.home.is_absolute()


def test_what_is_set_wins_over_what_is_made(install):
    given = {"ABTPRO_BASE_URL": "https://abtpro.example", "SMTP_URL": ""}
    environ = install(ABTPRO_ENV="local", **given).environment()

    assert environ["ABTPRO_BASE_URL"] == "https://abtpro.example"
    assert environ["SMTP_URL"] == "mailbox:"


def test_production_has_no_simulator_mailbox_or_demo(install):
    installation = install(ABTPRO_ENV="production")
    environ = installation.environment()

    assert {"SMTP_URL", "PAYMENT_GATEWAY_URL", "PROMPTPAY_MERCHANT_ID"}.isdisjoint(
        environ
    )
    names = {part.name for part in programs.parts(installation)}
    assert names == {
        "postgres", "migrations", "temporal", "web", "events", "worker", "metrics",
    }  # fmt: skip


def test_production_is_what_an_empty_environment_means(install):
    assert not install().settings.is_local


def test_an_outside_database_is_not_started_too(install):
    installation = install(**ELSEWHERE)

    assert installation.database is None
    assert "postgres" not in {part.name for part in programs.parts(installation)}
    assert "postgres" not in programs.services(installation)
    assert "DATABASE_OWNER_URL" not in installation.environment()


def test_an_outside_temporal_is_not_started_too(install):
    installation = install(TEMPORAL_ADDRESS="temporal.example:7233")

    assert installation.temporal is None
    assert "temporal" not in {part.name for part in programs.parts(installation)}
    assert installation.environment()["TEMPORAL_ADDRESS"] == "temporal.example:7233"


def test_only_migrations_and_demo_may_own_tables(install):
    parts = programs.parts(install(ABTPRO_ENV="local"))
    owners = {part.name for part in parts if "DATABASE_OWNER_URL" in part.environ}

    assert owners == {"migrations", "demo"}


def test_the_payment_gateway_gets_none_of_our_secrets(install):
    parts = programs.parts(install(ABTPRO_ENV="local"))
    (gateway,) = (part for part in parts if part.name == "gateway")

    assert not [name for name in gateway.environ if name.startswith("DATABASE_")]
    assert "ABTPRO_SEALING_KEYS" not in gateway.environ
    assert "ABTPRO_SECRET_KEY" not in gateway.environ


def test_every_part_needs_parts_that_are_there(install):
    parts = programs.parts(install(ABTPRO_ENV="local"))
    names = [part.name for part in parts]

    assert all(set(part.after) <= set(names) for part in parts)


def test_a_lost_secrets_file_is_told_before_the_database_is_touched(install):
    home = install().home
    (home / "postgres").mkdir()
    (home / "secrets.json").unlink()

    with pytest.raises(InstallationError, match=r"secrets\.json is gone"):
        install()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InstallationError, match="make it writable"):
        open_installation({"ABTPRO_HOME": str(tmp_path / "home")})


def test_a_home_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "home").write_text("")

    with pytest.raises(InstallationError, match="ABTPRO_HOME"):
        open_installation({"ABTPRO_HOME": str(tmp_path / "home")})


def test_a_taken_port_is_named_with_its_service_and_its_setting():
    port = reserved_ports() + 1
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        settings = read_settings({"ABTPRO_PORT": str(port - 1)})
        with pytest.raises(InstallationError) as refusal:
            check_ports(settings, {"events": "live updates"})

    assert f"port {port} (live updates)" in str(refusal.value)
    assert f"set ABTPRO_PORT (now {port - 1})" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_free_ports_pass():
    settings = read_settings({"ABTPRO_PORT": str(reserved_ports())})

    check_ports(settings, {"web": "the web server"})


HOLD = """
import sys, time
from pathlib import Path
from abtpro_saas.runtime.installation import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_home_has_one_supervisor(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(InstallationError, match=f"pid {holder.pid}"):
            locked(tmp_path).__enter__()
        holder.kill()
        holder.wait()

    with locked(tmp_path) as file:
        assert file.name.endswith("lock")


def test_a_private_file_is_replaced_whole(tmp_path):
    file = tmp_path / "demo.json"
    write_private(file, json.dumps({"old": 1}))
    write_private(file, json.dumps({"new": 2}))

    assert json.loads(file.read_text()) == {"new": 2}
    assert mode(file) == 0o600
    assert list(tmp_path.iterdir()) == [file]
