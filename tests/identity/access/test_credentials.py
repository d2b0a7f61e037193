"""Sign-up, invitations, forgotten passwords, new addresses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.errors import DomainError
from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.access import credentials, passwords, sessions, signin, tokens
from abtpro_saas.identity.access.credentials import SignUpClosedError
from abtpro_saas.identity.access.lockout import ACCOUNT
from abtpro_saas.identity.access.passwords import WeakPasswordError
from abtpro_saas.identity.access.tokens import LIVES, LinkError
from abtpro_saas.identity.people import EmailTakenError
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import MailToken
from abtpro_saas.identity.words import Locale, Purpose

EMAIL = "somchai@example.com"
NEW = "another horse entirely"


@pytest.fixture
def reset(inside, tenant, now):
    """Return a function that asks for a link for a forgotten password."""

    def ask(email=EMAIL, at=now):
        with inside() as session:
            return credentials.request_reset(session, tenant, email, at)

    return ask


@pytest.fixture
def choose(inside, tenant, now):
    """Return a function that chooses a password behind a link."""

    def run(link, password=NEW, at=now, tenant_id=None):
        with inside(tenant_id) as session:
            return credentials.choose_password(
                session,
                tenant_id or tenant,
                link,
                password,
                at,
                profile=passwords.QUICK,
            )

    return run


@pytest.fixture
def signs_in(engine, tenant, origin, now):
    """Return a function that tells whether a password opens an account."""

    def ask(password, email=EMAIL):
        try:
            signin.sign_in(engine, tenant, email, password, origin=origin, now=now)
        except DomainError:
            return False
        return True

    return ask


@pytest.fixture
def sign_up(inside, tenant, now):
    """Return a function that signs a newcomer up."""

    def run(email=EMAIL, *, is_open=True):
        with inside() as session:
            tenants.update_tenant(session, tenant, sign_up=is_open)
            return credentials.sign_up(
                session, tenant, email=email, name="Somchai", locale=Locale.TH, now=now
            )

    return run


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


def test_an_address_holds_until_the_new_one_is_proven(member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, "New@example.com", now
        )
    with inside() as session:
        assert people.find_user(session, tenant, EMAIL) is not None
        assert tokens.peek(session, tenant, issued.plain, now).email == issued.email
        changed = credentials.verify_email(session, tenant, issued.plain, now)

    assert (changed.user.email, changed.former) == ("new@example.com", EMAIL)


def test_an_address_proven_again_has_no_former_one(member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, EMAIL, now
        )
        proven = credentials.verify_email(session, tenant, issued.plain, now)

    assert proven.former is None


def test_an_address_that_was_taken_meanwhile_is_refused(member, inside, tenant, now):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, "new@example.com", now
        )
    member(email="new@example.com")

    with inside() as session, pytest.raises(EmailTakenError):
        credentials.verify_email(session, tenant, issued.plain, now)


def test_a_link_to_prove_an_address_sets_no_password(
    member, inside, tenant, choose, now
):
    somchai = member(email=EMAIL)
    with inside() as session:
        issued = credentials.request_email_change(
            session, tenant, somchai.user_id, EMAIL, now
        )

    with pytest.raises(LinkError):
        choose(issued.plain)


def test_proving_an_address_opens_no_account_without_a_password(
    sign_up, inside, tenant, now
):
    issued = sign_up()

    with inside() as session, pytest.raises(LinkError):
        credentials.verify_email(session, tenant, issued.plain, now)
