"""What a warm start may leave out, and what makes it look again."""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from abtpro_saas.runtime.installation import open_installation
from abtpro_saas.runtime.preparation import (
    Preparation,
    newest_revision,
    present_revision,
)
from tests.conftest import SEALING_KEYS


@pytest.fixture
def preparation(server, tmp_path):
    """Return a function that gives the preparation of a start with these settings."""
    given = {
        "ABTPRO_HOME": str(tmp_path / "home"),
        "ABTPRO_SEALING_KEYS": SEALING_KEYS,
        "DATABASE_URL": server.app_url,
        "DATABASE_OWNER_URL": server.owner_url,
        "DATABASE_OPERATOR_URL": server.operator_url,
    }
    return lambda **more: Preparation(open_installation(given | more))


def test_the_newest_revision_is_the_one_that_alembic_finds():
    config = Config()
    config.set_main_option("script_location", "migrations")

    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_a_first_start_prepares_and_the_next_one_need_not(preparation):
    assert not preparation().stands()
    preparation().remember()

    assert preparation().stands()


@pytest.mark.parametrize(
    "changed",
    [
        {"PROMPTPAY_WEBHOOK_SECRET": "another"},
        {"ABTPRO_BASE_URL": "https://other.example"},
        {"DATABASE_OWNER_URL": ""},
    ],
)
def test_a_changed_setting_is_looked_at_again(preparation, changed):
    preparation().remember()

    assert not preparation(**changed).stands()


def test_an_empty_database_is_prepared_though_the_note_is_there(preparation, server):
    elsewhere = {"DATABASE_OWNER_URL": server.url("postgres", "postgres")}
    preparation(**elsewhere).remember()

    assert present_revision(server.url("postgres", "postgres")) is None
    assert not preparation(**elsewhere).stands()


def test_a_database_that_does_not_answer_is_left_to_the_migration(preparation):
    elsewhere = {"DATABASE_OWNER_URL": "postgresql://nobody:x@127.0.0.1:9/none"}
    preparation(**elsewhere).remember()

    assert not preparation(**elsewhere).stands()


def test_without_demo_json_the_demo_is_seeded(preparation):
    preparation().remember()
    start = preparation(ABTPRO_ENV="local")
    start.stands()

    assert not start.demo_stands()
