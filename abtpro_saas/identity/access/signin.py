"""Signing in: a password, the second factor where there is one, and refusals.

These functions take an engine and make transactions of their own: a refusal must leave
its count and its line in the audit trail behind although it raises, and no transaction
stays open while a password is hashed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Delete, Engine, delete, select
from sqlalchemy.orm import Session

from abtpro_saas.database import lock, tenant_transaction
from abtpro_saas.errors import DomainError, ForbiddenError, UnauthenticatedError
from abtpro_saas.identity import audit, people, tenants
from abtpro_saas.identity.access import second_factor
from abtpro_saas.identity.access.bearer import bearer_hash, new_bearer
from abtpro_saas.identity.access.lockout import Attempts, Counted
from abtpro_saas.identity.access.passwords import (
    hash_password,
    is_outdated,
    verify_password,
)
from abtpro_saas.identity.access.sessions import OpenedSession, open_session
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.tables import SecondFactorChallenge, User
from abtpro_saas.identity.tenants import TenantSuspendedError
from abtpro_saas.identity.words import ActorKind, Outcome
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.sealing import Keyring

CHALLENGE_LIFE = timedelta(minutes=5)

Also = Callable[[Session, User, OpenedSession], None]
"""What else belongs into the transaction that signs somebody in, such as a notice."""


class WrongCredentialsError(UnauthenticatedError):
    """E-mail and password do not fit; says nothing about which.

    ``locked_user`` is who is to be told that this attempt locked their account.
    """

    code = "wrong_credentials"
    locked_user: UserId | None = None


class WrongSecondFactorError(WrongCredentialsError):
    """The code does not fit, or was used."""

    code = "wrong_second_factor"


class SignInExpiredError(UnauthenticatedError):
    """The password was given too long ago, or the sign-in was completed."""

    code = "sign_in_expired"


class AccountDisabledError(ForbiddenError):
    """The password was right, but an admin has shut this account."""

    code = "account_disabled"


@dataclass(frozen=True)
class SecondFactorDue:
    """The password was right; ``token`` and a code sign in, until ``expires_at``."""

    user_id: UserId
    token: str = field(repr=False)
    expires_at: datetime


def sign_in(
    engine: Engine,
    tenant_id: TenantId,
    email: str,
    password: str,
    *,
    origin: Origin,
    now: datetime,
    also: Also | None = None,
) -> OpenedSession | SecondFactorDue:
    """Check a password; return a session, or what is needed for the second factor.

    Raises:
        TenantSuspendedError: the tenant's doors are shut.
        LockedOutError: too many attempts failed, of this account or address.
        WrongCredentialsError: nobody here has this e-mail and password.
        AccountDisabledError: an admin has shut the account.
    """
    account = email.strip().lower()
    door = _Door(engine, tenant_id, account, origin, now)
    with tenant_transaction(engine, tenant_id) as session:
        if tenants.get_tenant(session, tenant_id).suspended_at is not None:
            raise TenantSuspendedError("this service is suspended")
        counted = Attempts(session, tenant_id).count(account, origin.address, now)
        user = people.find_user(session, tenant_id, account)
    known = user.user_id if user else None
    door.check(counted, known)
    stored = user.password_hash if user else None
    if not verify_password(stored, password) or user is None or stored is None:
        raise door.refused(
            WrongCredentialsError("e-mail or password is wrong"), known, counted
        )
    if user.disabled_at is not None:
        raise door.refused(AccountDisabledError("this account is disabled"), known)
    stronger = hash_password(password) if is_outdated(stored) else None
    with tenant_transaction(engine, tenant_id) as session:
        user = lock(session, User, (tenant_id, user.user_id))
        # Between the check and this lock the password may have been reset.
        if user.password_hash == stored and user.disabled_at is None:
            user.password_hash = stronger or stored
            if user.has_second_factor:
                return door.challenge(session, user)
            return door.open(session, user, also, second_factor=False)
    raise door.refused(
        WrongCredentialsError("e-mail or password is wrong"), known, counted
    )


def pass_second_factor(
    engine: Engine,
    keyring: Keyring,
    tenant_id: TenantId,
    token: str,
    code: str,
    *,
    origin: Origin,
    now: datetime,
    also: Also | None = None,
) -> OpenedSession:
    """Complete a sign-in with a code of the authenticator or a recovery code.

    Raises:
        LockedOutError: too many attempts failed, of this account or address.
        SignInExpiredError: the password was given too long ago.
        WrongSecondFactorError: the code does not fit, or was used.
    """
    with tenant_transaction(engine, tenant_id) as session:
        user = _challenged(session, tenant_id, token, now)
        account = user.email if user else ""
        counted = Attempts(session, tenant_id).count(account, origin.address, now)
    door = _Door(engine, tenant_id, account, origin, now)
    door.check(counted, user.user_id if user else None)
    if user is None:
        raise door.refused(SignInExpiredError("sign in again"), None)
    with tenant_transaction(engine, tenant_id) as session:
        user = lock(session, User, (tenant_id, user.user_id))
        # Asked again behind the lock: of two with one token, one passes.
        live = _challenged(session, tenant_id, token, now) is not None
        if live and second_factor.accept(session, keyring, user, code, now):
            session.execute(_challenges_of(user))
            return door.open(session, user, also, second_factor=True)
    error = WrongSecondFactorError("this code does not fit")
    raise door.refused(error, user.user_id, counted)


def confirm_password(
    engine: Engine,
    tenant_id: TenantId,
    user_id: UserId,
    password: str,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Ask somebody who is signed in for the password again; failures count as above.

    Raises:
        LockedOutError: too many attempts failed.
        WrongCredentialsError: it is not their password.
    """
    with tenant_transaction(engine, tenant_id) as session:
        user = people.get_user(session, tenant_id, user_id)
        counted = Attempts(session, tenant_id).count(user.email, origin.address, now)
    door = _Door(engine, tenant_id, user.email, origin, now)
    door.check(counted, user_id)
    if not verify_password(user.password_hash, password):
        error = WrongCredentialsError("this is not your password")
        raise door.refused(error, user_id, counted)
    with tenant_transaction(engine, tenant_id) as session:
        Attempts(session, tenant_id).forgive(user.email, origin.address)


