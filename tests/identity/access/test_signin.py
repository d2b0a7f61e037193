"""Signing in with a password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.errors import DomainError
from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.access import sessions, signin
from abtpro_saas.identity.access.lockout import ACCOUNT, ADDRESS, LockedOutError
from abtpro_saas.identity.access.passwords import is_outdated
from abtpro_saas.identity.access.signin import (
    AccountDisabledError,
    WrongCredentialsError,
)
from abtpro_saas.identity.caller import Origin

EMAIL = "somchai@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture
def somchai(member):
    return member(email=EMAIL)


@pytest.fixture
def attempt(engine, tenant, origin, now):
    """Return a function that tries to sign in, as somchai unless told otherwise."""

    def run(password=PASSWORD, *, email=EMAIL, address=origin.address, at=now, **more):
        where = Origin(address, "Firefox")
        return signin.sign_in(
            engine,
            more.pop("tenant_id", tenant),
            email,
            password,
            origin=where,
            now=at,
            **more,
        )

    return run


@pytest.fixture
def refused(attempt):
    """Return a function that tries to sign in and gives the code of the refusal."""

    def run(*args, **values):
        with pytest.raises(DomainError) as caught:
            attempt(*args, **values)
        return caught.value.code

    return run


def test_the_right_password_opens_a_session(attempt, inside, tenant, somchai, now):
    opened = attempt(email=" Somchai@EXAMPLE.com ")

    with inside() as session:
        user, _ = sessions.find_session(session, tenant, opened.token, now)
    assert user.user_id == somchai.user_id == opened.user_id
    assert user.last_sign_in_at == now


def test_a_wrong_password_and_an_unknown_account_look_the_same(refused, somchai):
    codes = {refused("wrong password"), refused(email="nobody@example.com")}

    assert codes == {"wrong_credentials"}


def test_a_password_of_one_tenant_is_worth_nothing_at_another(
    refused, somchai, new_tenant
):
    assert refused(tenant_id=new_tenant()) == "wrong_credentials"


def test_who_was_invited_has_no_password_to_guess(refused, member):
    member(email=EMAIL, password=None)

    assert refused() == refused("") == "wrong_credentials"


def test_an_old_hash_is_made_anew(attempt, inside, tenant, somchai):
    assert is_outdated(somchai.password_hash)
    attempt()

    with inside() as session:
        stored = people.get_user(session, tenant, somchai.user_id).password_hash
    assert not is_outdated(stored)
    attempt()


def test_who_is_disabled_stays_out(refused, inside, tenant, somchai, now):
    with inside() as session:
        people.disable_user(session, tenant, somchai.user_id, now)

    assert refused() == AccountDisabledError.code
    assert refused("wrong password") == WrongCredentialsError.code


def test_a_suspended_tenant_opens_to_nobody(refused, as_operator, tenant, somchai, now):
    with as_operator() as session:
        tenants.suspend_tenant(session, tenant, "unpaid", now)

    assert refused() == "tenant_suspended"


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_failures_lock_an_account_whether_or_not_it_exists(refused, somchai, email):
    codes = [refused("wrong password", email=email) for _ in range(ACCOUNT.free + 1)]

    assert codes == ["wrong_credentials"] * ACCOUNT.free + ["locked_out"]


def test_a_locked_account_refuses_the_right_password_too(refused, somchai):
    for _ in range(ACCOUNT.free):
        refused("wrong password")

    assert refused() == "locked_out"


def test_the_failure_that_locks_names_whom_to_warn(attempt, somchai):
    warned = []
    for _ in range(ACCOUNT.free):
        with pytest.raises(WrongCredentialsError) as caught:
            attempt("wrong password")
        warned.append(caught.value.locked_user)

    assert warned == [None] * (ACCOUNT.free - 1) + [somchai.user_id]


def test_a_refusal_says_when_to_come_back(attempt, refused, somchai, now):
    for _ in range(ACCOUNT.free):
        refused("wrong password")
    with pytest.raises(LockedOutError) as caught:
        attempt(at=now + timedelta(seconds=10))

    assert caught.value.retry_after_s == 21
    attempt(at=now + timedelta(seconds=31))


def test_waiting_through_a_pause_does_not_prolong_it(refused, attempt, somchai, now):
    for _ in range(ACCOUNT.free):
        refused("wrong password")
    for second in range(1, 11):
        refused(at=now + timedelta(seconds=second))

    attempt(at=now + timedelta(seconds=31))


def test_each_further_failure_doubles_the_pause(refused, attempt, somchai, now):
    for _ in range(ACCOUNT.free):
        refused("wrong password")
    after_first = now + timedelta(seconds=31)

    assert refused("wrong password", at=after_first) == "wrong_credentials"
    assert refused(at=after_first + timedelta(seconds=59)) == "locked_out"
    attempt(at=after_first + timedelta(seconds=61))


def test_success_forgets_the_account_s_failures(refused, attempt, somchai):
    for _ in range(3):
        for _ in range(ACCOUNT.free - 1):
            refused("wrong password")
        attempt()


def test_an_address_that_tries_many_accounts_is_locked(refused, somchai):
    codes = [
        refused(email=f"guess{n}@example.com", address="198.51.100.1")
        for n in range(ADDRESS.free)
    ]

    assert set(codes) == {"wrong_credentials"}
    assert refused(address="198.51.100.1") == "locked_out"


def test_another_address_is_not_locked_with_it(refused, attempt, somchai):
    for n in range(ADDRESS.free):
        refused(email=f"guess{n}@example.com", address="198.51.100.1")

    attempt(address="198.51.100.2")


def test_guesses_at_the_same_moment_do_not_slip_past(refused, somchai):
    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(lambda _: refused("wrong password"), range(10)))

    assert codes.count("wrong_credentials") == ACCOUNT.free
    assert codes.count("locked_out") == 10 - ACCOUNT.free


def test_what_belongs_to_signing_in_commits_with_it(attempt, somchai):
    told = []
    attempt(also=lambda _session, user, opened: told.append((user.email, opened)))

    assert told[0][0] == EMAIL
    assert told[0][1].new_device


def test_every_attempt_leaves_a_line(attempt, refused, somchai, audit_lines):
    attempt()
    refused("wrong password")

    assert audit_lines() == [
        ("account.sign_in", "DONE", None),
        ("account.sign_in", "REFUSED", "wrong_credentials"),
    ]


def test_the_password_is_asked_again_for_what_matters(
    engine, tenant, somchai, origin, now
):
    def confirm(password):
        signin.confirm_password(
            engine, tenant, somchai.user_id, password, origin=origin, now=now
        )

    confirm(PASSWORD)
    for _ in range(ACCOUNT.free):
        with pytest.raises(WrongCredentialsError):
            confirm("wrong password")
    with pytest.raises(LockedOutError):
        confirm(PASSWORD)
