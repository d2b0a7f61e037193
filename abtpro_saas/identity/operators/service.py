"""Operators: who runs the platform. No tenant, no right to any tenant's rows.

Sessions and engines here are those of the operators' role. Signing in takes password
and code in one step, for every operator.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import Engine, ScalarResult, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.database import lock, plain_transaction
from abtpro_saas.errors import ConflictError, DomainError, UnauthenticatedError
from abtpro_saas.identity import audit, people
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.access.bearer import bearer_hash, new_bearer
from abtpro_saas.identity.access.lockout import Attempts
from abtpro_saas.identity.caller import OperatorCaller, Origin
from abtpro_saas.identity.platform_tables import Operator, OperatorSession
from abtpro_saas.identity.words import Outcome
from abtpro_saas.ids import new_id
from abtpro_saas.sealing import Keyring

IDLE = timedelta(hours=1)
LIFE = timedelta(hours=12)

_SEEN_EVERY = timedelta(minutes=1)


class OperatorTakenError(ConflictError):
    """An operator has this e-mail address."""

    code = "operator_taken"


class OperatorSignInError(UnauthenticatedError):
    """E-mail, password and code do not fit; says nothing about which."""

    code = "wrong_credentials"


@dataclass(frozen=True)
class NewOperator:
    """A new operator, and the secret for their authenticator, shown once."""

    operator_id: UUID
    totp_secret: str = field(repr=False)
    totp_uri: str = field(repr=False)


@dataclass(frozen=True)
class OpenedOperatorSession:
    """A new session; ``token`` is for the cookie and is kept nowhere."""

    session_id: UUID
    operator_id: UUID
    token: str = field(repr=False)
    expires_at: datetime


def new_operator(operator_id: UUID, email: str, secret: str) -> NewOperator:
    """Return what an operator needs to begin, once in clear."""
    uri = totp.enrolment_uri(secret, email, "ABTPro operators")
    return NewOperator(operator_id, secret, uri)


def create_operator(
    session: Session,
    keyring: Keyring,
    *,
    email: str,
    name: str,
    password: str,
    now: datetime,
    profile: PasswordHasher = passwords.STRONG,
) -> NewOperator:
    """Add an operator; the second factor is there from the start.

    Raises:
        EmailError, PersonNameError, WeakPasswordError: an input cannot be used.
        OperatorTakenError: an operator has the address.
    """
    address, operator_id = people.normal_email(email), new_id()
    passwords.check_strength(password, address)
    secret = totp.new_secret()
    adding = insert(Operator).values(
        operator_id=operator_id,
        email=address,
        name=people.normal_name(name),
        password_hash=passwords.hash_password(password, profile),
        totp_sealed=keyring.seal(secret.encode(), seal_context(operator_id)),
        created_at=now,
    )
    added = session.scalars(
        adding.on_conflict_do_nothing().returning(Operator.operator_id)
    )
    if added.one_or_none() is None:
        raise OperatorTakenError("an operator has this e-mail address already")
    return new_operator(operator_id, address, secret)


def sign_in_operator(
    engine: Engine,
    keyring: Keyring,
    email: str,
    password: str,
    code: str,
    *,
    origin: Origin,
    now: datetime,
) -> OpenedOperatorSession:
    """Check password and code together; return a session.

    Raises:
        LockedOutError: too many attempts failed, of this account or address.
        OperatorSignInError: the three do not fit.
    """
    account = email.strip().lower()
    with plain_transaction(engine) as session:
        counted = Attempts(session, None).count(account, origin.address, now)
        operator = find_operator(session, account)
    known = operator.operator_id if operator else None
    try:
        counted.check(now)
        stored = operator.password_hash if operator else None
        if not passwords.verify_password(stored, password):
            raise OperatorSignInError("e-mail, password or code is wrong")
        with plain_transaction(engine) as session:
            operator = lock(session, Operator, (known,))
            if not _accept_code(keyring, operator, code, now):
                raise OperatorSignInError("e-mail, password or code is wrong")
            Attempts(session, None).forgive(account, origin.address)
            _record_sign_in(session, known, origin, now)
            return _open(session, operator, origin, now)
    except DomainError as error:
        with plain_transaction(engine) as session:
            _record_sign_in(session, known, origin, now, error)
        raise


def find_operator_session(
    session: Session, token: str, address: str, now: datetime
) -> OperatorCaller | None:
    """Return the operator who carries ``token``, or None where it has ended."""
    found = session.execute(
        select(Operator, OperatorSession)
        .join(OperatorSession, OperatorSession.operator_id == Operator.operator_id)
        .where(
            OperatorSession.token_hash == bearer_hash(token),
            OperatorSession.revoked_at.is_(None),
            OperatorSession.expires_at > now,
            OperatorSession.last_seen_at > now - IDLE,
            Operator.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    operator, row = found
    if now - row.last_seen_at >= _SEEN_EVERY:
        row.last_seen_at = now
    return OperatorCaller(
        operator.operator_id, operator.email, "session", row.session_id, address
    )


def sign_out_operator(
    session: Session, operator_id: UUID, now: datetime, session_id: UUID | None = None
) -> None:
    """End one session of an operator, or all where none is named."""
    ending = update(OperatorSession).where(
        OperatorSession.operator_id == operator_id,
        OperatorSession.revoked_at.is_(None),
    )
    if session_id is not None:
        ending = ending.where(OperatorSession.session_id == session_id)
    session.execute(ending.values(revoked_at=now))


def find_operator(session: Session, email: str) -> Operator | None:
    """Return who has this e-mail address (lower case) and is not disabled, or None."""
    if not email.isascii() or not email.isprintable():
        return None
    return session.scalars(
        select(Operator).filter_by(email=email, disabled_at=None)
    ).one_or_none()


def list_operators(session: Session) -> list[Operator]:
    """Return all operators by e-mail."""
    found: ScalarResult[Operator] = session.scalars(
        select(Operator).order_by(Operator.email)
    )
    return list(found)


def _open(
    session: Session, operator: Operator, origin: Origin, now: datetime
) -> OpenedOperatorSession:
    bearer = new_bearer()
    row = OperatorSession(
        operator_id=operator.operator_id,
        token_hash=bearer.hash,
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFE,
        address=origin.address,
        user_agent=origin.user_agent[:300],
    )
    session.add(row)
    session.flush()
    return OpenedOperatorSession(
        row.session_id, operator.operator_id, bearer.plain, row.expires_at
    )


def _accept_code(
    keyring: Keyring, operator: Operator, code: str, now: datetime
) -> bool:
    """Use a code up; ``operator`` is locked, so of two who send one, one passes."""
    context = seal_context(operator.operator_id)
    secret = keyring.open(operator.totp_sealed, context).decode()
    plain = code.replace(" ", "")
    step = totp.matching_step(secret, plain, now, operator.totp_last_step)
    if step is None or operator.disabled_at is not None:
        return False
    operator.totp_last_step = step
    return True


def _record_sign_in(
    session: Session,
    operator_id: UUID | None,
    origin: Origin,
    now: datetime,
    error: DomainError | None = None,
) -> None:
    audit.record_operator(
        session,
        operator_id=operator_id,
        action="operator.sign_in",
        address=origin.address,
        request_id=origin.request_id,
        outcome=Outcome.REFUSED if error else Outcome.DONE,
        code=error.code if error else None,
        now=now,
    )


def seal_context(operator_id: UUID) -> str:
    """Return what an operator's sealed secret is bound to."""
    return f"totp:operator:{operator_id}"
