"""Who runs the platform."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from abtpro_saas.errors import DomainError
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.access.lockout import ACCOUNT
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import renewal
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.operators.service import OperatorTakenError
from abtpro_saas.identity.platform_tables import Operator, OperatorAudit
from abtpro_saas.identity.tables import User
from abtpro_saas.sealing import Keyring

PASSWORD = "correct horse battery"


@pytest.fixture
def operator(as_operator, keyring, now):
    """An operator: (e-mail, new operator)."""
    email = f"{uuid4().hex[:12]}@example.com"
    with as_operator() as session:
        made = operators.create_operator(
            session,
            keyring,
            email=email,
            name="Nok",
            password=PASSWORD,
            now=now,
            profile=passwords.QUICK,
        )
    return email, made


@pytest.fixture
def attempt(operator_engine, keyring, operator, now):
    """Return a function that tries to sign in: the session, or the refusal's code."""
    email, made = operator
    address = f"198.51.100.{uuid4().int % 250}-{uuid4().hex[:6]}"

    def run(password=PASSWORD, code=None, at=now):
        shown = totp.code_at(made.totp_secret, at) if code is None else code
        try:
            return operators.sign_in_operator(
                operator_engine,
                keyring,
                email,
                password,
                shown,
                origin=Origin(address, "Firefox"),
                now=at,
            )
        except DomainError as error:
            return error.code

    return run


@pytest.fixture
def finds(as_operator, now):
    """Return a function that gives whom a session's token belongs to."""

    def ask(token, at=now):
        with as_operator() as session:
            return operators.find_operator_session(session, token, "192.0.2.1", at)

    return ask


def test_password_and_code_open_a_session(attempt, finds, operator):
    caller = finds(attempt().token)

    assert caller.operator_id == operator[1].operator_id
    assert (caller.email, caller.via) == (operator[0], "session")


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"code": "000000"}])
def test_one_of_the_two_is_not_enough(attempt, given):
    assert attempt(**given) == "wrong_credentials"


def test_a_code_cannot_be_used_twice_in_parallel(attempt, as_operator, operator):
    with ThreadPoolExecutor(4) as pool:
        with as_operator() as session:
            # Held here, all four get as far as the operator's row.
            session.get(Operator, operator[1].operator_id, with_for_update=True)
            said = [pool.submit(attempt) for _ in range(4)]
            time.sleep(0.5)
        results = [each.result() for each in said]

    assert len([each for each in results if not isinstance(each, str)]) == 1


def test_guessing_locks_the_account(attempt, now):
    said = [attempt(code="000000") for _ in range(ACCOUNT.free + 1)]

    assert said[-2:] == ["wrong_credentials", "locked_out"]
    assert not isinstance(attempt(at=now + timedelta(seconds=31)), str)


def test_a_session_ends_when_left_alone_or_signed_out(
    attempt, finds, operator, as_operator, now
):
    opened = attempt()
    assert finds(opened.token, now + operators.IDLE) is None
    with as_operator() as session:
        operators.sign_out_operator(
            session, operator[1].operator_id, now, opened.session_id
        )

    assert finds(opened.token) is None


def test_signing_out_everywhere_ends_all(attempt, finds, operator, as_operator, now):
    opened = [attempt(), attempt(at=now + timedelta(seconds=30))]
    with as_operator() as session:
        operators.sign_out_operator(session, operator[1].operator_id, now)

    assert [finds(each.token) for each in opened] == [None, None]


def test_every_attempt_leaves_a_line(attempt, operator, as_operator):
    attempt(code="000000")
    attempt()

    with as_operator() as session:
        trail = select(OperatorAudit).filter_by(operator_id=operator[1].operator_id)
        lines = [
            (each.outcome, each.code)
            for each in session.scalars(trail.order_by(OperatorAudit.entry_id))
        ]
    assert lines == [("REFUSED", "wrong_credentials"), ("DONE", None)]


def test_a_key_opens_until_revoked(as_operator, operator_engine, operator, now):
    email, made = operator
    with as_operator() as session:
        row, plain = operator_keys.mint_operator_key(
            session, made.operator_id, name="CI", now=now
        )

    def ask(at=now):
        try:
            return operator_keys.authenticate_operator_key(
                operator_engine, plain, "192.0.2.1", at
            )
        except DomainError as error:
            return error.code

    assert (ask().email, ask().via) == (email, "key")
    with as_operator() as session:
        operator_keys.revoke_operator_key(session, row.key_id, now)
    assert ask() == "key_revoked"


def test_a_key_ends_at_its_expiry(as_operator, operator_engine, operator, now):
    with as_operator() as session:
        _, plain = operator_keys.mint_operator_key(
            session, operator[1].operator_id, name="CI", now=now, expires_at=now
        )

    with pytest.raises(DomainError, match="expired"):
        operator_keys.authenticate_operator_key(
            operator_engine, plain, "192.0.2.1", now
        )


def test_who_is_disabled_is_out(attempt, finds, operator, as_operator, now):
    opened = attempt()
    with as_operator() as session:
        session.get(Operator, operator[1].operator_id).disabled_at = now

    assert finds(opened.token) is None
    assert attempt(at=now + timedelta(seconds=30)) == "wrong_credentials"


def test_an_address_is_an_operators_once(as_operator, keyring, operator, now):
    with as_operator() as session, pytest.raises(OperatorTakenError):
        operators.create_operator(
            session,
            keyring,
            email=operator[0].upper(),
            name="Nok",
            password=PASSWORD,
            now=now,
            profile=passwords.QUICK,
        )


def test_operators_are_listed(as_operator, operator):
    with as_operator() as session:
        emails = [each.email for each in operators.list_operators(session)]

    assert operator[0] in emails
    assert emails == sorted(emails)


def test_operators_read_no_tenants_people(as_operator):
    with pytest.raises(ProgrammingError, match="permission denied"), as_operator() as s:
        s.scalars(select(User)).all()


def test_the_application_does_not_know_operators(inside):
    with pytest.raises(ProgrammingError, match="permission denied"), inside() as s:
        s.scalars(select(Operator)).all()


def test_who_lost_everything_gets_new_secrets_and_old_ones_end(
    attempt, as_operator, keyring, operator, now
):
    email, old = operator
    opened = attempt()
    with as_operator() as session:
        made = renewal.renew_operator(
            session, keyring, email, "another long sentence", now,
            profile=passwords.QUICK,
        )  # fmt: skip

    later = now + timedelta(minutes=2)
    assert attempt(at=later) == "wrong_credentials"
    fresh = totp.code_at(made.totp_secret, later)
    assert attempt("another long sentence", fresh, later).operator_id == old.operator_id
    with as_operator() as session:
        assert (
            operators.find_operator_session(session, opened.token, "::1", later) is None
        )


@pytest.mark.parametrize("wrong", ["password", "secret", "keys"])
def test_an_operators_secrets_fit_all_or_not(as_operator, keyring, operator, wrong):
    email, made = operator
    given = {"password": PASSWORD, "secret": made.totp_secret, "keys": keyring}
    bad = {"password": "other", "secret": totp.new_secret(),
           "keys": Keyring((("other", b"x" * 32),))}  # fmt: skip

    def fits(held):
        with as_operator() as session:
            return renewal.fits_operator(
                session, held["keys"], email, held["password"], held["secret"]
            )

    assert fits(given)
    assert not fits(given | {wrong: bad[wrong]})
