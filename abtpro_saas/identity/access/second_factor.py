"""The second factor: enrolment, codes, and recovery codes for who has lost it."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from abtpro_saas.database import lock
from abtpro_saas.errors import ConflictError, ForbiddenError, InvalidError
from abtpro_saas.identity.access import sessions, totp
from abtpro_saas.identity.tables import RecoveryCode, User
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.sealing import Keyring

RECOVERY_CODES = 10

_CODE = re.compile(r"[0-9]{6}")
_RECOVERY_BYTES = 10  # 80 bits, 16 letters of base 32


class WrongCodeError(InvalidError):
    """The code is wrong, too old, or was used."""

    code = "wrong_code"


class SecondFactorError(ConflictError):
    """The second factor is on already, or was not begun."""

    code = "second_factor_state"


class OwnSecondFactorError(ForbiddenError):
    """One's own is switched off at the security page, not as if it were lost."""

    code = "own_second_factor"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs: the secret, and the same as a scannable address."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def begin(
    session: Session,
    keyring: Keyring,
    tenant_id: TenantId,
    user_id: UserId,
    issuer: str,
) -> Enrolment:
    """Make a secret for ``user_id``; signing in asks for it once it is confirmed.

    Raises:
        SecondFactorError: it is on already.
    """
    user = lock(session, User, (tenant_id, user_id))
    if user.has_second_factor:
        raise SecondFactorError("the second factor is on already")
    secret = totp.new_secret()
    user.totp_sealed = keyring.seal(secret.encode(), _context(user))
    user.totp_last_step = None
    return Enrolment(secret, totp.enrolment_uri(secret, user.email, issuer))


def begun(
    session: Session,
    keyring: Keyring,
    tenant_id: TenantId,
    user_id: UserId,
    issuer: str,
) -> Enrolment:
    """Return the secret that waits for its first code, to be shown once more.

    Raises:
        SecondFactorError: the second factor is on, or was not begun.
    """
    user = lock(session, User, (tenant_id, user_id))
    if user.has_second_factor or user.totp_sealed is None:
        raise SecondFactorError("begin with a new secret first")
    secret = keyring.open(user.totp_sealed, _context(user)).decode()
    return Enrolment(secret, totp.enrolment_uri(secret, user.email, issuer))


def confirm(
    session: Session,
    keyring: Keyring,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    code: str,
    now: datetime,
) -> list[str]:
    """Switch the second factor on, with a first code; return new recovery codes.

    Raises:
        SecondFactorError: it is on already, or was not begun.
        WrongCodeError: the code does not fit.
    """
    user = lock(session, User, (tenant_id, user_id))
    if user.has_second_factor or user.totp_sealed is None:
        raise SecondFactorError("begin with a new secret first")
    if not _accept_totp(keyring, user, _plain(code), now):
        raise WrongCodeError("this code does not fit: wait for the next one", "code")
    user.totp_confirmed_at = now
    return _new_codes(session, user)


def switch_off(session: Session, tenant_id: TenantId, user_id: UserId) -> bool:
    """Forget the second factor and its recovery codes; tell whether it was on.

    The caller has asked for the password or a code first.
    """
    user = lock(session, User, (tenant_id, user_id))
    was_on = user.has_second_factor
    user.totp_sealed = user.totp_confirmed_at = user.totp_last_step = None
    session.execute(delete(RecoveryCode).where(*_codes_of(user)))
    return was_on


def remove(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    now: datetime,
    *,
    by: UserId | None,
) -> bool:
    """Take the second factor from somebody who has lost it; every session ends.

    ``by`` is the admin who does so, None is the platform's operator. Tells whether
    there was one; where there is none, nothing ends.

    Raises:
        NotFoundError: the tenant has no such person.
        OwnSecondFactorError: it is the admin's own.
    """
    if user_id == by:
        raise OwnSecondFactorError("switch your own off at your security page")
    if not lock(session, User, (tenant_id, user_id)).has_second_factor:
        return False
    switch_off(session, tenant_id, user_id)
    sessions.revoke_all(session, tenant_id, user_id, now)
    return True


def renew_codes(session: Session, tenant_id: TenantId, user_id: UserId) -> list[str]:
    """Return new recovery codes; the old ones end.

    Raises:
        SecondFactorError: the second factor is off.
    """
    user = lock(session, User, (tenant_id, user_id))
    if not user.has_second_factor:
        raise SecondFactorError("the second factor is off")
    return _new_codes(session, user)


def codes_left(session: Session, tenant_id: TenantId, user_id: UserId) -> int:
    """Return how many recovery codes are still good."""
    left = select(func.count()).where(
        RecoveryCode.tenant_id == tenant_id,
        RecoveryCode.user_id == user_id,
        RecoveryCode.used_at.is_(None),
    )
    return session.execute(left).scalar_one()


def accept(
    session: Session, keyring: Keyring, user: User, code: str, now: datetime
) -> bool:
    """Tell whether ``code`` is good, and use it up: no code works twice.

    ``user`` was locked by the caller, so of two who send one code, one passes.
    """
    plain = _plain(code)
    if _CODE.fullmatch(plain):
        return _accept_totp(keyring, user, plain, now)
    using = (
        update(RecoveryCode)
        .where(
            *_codes_of(user),
            RecoveryCode.code_hash == _code_hash(plain),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.code_hash)
    )
    return session.scalars(using).one_or_none() is not None


def _accept_totp(keyring: Keyring, user: User, code: str, now: datetime) -> bool:
    if user.totp_sealed is None or not _CODE.fullmatch(code):
        return False
    secret = keyring.open(user.totp_sealed, _context(user)).decode()
    step = totp.matching_step(secret, code, now, user.totp_last_step)
    if step is None:
        return False
    user.totp_last_step = step
    return True


def _new_codes(session: Session, user: User) -> list[str]:
    session.execute(delete(RecoveryCode).where(*_codes_of(user)))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            code_hash=_code_hash(_plain(code)),
        )
        for code in codes
    )
    session.flush()
    return codes


def _new_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _code_hash(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()


def _codes_of(user: User) -> tuple[ColumnElement[bool], ...]:
    return (
        RecoveryCode.tenant_id == user.tenant_id,
        RecoveryCode.user_id == user.user_id,
    )


def seal_context(tenant_id: TenantId, user_id: UserId) -> str:
    """Return what a person's sealed secret is bound to."""
    return f"totp:{tenant_id}:{user_id}"


def _context(user: User) -> str:
    return seal_context(user.tenant_id, user.user_id)
