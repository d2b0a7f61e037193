"""Commands that say no, the doctor's exit code, and sealing keys."""

import base64
from uuid import uuid4

import pytest

from tests.conftest import SEALING_KEYS


@pytest.fixture(scope="module")
def database(new_database):
    """One without other tests' tenants: these commands look at each."""
    return new_database()


def test_the_demo_is_for_local_use_alone(abtpro):
    code, _, error = abtpro("demo", "seed", ABTPRO_ENV="production")

    assert code == 1
    assert error == "abtpro: ABTPRO_ENV: expected local, where demo data exist\n"


def test_simulators_are_for_local_use_alone(abtpro):
    code, _, error = abtpro("gateway-simulator", ABTPRO_ENV="production")

    assert code == 1
    assert "where simulators exist" in error


def test_migrations_need_the_owner_of_the_tables(abtpro):
    code, _, error = abtpro("database", "migrate", DATABASE_OWNER_URL="")

    assert code == 1
    assert error == "abtpro: DATABASE_OWNER_URL: expected a value, found none\n"


def test_an_unknown_command_shows_those_that_there_are(abtpro):
    code, _, error = abtpro("launch")

    assert code == 1
    assert error.startswith("abtpro: no command 'launch'")
    assert "doctor" in error


def test_the_doctors_faults_are_its_exit_code(abtpro):
    code, told, _ = abtpro("doctor")

    assert code == 1
    assert any("`./dev up` is not running" in text for text in told.values())


def test_keys_in_use_are_shown_and_what_needs_an_old_one_is_told(abtpro):
    both = f"k2:{base64.b64encode(b'2' * 32).decode()},{SEALING_KEYS}"
    abtpro("operator", "create", f"{uuid4().hex[:8]}@abtpro.example", "--name", "S")
    code, told, _ = abtpro("seal", "status", ABTPRO_SEALING_KEYS=both)

    assert code == 0
    assert told["k2"].endswith("new ones are sealed under it")
    assert told["k1"].partition(" ")[0].isdecimal()
    assert "needs it no longer" not in told["k1"]


def test_keys_are_rotated_as_the_owner_of_the_tables(abtpro):
    code, _, error = abtpro("seal", "rotate", DATABASE_OWNER_URL="")

    assert code == 1
    assert error.startswith("abtpro: DATABASE_OWNER_URL: expected a value")


def test_an_unused_old_key_is_told_and_when_it_may_go(abtpro):
    # Behind k1, which sealed all that there is here, stands one that nothing needs.
    both = f"{SEALING_KEYS},k0:{base64.b64encode(b'0' * 32).decode()}"
    code, told, _ = abtpro("seal", "status", ABTPRO_SEALING_KEYS=both)

    assert code == 0
    assert told["k0"].endswith("the database needs it no longer")
