import contextlib
import threading
import time
from datetime import timedelta
from itertools import islice
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.events.__main__ import make_server
from abtpro_saas.events.app import create_events_app
from abtpro_saas.events.hub import MOST_PER_USER, Pace
from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.tables import UserSession
from abtpro_saas.ids import new_id
from abtpro_saas.wakes import wake_after_commit
from tests.ports import reserved_ports

ODD = '{"topic": [], "tenant": {}, "subject": 1}'
QUICK = Pace(heartbeat_s=0.3, recheck_s=0.3, reconnect_s=0.1)


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
    thread.join(10)
    assert not thread.is_alive()


def answers(url):
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url).status_code == 200


def until(condition, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


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


def heard(answer, within_s=3):
    """Return the event lines that come before the given time has passed."""
    found, deadline = [], time.monotonic() + within_s
    for line in answer.lines:
        if line.startswith(("event:", "data:", "id:")):
            found.append(line)
        if line.startswith("data:") or time.monotonic() > deadline:
            return found
    return found


def test_a_commit_reaches_the_page_that_listens(listen, ticket, hint):
    with listen(ticket()) as answer:
        hint()
        lines = heard(answer)

    assert [line.partition(":")[0] for line in lines] == ["id", "event", "data"]
    assert lines[1] == "event: changed"


def test_no_fact_travels_in_an_event(listen, ticket, hint):
    with listen(ticket()) as answer:
        hint()
        assert heard(answer)[2] == "data: look"


def test_what_others_do_is_not_heard(listen, ticket, hint, new_tenant):
    with listen(ticket()) as answer:
        hint(subject="another")
        hint(topic="wallet")
        hint(tenant_id=new_tenant())
        assert heard(answer, within_s=1) == []


def test_many_hints_at_once_do_not_pile_up(listen, ticket, hint):
    with listen(ticket()) as answer:
        for _ in range(50):
            hint()
        time.sleep(0.5)
        events = 0
        while heard(answer, within_s=0.5):
            events += 1

    assert 1 <= events < 50


def test_a_heartbeat_shows_that_the_stream_lives(listen, ticket):
    with listen(ticket()) as answer:
        assert ": here" in list(islice(answer.lines, 4))


def test_a_browser_that_was_away_looks_at_once(listen, ticket):
    with listen(ticket(), **{"Last-Event-ID": "1"}) as answer:
        assert len(heard(answer)) == 3


@pytest.mark.parametrize("bad", ["", "x", "a.b.c"])
def test_a_stranger_has_no_ticket(listen, bad):
    with listen(bad) as answer:
        assert answer.status_code == 401


def test_a_ticket_signed_with_another_key_is_refused(listen, signed_in, tenant):
    row = signed_in()
    forged = Ticket(tenant, row.user_id, row.session_id, "topup", "t1")

    with listen(forged.sign("another-secret-key-0123456789abcdef")) as answer:
        assert answer.status_code == 401


def test_a_session_of_one_tenant_opens_nothing_at_another(
    listen, ticket, signed_in, new_tenant
):
    with listen(ticket(signed_in(), tenant_id=new_tenant())) as answer:
        assert answer.status_code == 401


def test_a_session_that_never_was_opens_nothing(listen, ticket, signed_in):
    row = signed_in()
    row.session_id = new_id()

    with listen(ticket(row)) as answer:
        assert answer.status_code == 401


def test_signing_out_ends_the_stream(listen, ticket, signed_in, engine, tenant):
    row = signed_in()

    with listen(ticket(row)) as answer:
        with tenant_transaction(engine, tenant) as session:
            session.merge(row).revoked_at = utc_now()
        assert list(answer.lines)[-1] in ("", ": here")


def test_a_program_listens_with_its_key(listen, key, ticket_of_key, hint):
    with listen(ticket_of_key(key())) as answer:
        hint()
        assert heard(answer)[1] == "event: changed"


def test_a_key_that_has_ended_opens_nothing(listen, key, ticket_of_key):
    row = key(expires_at=utc_now() - timedelta(seconds=1))

    with listen(ticket_of_key(row)) as answer:
        assert answer.status_code == 401


def test_revoking_a_key_ends_its_stream(listen, key, ticket_of_key, engine, tenant):
    row = key()

    with listen(ticket_of_key(row)) as answer:
        with tenant_transaction(engine, tenant) as session:
            session.merge(row).revoked_at = utc_now()
        assert list(answer.lines)[-1] in ("", ": here")


def test_somebody_elses_key_opens_nothing(listen, key, ticket_of_key, user):
    row = key()
    row.user_id = user()

    with listen(ticket_of_key(row)) as answer:
        assert answer.status_code == 401


def test_a_user_has_so_many_streams_and_no_more(listen, ticket, user, signed_in):
    row = signed_in(user())
    with contextlib.ExitStack() as stack:
        for _ in range(MOST_PER_USER):
            opened = stack.enter_context(listen(ticket(row)))
            assert opened.status_code == 200
        with listen(ticket(row)) as refused:
            assert refused.status_code == 429
            assert "Retry-After" in refused.headers

        with listen(ticket()) as somebody_else:
            assert somebody_else.status_code == 200


def test_a_closed_page_gives_its_place_back(listen, ticket, signed_in, events):
    row = signed_in()
    for _ in range(3):
        with contextlib.ExitStack() as stack:
            for _ in range(MOST_PER_USER):
                stack.enter_context(listen(ticket(row)))
        hub = events[1].config.app.state.hub
        until(lambda hub=hub: hub.is_empty)


def test_a_page_of_the_tenant_may_read_it(listen, ticket, events, engine, tenant):
    with tenant_transaction(engine, tenant) as session:
        host = session.scalar(text("SELECT host FROM tenant_hosts"))
    origin = f"http://{host}:{events[0].port}"

    with listen(ticket(), Origin=origin) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://{host}:1",
        "https://{host}:{port}",
        "null",
        "x",
        "http://{host}:x",
    ],
)
def test_a_page_of_nobody_may_not(listen, ticket, events, engine, tenant, origin):
    with tenant_transaction(engine, tenant) as session:
        host = session.scalar(text("SELECT host FROM tenant_hosts"))
    asked = origin.format(host=host, port=events[0].port)

    with listen(ticket(), Origin=asked) as answer:
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_another_tenant_may_not(listen, ticket, events, new_tenant):
    new_tenant("neighbour")

    with listen(
        ticket(), Origin=f"http://neighbour.localhost:{events[0].port}"
    ) as answer:
        assert answer.status_code == 403


def test_a_lost_listener_comes_back_and_everybody_looks(listen, ticket, server):
    with listen(ticket()) as answer:
        with psycopg.connect(server.superuser_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'abtpro_app' AND query LIKE 'LISTEN%'"
                " AND datname = current_database()"
            )
        assert len(heard(answer)) == 3


def test_a_strange_text_on_the_channel_does_no_harm(listen, ticket, hint, engine):
    with listen(ticket()) as answer:
        with engine.begin() as connection:
            for payload in ("", "x", "[]", "{}", ODD):
                connection.execute(
                    text("SELECT pg_notify('abtpro', :p)"), {"p": payload}
                )
        hint()
        assert len(heard(answer)) == 3


def test_the_process_says_that_it_lives(events):
    url = f"http://127.0.0.1:{events[0].port_of('events')}"

    assert httpx.get(url + "/healthz").text == "ok"


def test_stopping_ends_the_streams_at_once(listen, ticket, events):
    with listen(ticket()) as answer:
        events[1].should_exit = True
        started = time.monotonic()
        list(answer.lines)
    assert time.monotonic() - started < 3
