"""New secrets for an operator who lost theirs: password and second factor together."""

from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from abtpro_saas.database import existing
from abtpro_saas.identity import people
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.access.lockout import Attempts
from abtpro_saas.identity.operators.service import (
    NewOperator,
    find_operator,
    new_operator,
    seal_context,
    sign_out_operator,
)
from abtpro_saas.sealing import Keyring, SealError


def renew_operator(
    session: Session,
    keyring: Keyring,
    email: str,
    password: str,
    now: datetime,
    *,
    profile: PasswordHasher = passwords.STRONG,
) -> NewOperator:
    """Give an operator a new password and a new second factor; every session ends.

    Raises:
        NotFoundError: no operator has the address.
        WeakPasswordError: the password is too easily guessed.
    """
    operator = existing(find_operator(session, people.normal_email(email)))
    passwords.check_strength(password, operator.email)
    secret, context = totp.new_secret(), seal_context(operator.operator_id)
    operator.password_hash = passwords.hash_password(password, profile)
    operator.totp_sealed = keyring.seal(secret.encode(), context)
    operator.totp_last_step = None
    sign_out_operator(session, operator.operator_id, now)
    Attempts(session, None).forgive(operator.email, "")
    return new_operator(operator.operator_id, operator.email, secret)


def fits_operator(
    session: Session, keyring: Keyring, email: str, password: str, totp_secret: str
) -> bool:
    """Tell whether an operator signs in with this password and this secret's codes."""
    operator = find_operator(session, email)
    if operator is None:
        return False
    context = seal_context(operator.operator_id)
    try:
        held = keyring.open(operator.totp_sealed, context)
    except SealError:
        return False
    known = passwords.verify_password(operator.password_hash, password)
    return known and held == totp_secret.encode()
