"""The second factor."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.errors import DomainError
from abtpro_saas.identity.access import second_factor, sessions, signin, totp
from abtpro_saas.identity.access.lockout import ACCOUNT
from abtpro_saas.identity.access.second_factor import SecondFactorError, WrongCodeError
from abtpro_saas.identity.access.sessions import OpenedSession
from abtpro_saas.identity.access.signin import CHALLENGE_LIFE, SecondFactorDue
from abtpro_saas.identity.tables import User
from abtpro_saas.sealing import SealError

EMAIL = "somchai@example.com"
PASSWORD = "correct horse battery"
STEP = timedelta(seconds=30)


@pytest.fixture
def enrolled(member, inside, keyring, tenant, now):
    """Somebody with a second factor: (user, secret, recovery codes)."""
    user = member(email=EMAIL)
    with inside() as session:
        begun = second_factor.begin(session, keyring, tenant, user.user_id, "Siam")
    with inside() as session:
        codes = second_factor.confirm(
            session,
            keyring,
            tenant,
            user.user_id,
            code=totp.code_at(begun.secret, now - STEP),
            now=now,
        )
    return user, begun.secret, codes


@pytest.fixture
def due(engine, tenant, enrolled, origin, now):
    """Return a function that gives the password, so that a code is due."""

    def ask(at=now):
        return signin.sign_in(engine, tenant, EMAIL, PASSWORD, origin=origin, now=at)

    return ask


@pytest.fixture
def complete(engine, keyring, tenant, origin, now):
    """Return a function that answers with a code."""

    def answer(token, code, at=now):
        return signin.pass_second_factor(
            engine, keyring, tenant, token, code, origin=origin, now=at
        )

    return answer


@pytest.fixture
def outcome(complete):
    """Return a function that answers with a code and says what came of it."""

    def answer(token, code, **values):
        try:
            complete(token, code, **values)
        except DomainError as error:
            return error.code
        return "in"

    return answer


def test_the_password_alone_opens_nothing(due, inside, tenant, now):
    challenge = due()

    assert isinstance(challenge, SecondFactorDue)
    with inside() as session:
        assert sessions.find_session(session, tenant, challenge.token, now) is None


def test_password_and_code_open_a_session(due, complete, enrolled, inside, tenant, now):
    user, secret, _ = enrolled
    opened = complete(due().token, totp.code_at(secret, now))

    with inside() as session:
        found, row = sessions.find_session(session, tenant, opened.token, now)
    assert (found.user_id, row.second_factor) == (user.user_id, True)


def test_a_code_cannot_be_used_twice(due, outcome, enrolled, now):
    code = totp.code_at(enrolled[1], now)

    assert outcome(due().token, code) == "in"
    assert outcome(due().token, code) == "wrong_second_factor"


def test_a_code_cannot_be_used_twice_in_parallel(due, outcome, enrolled, now):
    code, tokens = totp.code_at(enrolled[1], now), [due().token for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda token: outcome(token, code), tokens))

    assert said.count("in") == 1


def test_one_challenge_opens_one_session(due, outcome, enrolled, now):
    token, codes = due().token, enrolled[2]

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda code: outcome(token, code), codes[:4]))

    assert said.count("in") == 1


def test_the_code_of_confirmation_is_used_up_too(due, outcome, enrolled, now):
    assert outcome(due().token, totp.code_at(enrolled[1], now - STEP)) != "in"


def test_a_recovery_code_works_once(due, outcome, enrolled, inside, tenant):
    user, _, codes = enrolled
    typed = codes[0].upper().replace("-", " ")

    assert outcome(due().token, typed) == "in"
    assert outcome(due().token, codes[0]) == "wrong_second_factor"
    with inside() as session:
        assert second_factor.codes_left(session, tenant, user.user_id) == 9


def test_a_recovery_code_cannot_be_used_twice_in_parallel(due, outcome, enrolled):
    code, tokens = enrolled[2][0], [due().token for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda token: outcome(token, code), tokens))

    assert said.count("in") == 1


def test_new_recovery_codes_end_the_old(due, outcome, enrolled, inside, tenant):
    user, _, codes = enrolled
    with inside() as session:
        fresh = second_factor.renew_codes(session, tenant, user.user_id)

    assert outcome(due().token, codes[0]) == "wrong_second_factor"
    assert outcome(due().token, fresh[0]) == "in"


def test_guessing_codes_locks_the_account(due, outcome, enrolled):
    token = due().token
    said = [outcome(token, "000000") for _ in range(ACCOUNT.free + 1)]

    assert said == ["wrong_second_factor"] * ACCOUNT.free + ["locked_out"]


def test_the_right_password_does_not_make_codes_guessable(due, outcome, enrolled):
    """Each sign-in gives a new challenge, but the failures of codes still stand."""
    for _ in range(ACCOUNT.free):
        outcome(due().token, "000000")

    with pytest.raises(DomainError, match="wait"):
        due()


def test_a_challenge_ends_after_minutes(due, outcome, enrolled, now):
    token, late = due().token, now + CHALLENGE_LIFE

    assert outcome(token, totp.code_at(enrolled[1], late), at=late) == "sign_in_expired"


def test_a_made_up_challenge_opens_nothing(outcome, enrolled, now):
    assert outcome("x" * 43, totp.code_at(enrolled[1], now)) == "sign_in_expired"


def test_a_secret_is_in_force_only_when_confirmed(
    member, inside, keyring, tenant, now, engine, origin
):
    user = member(email=EMAIL)
    with inside() as session:
        second_factor.begin(session, keyring, tenant, user.user_id, "Siam")
    with inside() as session, pytest.raises(WrongCodeError):
        second_factor.confirm(
            session, keyring, tenant, user.user_id, code="000000", now=now
        )

    opened = signin.sign_in(engine, tenant, EMAIL, PASSWORD, origin=origin, now=now)
    assert not isinstance(opened, SecondFactorDue)


def test_a_second_secret_does_not_replace_the_first(enrolled, inside, keyring, tenant):
    with inside() as session, pytest.raises(SecondFactorError):
        second_factor.begin(session, keyring, tenant, enrolled[0].user_id, "Siam")


def test_confirming_needs_a_beginning(member, inside, keyring, tenant, now):
    user = member()

    with inside() as session, pytest.raises(SecondFactorError):
        second_factor.confirm(
            session, keyring, tenant, user.user_id, code="000000", now=now
        )
    with inside() as session, pytest.raises(SecondFactorError):
        second_factor.renew_codes(session, tenant, user.user_id)


def test_switched_off_it_leaves_nothing_behind(
    enrolled, inside, tenant, engine, origin, now
):
    user_id = enrolled[0].user_id
    for _ in range(2):
        with inside() as session:
            second_factor.switch_off(session, tenant, user_id)

    with inside() as session:
        assert second_factor.codes_left(session, tenant, user_id) == 0
    opened = signin.sign_in(engine, tenant, EMAIL, PASSWORD, origin=origin, now=now)
    assert not isinstance(opened, SecondFactorDue)


def test_a_secret_moved_to_another_person_does_not_open(
    enrolled, member, inside, keyring, tenant, now
):
    other = member()
    with inside() as session:
        thief = session.get(User, (tenant, other.user_id))
        thief.totp_sealed = session.get(User, (tenant, enrolled[0].user_id)).totp_sealed
        with pytest.raises(SealError):
            second_factor.accept(session, keyring, thief, "123456", now)


def test_taken_away_it_ends_every_session(enrolled, due, inside, tenant, origin, now):
    user, *_ = enrolled
    with inside() as session:
        token = sessions.open_session(session, user, origin, now).token
        assert second_factor.remove(session, tenant, user.user_id, now, by=None)

    with inside() as session:
        assert sessions.find_session(session, tenant, token, now) is None
        assert second_factor.codes_left(session, tenant, user.user_id) == 0
    assert isinstance(due(), OpenedSession)


def test_taken_away_twice_ends_nothing_the_second_time(
    enrolled, inside, tenant, origin, now
):
    user, *_ = enrolled
    with inside() as session:
        second_factor.remove(session, tenant, user.user_id, now, by=None)
        token = sessions.open_session(session, user, origin, now).token
        assert not second_factor.remove(session, tenant, user.user_id, now, by=None)
        assert sessions.find_session(session, tenant, token, now)


def test_what_waits_for_a_first_code_is_no_second_factor_to_take(
    member, inside, keyring, tenant, now
):
    user = member(email=EMAIL)
    with inside() as session:
        second_factor.begin(session, keyring, tenant, user.user_id, "Siam")
        assert not second_factor.remove(session, tenant, user.user_id, now, by=None)
        assert second_factor.begun(session, keyring, tenant, user.user_id, "Siam")
