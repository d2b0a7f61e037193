"""How somebody gets in for the first time, or again: sign-up, invitation, reset."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abtpro_saas.database import lock
from abtpro_saas.errors import ForbiddenError
from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.access import lockout, passwords, sessions, tokens
from abtpro_saas.identity.access.tokens import IssuedToken, LinkError
from abtpro_saas.identity.keys import live
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import User
from abtpro_saas.identity.words import Locale, Purpose
from abtpro_saas.ids import TenantId, UserId


class SignUpClosedError(ForbiddenError):
    """The tenant invites its people; nobody signs up alone."""

    code = "sign_up_closed"


@dataclass(frozen=True)
class NewPassword:
    """Whose password was set, and what became of the API keys that they had."""

    user: User
    keys_revoked: int
    keys_left: int


@dataclass(frozen=True)
class ProvenEmail:
    """Whose address was proven, and the one before it where it is a new one."""

    user: User
    former: str | None


def sign_up(
    session: Session,
    tenant_id: TenantId,
    *,
    email: str,
    name: str,
    locale: Locale,
    now: datetime,
) -> IssuedToken | None:
    """Let a newcomer in as a trader; return the link to mail, or None for no mail.

    The password is chosen behind the link: who only knows an address cannot prepare an
    account for its owner. Where the address has an account the mail helps its owner
    back in, and the page says the same in each case.

    Raises:
        SignUpClosedError: the tenant does not offer it.
        EmailError, PersonNameError: an input cannot be used.
    """
    if not tenants.get_tenant(session, tenant_id).sign_up:
        raise SignUpClosedError("ask for an invitation")
    people.normal_name(name)
    user = people.find_user(session, tenant_id, people.normal_email(email))
    if user is not None:
        return request_reset(session, tenant_id, email, now)
    user = people.create_user(
        session,
        tenant_id,
        email=email,
        name=name,
        role=Role.TRADER,
        locale=locale,
        verified=False,
        now=now,
    )
    return tokens.issue(session, user, Purpose.VERIFY_EMAIL, now)


def invite(
    session: Session,
    tenant_id: TenantId,
    *,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    locale: Locale = Locale.TH,
) -> tuple[User, IssuedToken]:
    """Add a member, who chooses a password behind the returned link.

    Raises:
        EmailTakenError: somebody here has the address.
        EmailError, PersonNameError: an input cannot be used.
    """
    user = people.create_user(
        session,
        tenant_id,
        email=email,
        name=name,
        role=role,
        locale=locale,
        verified=False,
        now=now,
    )
    return user, tokens.issue(session, user, Purpose.INVITE, now)


def request_reset(
    session: Session, tenant_id: TenantId, email: str, now: datetime
) -> IssuedToken | None:
    """Return a link to mail to the owner of ``email``, or None for no mail.

    The page says the same in each case: unknown, disabled, asked too often. Who never
    chose a password gets a link of the kind that let them in.
    """
    user = people.find_user(session, tenant_id, email)
    if user is None or user.disabled_at is not None:
        return None
    user = lock(session, User, (tenant_id, user.user_id))
    if tokens.are_too_many(session, user, now):
        return None
    purpose = Purpose.RESET_PASSWORD
    if user.password_hash is None:
        purpose = Purpose.VERIFY_EMAIL
    return tokens.issue(session, user, purpose, now)


def choose_password(
    session: Session,
    tenant_id: TenantId,
    link: str,
    password: str,
    now: datetime,
    *,
    revoke_keys: bool = True,
    profile: PasswordHasher = passwords.STRONG,
) -> NewPassword:
    """Set the password of who came through a mailed link; it is used up.

    Every session ends, and every API key unless told otherwise: who had the account
    may have made some. A refused password leaves link and keys as they are.

    Raises:
        LinkError: it was used, is too old, or is for an account with a password.
        WeakPasswordError: the password is too easily guessed.
    """
    token = tokens.consume(session, tenant_id, link, set(Purpose), now)
    user = lock(session, User, (tenant_id, token.user_id))
    first_time = user.password_hash is None
    if user.disabled_at is not None or token.email != user.email:
        raise LinkError("this link was used or is too old: ask for a new one")
    if token.purpose != Purpose.RESET_PASSWORD and not first_time:
        raise LinkError("this account has a password already")
    user.email_verified_at = user.email_verified_at or now
    return set_password(
        session,
        tenant_id,
        user.user_id,
        password,
        now,
        revoke_keys=revoke_keys,
        profile=profile,
    )


def set_password(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    password: str,
    now: datetime,
    *,
    keep: UUID | None = None,
    revoke_keys: bool = False,
    profile: PasswordHasher = passwords.STRONG,
) -> NewPassword:
    """Change a password: other sessions than ``keep`` and open reset links end.

    API keys live on unless told otherwise. The caller has asked for the old password
    (``signin.confirm_password``).

    Raises:
        WeakPasswordError: the password is too easily guessed.
    """
    user = lock(session, User, (tenant_id, user_id))
    passwords.check_strength(password, user.email)
    user.password_hash = passwords.hash_password(password, profile)
    sessions.revoke_all(session, tenant_id, user_id, now, keep=keep)
    tokens.end_all(session, user, Purpose.RESET_PASSWORD, now)
    lockout.Attempts(session, tenant_id).forgive(user.email, "")
    return NewPassword(
        user,
        live.revoke_all(session, tenant_id, user_id, now) if revoke_keys else 0,
        live.count_live(session, tenant_id, user_id, now),
    )


def request_email_change(
    session: Session, tenant_id: TenantId, user_id: UserId, email: str, now: datetime
) -> IssuedToken:
    """Return a link to mail to the new address; the old one holds until it is used.

    Raises:
        EmailError: it is no address.
    """
    user = lock(session, User, (tenant_id, user_id))
    address = people.normal_email(email)
    return tokens.issue(session, user, Purpose.VERIFY_EMAIL, now, email=address)


def verify_email(
    session: Session, tenant_id: TenantId, link: str, now: datetime
) -> ProvenEmail:
    """Take over the address that a mailed link proves; it is used up.

    Raises:
        LinkError: it was used, is too old, or asks for a password first.
        EmailTakenError: somebody else here has the address by now.
    """
    token = tokens.consume(session, tenant_id, link, {Purpose.VERIFY_EMAIL}, now)
    user = lock(session, User, (tenant_id, token.user_id))
    if user.password_hash is None or user.disabled_at is not None:
        raise LinkError("choose a password with this link first")
    tokens.end_all(session, user, Purpose.RESET_PASSWORD, now)
    former = user.email if user.email != token.email else None
    user.email, user.email_verified_at = token.email, now
    try:
        session.flush()
    except IntegrityError:
        message = "somebody here has this e-mail address already"
        raise people.EmailTakenError(message) from None
    return ProvenEmail(user, former)