@dataclass(frozen=True)
class _Door:
    """One attempt of one account from one address, and how it may end."""

    engine: Engine
    tenant_id: TenantId
    account: str
    origin: Origin
    now: datetime

    def check(self, counted: Counted, known: UserId | None) -> None:
        """Refuse an attempt that comes too early."""
        try:
            counted.check(self.now)
        except DomainError as error:
            raise self.refused(error, known) from None

    def refused(
        self, error: DomainError, known: UserId | None, counted: Counted | None = None
    ) -> DomainError:
        """Write the refusal into the audit trail; return it, to be raised."""
        with tenant_transaction(self.engine, self.tenant_id) as session:
            self._record(session, known, Outcome.REFUSED, error.code)
        if isinstance(error, WrongCredentialsError) and counted is not None:
            error.locked_user = known if counted.locks_account else None
        return error

    def challenge(self, session: Session, user: User) -> SecondFactorDue:
        """Note that the password was right; the account's failures still stand."""
        attempts = Attempts(session, self.tenant_id)
        attempts.take_back(self.account, self.origin.address)
        session.execute(
            _challenges_of(user).where(SecondFactorChallenge.expires_at <= self.now)
        )
        bearer, expires_at = new_bearer(), self.now + CHALLENGE_LIFE
        session.add(
            SecondFactorChallenge(
                tenant_id=self.tenant_id,
                user_id=user.user_id,
                token_hash=bearer.hash,
                created_at=self.now,
                expires_at=expires_at,
            )
        )
        return SecondFactorDue(user.user_id, bearer.plain, expires_at)

    def open(
        self, session: Session, user: User, also: Also | None, *, second_factor: bool
    ) -> OpenedSession:
        """Sign ``user`` in and forget the account's failures."""
        Attempts(session, self.tenant_id).forgive(self.account, self.origin.address)
        user.last_sign_in_at = self.now
        opened = open_session(
            session, user, self.origin, self.now, second_factor=second_factor
        )
        self._record(session, user.user_id, Outcome.DONE, None)
        if also is not None:
            also(session, user, opened)
        return opened

    def _record(
        self, session: Session, known: UserId | None, outcome: Outcome, code: str | None
    ) -> None:
        # What was typed stays out: people type passwords into the wrong field.
        audit.record(
            session,
            tenant_id=self.tenant_id,
            actor_kind=ActorKind.USER if known else ActorKind.ANONYMOUS,
            actor_id=known,
            action="account.sign_in",
            address=self.origin.address,
            request_id=self.origin.request_id,
            outcome=outcome,
            code=code,
            now=self.now,
        )


def _challenged(
    session: Session, tenant_id: TenantId, token: str, now: datetime
) -> User | None:
    user_id = session.scalars(
        select(SecondFactorChallenge.user_id).where(
            SecondFactorChallenge.tenant_id == tenant_id,
            SecondFactorChallenge.token_hash == bearer_hash(token),
            SecondFactorChallenge.expires_at > now,
        )
    ).one_or_none()
    return None if user_id is None else session.get(User, (tenant_id, user_id))


def _challenges_of(user: User) -> Delete:
    return delete(SecondFactorChallenge).where(
        SecondFactorChallenge.tenant_id == user.tenant_id,
        SecondFactorChallenge.user_id == user.user_id,
    )
