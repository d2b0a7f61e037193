"""Who may listen, for how long, and to how much."""

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import text

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.events.hub import MOST_PER_USER
from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.ids import new_id
from tests.events.listening import heard, until


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
                opened = stack.enter_context(listen(ticket(row)))
                assert opened.status_code == 200
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
