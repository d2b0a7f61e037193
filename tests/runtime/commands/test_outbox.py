"""``abtpro outbox``: what Temporal refused is shown and released."""

import os
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import select, update

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.outbox import MOST_TRIES, PARKED, OutboxRow, leave
from tests.conftest import SEALING_KEYS
from tests.zygote import ROOT


@dataclass(frozen=True)
class Errand:
    kind: ClassVar[str] = "test.errand"

    tenant_id: str
    process_id: str


@pytest.fixture
def outbox(server, tmp_path, zygote):
    """Return a function that runs ``abtpro outbox``."""
    environ = {
        "PATH": os.environ["PATH"],
        "ABTPRO_HOME": str(tmp_path / "home"),
        "ABTPRO_SEALING_KEYS": SEALING_KEYS,
        "DATABASE_URL": server.app_url,
        "DATABASE_RELAY_URL": server.relay_url,
    }

    def run(action, **more):
        return zygote.run(["outbox", action], cwd=ROOT, env=environ | more)

    return run


@pytest.fixture
def parked(engine, relay_engine, tenant):
    """A message of this test's own that is parked; gives a function that reads it."""
    process_id = f"errand:{tenant}"
    mine = OutboxRow.process_id == process_id
    with tenant_transaction(engine, tenant) as session:
        leave(session, Errand(str(tenant), process_id), utc_now())
    with plain_transaction(relay_engine) as session:
        values = {
            "tries": MOST_TRIES,
            "due_at": utc_now() + PARKED,
            "last_error": "nobody knows it",
        }
        session.execute(update(OutboxRow).where(mine).values(values))

    def read():
        with tenant_transaction(engine, tenant) as session:
            return session.scalars(select(OutboxRow).where(mine)).one()

    return read


def test_what_is_parked_is_shown_with_its_reason(outbox, parked):
    shown = outbox("list").stdout

    assert f"{parked().process_id}  nobody knows it" in shown
    assert parked().tries == MOST_TRIES


def test_what_is_parked_is_released(outbox, parked):
    done = outbox("release")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("released  ")
    assert parked().tries == 0
    assert parked().due_at <= utc_now()


def test_without_the_relays_role_one_line_says_so(outbox):
    done = outbox("list", DATABASE_RELAY_URL="")

    assert done.returncode == 1
    assert done.stderr.strip() == (
        "abtpro: DATABASE_RELAY_URL: expected a value, found none"
    )
