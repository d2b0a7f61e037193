"""The events process, and those who listen to it."""

import contextlib
import threading
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.events.__main__ import make_server
from abtpro_saas.events.app import create_events_app
from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.tables import UserSession
from abtpro_saas.wakes import wake_after_commit
from tests.events.listening import QUICK, answers, until
from tests.ports import reserved_ports


@pytest.fixture
def events(settings):
    """Run the events process with a quick pace; give its settings and its server."""
    read = settings(ABTPRO_PORT=str(reserved_ports()))
    server = make_server(read)
    server.config.app = create_events_app(read, QUICK)
    thread = threading.Thread(target=server.run)
    thread.start()
    url = f"http://127.0.0.1:{read.port_of('events')}"
    until(lambda: answers(url + "/readyz"))
    yield read, server
    server.should_exit = True
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def signed_in(engine, tenant, user):
    """Return a function that signs somebody in and gives their session."""

    def make(user_id=None):
        row = UserSession(
            tenant_id=tenant,
            user_id=user_id or user(),
            token_hash=uuid4().bytes,
            created_at=utc_now(),
            last_seen_at=utc_now(),
            expires_at=utc_now() + timedelta(hours=1),
            second_factor=False,
            address="127.0.0.1",
            user_agent="test",
        )
        with tenant_transaction(engine, tenant) as session:
            session.add(row)
        return row

    return make


@pytest.fixture
def ticket(events, tenant, signed_in):
    """Return a function that mints a ticket."""
    settings, _ = events

    def mint(row=None, topic="topup", subject="t1", tenant_id=tenant):
        row = row or signed_in()
        made = Ticket(tenant_id, row.user_id, row.session_id, topic, subject)
        return made.sign(settings.secret_key)

    return mint


@pytest.fixture
def listen(events):
    """Return a context manager: an open stream, as an iterator over its lines."""
    settings, _ = events
    url = f"http://127.0.0.1:{settings.port_of('events')}/events"

    @contextlib.contextmanager
    def open_stream(ticket, **headers):
        with (
            httpx.Client(timeout=5) as client,
            client.stream(
                "GET", url, params={"ticket": ticket}, headers=headers
            ) as answer,
        ):
            answer.lines = answer.iter_lines()
            if answer.status_code == 200:
                assert next(answer.lines).startswith("retry:")
            yield answer

    return open_stream


@pytest.fixture
def key(engine, tenant, user):
    """Return a function that mints an API key and gives its row."""

    def make(**limits):
        scopes = frozenset({"wallet:read"})
        with tenant_transaction(engine, tenant) as session:
            return keys.mint_key(
                session,
                tenant,
                user(),
                name="a program",
                scopes=scopes,
                limits=KeyLimits(scopes),
                now=utc_now() - timedelta(hours=1),
                **limits,
            ).row

    return make


@pytest.fixture
def ticket_of_key(events, tenant):
    """Return a function that mints a ticket for an API key."""
    return lambda row: Ticket(tenant, row.user_id, row.key_id, "topup", "t1").sign(
        events[0].secret_key
    )


@pytest.fixture
def hint(engine, tenant):
    """Return a function that commits something with a hint."""

    def send(topic="topup", subject="t1", tenant_id=tenant):
        with tenant_transaction(engine, tenant_id) as session:
            wake_after_commit(session, topic, str(tenant_id), subject)

    return send
