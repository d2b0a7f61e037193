"""A process that misses a setting says so in one line, and begins nothing."""

import os

import pytest

from abtpro_saas.runtime import programs
from abtpro_saas.runtime.needs import NEEDS
from tests.conftest import SEALING_KEYS
from tests.ports import reserved_ports

PASSWORD = "quiet-harbour"
SECRET = "s" * 40


@pytest.fixture
def bare(tmp_path, zygote):
    """Return a function that runs a command in an empty folder, with nothing set."""

    def run(*arguments, **given):
        environ = {
            "PATH": os.environ["PATH"],
            "ABTPRO_ENV": "production",
            "ABTPRO_HOME": str(tmp_path / "home"),
        }
        return zygote.run(arguments, cwd=tmp_path, env=environ | given)

    return run


FIRST_NEEDED = {
    "web": "ABTPRO_SECRET_KEY",
    "worker": "ABTPRO_SEALING_KEYS",
    "events": "ABTPRO_SECRET_KEY",
    "metrics": "DATABASE_OPERATOR_URL",
    "tenant list": "DATABASE_URL",
    "operator renew a@abtpro.example": "DATABASE_URL",
    "database migrate": "DATABASE_OWNER_URL",
    "outbox list": "DATABASE_RELAY_URL",
    "seal status": "DATABASE_OWNER_URL",
}


@pytest.mark.parametrize(("command", "name"), FIRST_NEEDED.items())
def test_what_is_missing_is_told_in_one_line(bare, tmp_path, command, name):
    done = bare(*command.split())

    assert done.stderr == f"abtpro: {name}: expected a value, found none\n"
    assert (done.returncode, done.stdout) == (1, "")
    assert not (tmp_path / "home" / "secrets.json").exists()


@pytest.mark.parametrize(
    ("arguments", "given", "name"),
    [
        (["web"], {"ABTPRO_SECRET_KEY": SECRET}, "ABTPRO_SEALING_KEYS"),
        (["events"], {"ABTPRO_SECRET_KEY": SECRET}, "DATABASE_URL"),
        (
            ["worker"],
            {
                "ABTPRO_SEALING_KEYS": SEALING_KEYS,
                "DATABASE_URL": "postgresql://db.example/abtpro",
                "TEMPORAL_ADDRESS": "temporal.example:7233",
            },
            "DATABASE_RELAY_URL",
        ),
        (
            ["worker", "--no-relay"],
            {
                "ABTPRO_SEALING_KEYS": SEALING_KEYS,
                "DATABASE_URL": "postgresql://db.example/abtpro",
            },
            "TEMPORAL_ADDRESS",
        ),
    ],
    ids=["web", "events", "worker", "worker without relay"],
)
def test_the_next_that_is_missing_is_told_as_well(bare, arguments, given, name):
    done = bare(*arguments, **given)

    assert done.stderr == f"abtpro: {name}: expected a value, found none\n"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "DATABASE_URL: expected a value, found none"),
        (
            {
                "DATABASE_URL": "postgresql://db.invalid/abtpro",
                "DATABASE_OPERATOR_URL": "postgresql://db.invalid/abtpro",
                "ABTPRO_SEALING_KEYS": SEALING_KEYS,
            },
            "DATABASE_URL: expected a database that answers, found db.invalid",
        ),
    ],
    ids=["none here", "away"],
)
def test_a_backtest_says_where_it_looked_for_candles_and_how_to_say_otherwise(
    bare, tmp_path, given, told
):
    order = ("SMA_CROSS", "--symbol", "BTC/USDT", "--timeframe", "1h")
    done = bare("backtest", "run", *order, ABTPRO_PORT="8123", **given)

    assert done.stderr.startswith(f"abtpro: {told}")
    assert "ABTPRO_HOME names the folder of the" in done.stderr
    assert f"(now {tmp_path / 'home'}), ABTPRO_PORT its port (now 8123)" in done.stderr
    assert done.stderr.endswith("or give candles as --file\n")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("process", ["web", "events", "worker", "metrics"])
def test_a_process_gets_the_addresses_that_it_needs_and_no_other(process):
    parts = ("worker", "relay") if process == "worker" else (process,)
    needed = {name for part in parts for name in NEEDS[part]}

    assert set(programs.GIVEN[process]) == {n for n in needed if n.startswith("DATA")}


def unreachable(role):
    return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{reserved_ports()}/abtpro"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("tenant list", "DATABASE_URL"),
        ("database migrate", "DATABASE_OWNER_URL"),
        ("outbox list", "DATABASE_RELAY_URL"),
        ("seal status", "DATABASE_OWNER_URL"),
    ],
)
def test_a_database_that_is_away_is_told_without_its_password(bare, command, name):
    url = unreachable("abtpro")
    names = [f"DATABASE{role}_URL" for role in ("", "_OWNER", "_RELAY", "_OPERATOR")]
    given = dict.fromkeys(names, url) | {"ABTPRO_SEALING_KEYS": SEALING_KEYS}

    done = bare(*command.split(), **given)

    place = url.rpartition("@")[2]
    expected = f"{name}: expected a database that answers, found {place}"
    assert done.stderr == f"abtpro: {expected}: Connection refused\n"
    assert done.returncode == 1


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://abtpro:{PASSWORD}%zz@127.0.0.1/abtpro",
        f"postgresql://abtpro:x@{PASSWORD}@db.invalid/abtpro",
        f"postgresql://abtpro:{PASSWORD}@127.0.0.1:x/abtpro",
    ],
    ids=["bad escape", "unescaped @", "bad port"],
)
def test_an_address_that_cannot_be_read_keeps_its_password(bare, address):
    done = bare("outbox", "list", DATABASE_RELAY_URL=address)

    assert done.returncode == 1
    assert done.stderr.startswith("abtpro: DATABASE_RELAY_URL: expected a database")
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr


def test_a_wrong_password_is_told_and_not_shown(bare, server):
    role, _, place = server.relay_url.rpartition("@")
    address = f"{role.rpartition(':')[0]}:{PASSWORD}@{place}"

    done = bare("outbox", "list", DATABASE_RELAY_URL=address)

    assert done.returncode == 1
    assert "password authentication failed" in done.stderr
    assert PASSWORD not in done.stderr
