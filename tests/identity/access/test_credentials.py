"""Getting in for the first time, or again: sign-up, invitation, reset."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.identity import people
from abtpro_saas.identity.access import credentials, passwords, sessions
from abtpro_saas.identity.access.credentials import SignUpClosedError
from abtpro_saas.identity.access.lockout import ACCOUNT
from abtpro_saas.identity.access.passwords import WeakPasswordError
from abtpro_saas.identity.access.tokens import LIVES, LinkError
from abtpro_saas.identity.people import EmailTakenError
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import MailToken
from abtpro_saas.identity.words import Purpose
from tests.identity.access.conftest import EMAIL, NEW


def test_a_forgotten_password_is_chosen_anew(reset, choose, member, signs_in):
    member(email=EMAIL)
    choose(reset().plain)

    assert signs_in(NEW)
    assert not signs_in("correct horse battery")


def test_an_unknown_address_gets_no_mail(reset):
    assert reset("nobody@example.com") is None


def test_who_is_disabled_gets_no_mail(reset, member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        people.disable_user(session, tenant, somchai.user_id, now)

    assert reset() is None


def test_nobody_is_flooded_with_mail(reset, member, now):
    member(email=EMAIL)
    asked = [reset() is not None for _ in range(5)]

    assert asked == [True, True, True, False, False]
    assert reset(at=now + timedelta(hours=1)) is not None


def test_a_link_works_once(reset, choose, member):
    member(email=EMAIL)
    link = reset().plain
    choose(link)

    with pytest.raises(LinkError):
        choose(link)


def test_a_link_cannot_be_used_twice_in_parallel(reset, choose, member):
    member(email=EMAIL)
    link = reset().plain

    def use(number):
        try:
            choose(link, f"{NEW} {number}")
        except LinkError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]


def test_a_link_grows_old(reset, choose, member, now):
    member(email=EMAIL)
    link = reset().plain

    with pytest.raises(LinkError):
        choose(link, at=now + LIVES[Purpose.RESET_PASSWORD])


def test_the_last_link_ends_those_before(reset, choose, member):
    member(email=EMAIL)
    first, second = reset().plain, reset().plain

    with pytest.raises(LinkError):
        choose(first)
    choose(second)


def test_a_link_is_worth_nothing_at_another_tenant(reset, choose, member, new_tenant):
    member(email=EMAIL)

    with pytest.raises(LinkError):
        choose(reset().plain, tenant_id=new_tenant())


def test_a_refused_password_leaves_the_link(reset, choose, member):
    member(email=EMAIL)
    link = reset().plain
    with pytest.raises(WeakPasswordError):
        choose(link, "short")

    choose(link)


def test_the_link_is_stored_as_a_hash_alone(reset, member, inside, tenant):
    member(email=EMAIL)
    issued = reset()

    with inside() as session:
        row = session.query(MailToken).filter_by(tenant_id=tenant).one()
    assert issued.plain.encode() not in row.token_hash
    assert issued.plain not in repr(issued)


def test_a_new_password_signs_out_everywhere(
    reset, choose, member, inside, tenant, origin, now
):
    somchai = member(email=EMAIL)
    with inside() as session:
        opened = sessions.open_session(session, somchai, origin, now)
    choose(reset().plain)

    with inside() as session:
        assert sessions.find_session(session, tenant, opened.token, now) is None


def test_changing_a_password_keeps_the_present_session(
    member, inside, tenant, origin, now
):
    somchai = member(email=EMAIL)
    with inside() as session:
        kept, other = [
            sessions.open_session(session, somchai, origin, now) for _ in range(2)
        ]
    with inside() as session:
        credentials.set_password(
            session,
            tenant,
            somchai.user_id,
            NEW,
            now,
            keep=kept.session_id,
            profile=passwords.QUICK,
        )

    with inside() as session:
        assert sessions.find_session(session, tenant, kept.token, now)
        assert not sessions.find_session(session, tenant, other.token, now)


def test_a_reset_lifts_the_lock_out(reset, choose, member, signs_in):
    member(email=EMAIL)
    for _ in range(ACCOUNT.free):
        signs_in("wrong password")
    choose(reset().plain)

    assert signs_in(NEW)


def test_an_invited_member_chooses_a_password(inside, tenant, choose, signs_in, now):
    with inside() as session:
        user, issued = credentials.invite(
            session, tenant, email=EMAIL, name="Malee", role=Role.ADMIN, now=now
        )
    assert user.email_verified_at is None
    accepted = choose(issued.plain).user

    assert (accepted.role, accepted.email_verified_at) == (Role.ADMIN, now)
    assert signs_in(NEW)


def test_nobody_is_invited_twice(inside, tenant, member, now):
    member(email=EMAIL)

    with inside() as session, pytest.raises(EmailTakenError):
        credentials.invite(
            session, tenant, email=EMAIL, name="Malee", role=Role.ADMIN, now=now
        )


def test_a_newcomer_signs_up_and_chooses_a_password(sign_up, choose, signs_in):
    issued = sign_up()
    newcomer = choose(issued.plain).user

    assert (issued.purpose, newcomer.role) == (Purpose.VERIFY_EMAIL, Role.TRADER)
    assert signs_in(NEW)


def test_signing_up_needs_an_open_door(sign_up):
    with pytest.raises(SignUpClosedError):
        sign_up(is_open=False)


def test_signing_up_again_helps_the_owner_back_in(sign_up, member, signs_in):
    member(email=EMAIL)
    issued = sign_up()

    assert (issued.email, issued.purpose) == (EMAIL, Purpose.RESET_PASSWORD)
    assert signs_in("correct horse battery")
