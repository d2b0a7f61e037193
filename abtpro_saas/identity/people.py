"""People of a tenant: accounts, profiles, members and their roles."""

import re
import unicodedata
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.database import existing, lock
from abtpro_saas.errors import ConflictError, InvalidError
from abtpro_saas.identity.access import passwords, sessions
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import User
from abtpro_saas.identity.words import Locale, Rising, Theme
from abtpro_saas.ids import TenantId, UserId, new_id

LONGEST_EMAIL = 254
LONGEST_NAME = 100
# ASCII alone: names that merely look alike would be two people.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")


class EmailError(InvalidError):
    """Not an e-mail address that mail can reach."""

    code = "invalid_email"


class PersonNameError(InvalidError):
    """Not a name that can be shown."""

    code = "invalid_name"


class EmailTakenError(ConflictError):
    """Somebody at this tenant has the address."""

    code = "email_taken"


class LastAdminError(ConflictError):
    """A tenant keeps at least one admin who can sign in."""

    code = "last_admin"


def normal_email(text: str) -> str:
    """Return the address as it is stored and compared: lower case, no margins.

    Raises:
        EmailError: it is no address.
    """
    email = text.strip().lower()
    if len(email) > LONGEST_EMAIL or _EMAIL.fullmatch(email) is None:
        raise EmailError("this is not an e-mail address", "email")
    return email


def normal_name(text: str) -> str:
    """Return a name without margins and control characters.

    Raises:
        PersonNameError: it is empty or longer than 100 characters.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise PersonNameError(f"a name has 1 to {LONGEST_NAME} characters", "name")
    return name


def create_user(
    session: Session,
    tenant_id: TenantId,
    *,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    password: str | None = None,
    verified: bool = True,
    locale: Locale = Locale.TH,
    profile: PasswordHasher = passwords.STRONG,
) -> User:
    """Add somebody to a tenant; without a password they must be let in by mail.

    Raises:
        EmailError: it is no address.
        PersonNameError: it cannot be shown.
        WeakPasswordError: the password is too easily guessed.
        EmailTakenError: somebody at this tenant has the address.
    """
    address = normal_email(email)
    if password is not None:
        passwords.check_strength(password, address)
    values = {
        "tenant_id": tenant_id,
        "user_id": new_id(),
        "email": address,
        "name": normal_name(name),
        "role": role,
        "locale": locale,
        "theme": Theme.SYSTEM,
        "rising": Rising.GREEN,
        "password_hash": password and passwords.hash_password(password, profile),
        "email_verified_at": now if verified else None,
        "created_at": now,
    }
    # Two may ask for one address at once: the second waits here, then finds it taken.
    adding = insert(User).values(values).on_conflict_do_nothing().returning(User)
    user = session.scalars(adding).one_or_none()
    if user is None:
        raise EmailTakenError("somebody here has this e-mail address already")
    return user


def find_user(session: Session, tenant_id: TenantId, email: str) -> User | None:
    """Return who has the address, or None; an impossible address finds nobody."""
    if not email.isascii() or not email.isprintable():
        return None
    return session.scalars(
        select(User).where(
            User.tenant_id == tenant_id, User.email == email.strip().lower()
        )
    ).one_or_none()


def get_user(session: Session, tenant_id: TenantId, user_id: UserId) -> User:
    """Return a person of the tenant.

    Raises:
        NotFoundError: the tenant has no such person.
    """
    return existing(session.get(User, (tenant_id, user_id)))


def list_members(
    session: Session,
    tenant_id: TenantId,
    *,
    after: tuple[str, UserId] | None = None,
    limit: int = 50,
) -> list[User]:
    """Return up to ``limit`` people by e-mail, those behind ``after`` (email, id)."""
    chosen = select(User).where(User.tenant_id == tenant_id)
    if after is not None:
        chosen = chosen.where(tuple_(User.email, User.user_id) > tuple_(*after))
    return list(session.scalars(chosen.order_by(User.email, User.user_id).limit(limit)))


def update_profile(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    name: str | None = None,
    locale: Locale | None = None,
    theme: Theme | None = None,
    rising: Rising | None = None,
) -> User:
    """Change what somebody says about themselves; None leaves a part as it is.

    Raises:
        PersonNameError: the name cannot be shown.
    """
    user = lock(session, User, (tenant_id, user_id))
    user.name = user.name if name is None else normal_name(name)
    user.locale = locale or user.locale
    user.theme = theme or user.theme
    user.rising = rising or user.rising
    return user


def change_role(
    session: Session, tenant_id: TenantId, user_id: UserId, role: Role
) -> User:
    """Give a member another role; it holds from the next request on.

    Raises:
        NotFoundError: the tenant has no such person.
        LastAdminError: nobody would be left to run the tenant.
    """
    admins = _lock_admins(session, tenant_id)
    user = lock(session, User, (tenant_id, user_id))
    if role is not Role.ADMIN:
        _keep_an_admin(admins, user)
    user.role = role
    return user


def disable_user(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> User:
    """Shut somebody out, now and on every device; their history stays.

    Raises:
        NotFoundError: the tenant has no such person.
        LastAdminError: nobody would be left to run the tenant.
    """
    admins = _lock_admins(session, tenant_id)
    user = lock(session, User, (tenant_id, user_id))
    _keep_an_admin(admins, user)
    user.disabled_at = user.disabled_at or now
    sessions.revoke_all(session, tenant_id, user_id, now)
    return user


def enable_user(session: Session, tenant_id: TenantId, user_id: UserId) -> User:
    """Let somebody in again who was disabled.

    Raises:
        NotFoundError: the tenant has no such person.
    """
    user = lock(session, User, (tenant_id, user_id))
    user.disabled_at = None
    return user


def _lock_admins(session: Session, tenant_id: TenantId) -> set[UserId]:
    """Return the admins who can sign in; two demotions at once take turns here."""
    able = (
        User.tenant_id == tenant_id,
        User.role == Role.ADMIN,
        User.disabled_at.is_(None),
        User.password_hash.is_not(None),
    )
    rows = select(User.user_id).where(*able).order_by(User.user_id).with_for_update()
    return set(session.scalars(rows))


def _keep_an_admin(admins: set[UserId], leaving: User) -> None:
    if admins == {leaving.user_id}:
        raise LastAdminError("the tenant needs an admin: name another one first")
