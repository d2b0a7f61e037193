"""Who is signed in where, and until when."""

from datetime import timedelta

import pytest

from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.access import sessions
from abtpro_saas.identity.access.sessions import IDLE, LIFE
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.tables import User, UserSession
from abtpro_saas.ids import new_id


@pytest.fixture
def somchai(member):
    return member()


@pytest.fixture
def signed_in(inside, somchai, origin, now):
    """Return a function that opens a session of somchai's."""

    def open_one(at=now, agent="Firefox"):
        with inside() as session:
            where = Origin(origin.address, agent)
            return sessions.open_session(session, somchai, where, at)

    return open_one


@pytest.fixture
def finds(inside, tenant):
    """Return a function that tells whether a token still opens."""

    def ask(token, at, tenant_id=None):
        tenant_id = tenant_id or tenant
        with inside(tenant_id) as session:
            return sessions.find_session(session, tenant_id, token, at) is not None

    return ask


def test_a_token_opens_and_another_does_not(signed_in, finds, now):
    opened = signed_in()

    assert finds(opened.token, now)
    assert not finds(opened.token + "x", now)


def test_a_session_of_one_tenant_is_worth_nothing_at_another(
    signed_in, finds, new_tenant, now
):
    assert not finds(signed_in().token, now, new_tenant())


def test_the_token_is_stored_as_a_hash_alone(inside, tenant, signed_in):
    opened = signed_in()

    with inside() as session:
        row = session.get(UserSession, (tenant, opened.session_id))
    assert opened.token.encode() not in row.token_hash
    assert len(row.token_hash) == 32
    assert opened.token not in repr(opened)


def test_a_session_left_alone_ends(signed_in, finds, now):
    token = signed_in().token

    assert finds(token, now + IDLE - timedelta(seconds=1))
    assert not finds(token, now + IDLE * 2)


def test_a_session_in_use_ends_in_the_end(signed_in, finds, now):
    token, at = signed_in().token, now
    while at + IDLE / 2 < now + LIFE:
        at += IDLE / 2
        finds(token, at)

    assert not finds(token, now + LIFE)


def test_no_session_of_who_is_disabled_opens(
    inside, tenant, somchai, signed_in, finds, now
):
    token = signed_in().token
    with inside() as session:
        session.get(User, (tenant, somchai.user_id)).disabled_at = now

    assert not finds(token, now)


def test_use_is_noted_once_a_minute(inside, tenant, signed_in, finds, now):
    opened = signed_in()

    finds(opened.token, now + timedelta(seconds=59))
    with inside() as session:
        row = session.get(UserSession, (tenant, opened.session_id))
        assert row.last_seen_at == now


def test_somebody_sees_where_they_are_signed_in(
    inside, tenant, somchai, signed_in, now
):
    signed_in()
    later = signed_in(now + timedelta(minutes=1), "Chrome")

    with inside() as session:
        listed = sessions.list_sessions(session, tenant, somchai.user_id, now)
    assert [each.user_agent for each in listed] == ["Chrome", "Firefox"]
    assert listed[0].session_id == later.session_id


def test_one_session_ends_and_ends_again(
    inside, tenant, somchai, signed_in, finds, now
):
    first, second = signed_in(), signed_in()

    for _ in range(2):
        with inside() as session:
            sessions.revoke_session(
                session, tenant, somchai.user_id, first.session_id, now
            )
    assert (finds(first.token, now), finds(second.token, now)) == (False, True)


def test_nobody_ends_the_session_of_somebody_else(
    inside, tenant, member, signed_in, now
):
    opened, other = signed_in(), member()

    for session_id in (opened.session_id, new_id()):
        with inside() as session, pytest.raises(NotFoundError):
            sessions.revoke_session(session, tenant, other.user_id, session_id, now)


def test_signing_out_everywhere_may_keep_one(
    inside, tenant, somchai, signed_in, finds, now
):
    kept, *others = [signed_in() for _ in range(3)]

    with inside() as session:
        ended = sessions.revoke_all(
            session, tenant, somchai.user_id, now, keep=kept.session_id
        )
    assert ended == 2
    assert finds(kept.token, now)
    assert not any(finds(each.token, now) for each in others)


def test_a_browser_never_seen_before_is_told_apart(signed_in):
    assert [signed_in(agent=agent).new_device for agent in ("A", "A", "B")] == [
        True,
        False,
        True,
    ]


def test_what_ended_long_ago_is_swept(inside, tenant, signed_in, now):
    old = signed_in()
    signed_in(now + timedelta(days=31))

    with inside() as session:
        assert session.get(UserSession, (tenant, old.session_id)) is None
