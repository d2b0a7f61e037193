"""API keys: minted, shown once, checked at each request, rotated, revoked."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, or_, select, text, update
from sqlalchemy.orm import Session

from abtpro_saas.database import existing, lock, tenant_transaction
from abtpro_saas.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
)
from abtpro_saas.identity import people
from abtpro_saas.identity.access.signin import SignInExpiredError
from abtpro_saas.identity.caller import Caller
from abtpro_saas.identity.keys import networks
from abtpro_saas.identity.keys.keytext import (
    TENANT_PREFIX,
    InvalidKeyError,
    KeyText,
    new_key_text,
    parse_key,
)
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.keys.live import count_live
from abtpro_saas.identity.roles import SCOPES, Role
from abtpro_saas.identity.tables import ApiKey, User, UserSession
from abtpro_saas.identity.tenants import TenantSuspendedError
from abtpro_saas.ids import TenantId, UserId

MOST_LIVE = 50
GRACE = timedelta(hours=24)
"""How long a rotated key still works beside its successor."""
LONGEST_GRACE = timedelta(days=7)

_USED_EVERY = timedelta(minutes=1)
_LOOK_UP = text("SELECT * FROM find_api_key(:public_id)")


class KeyExpiredError(UnauthenticatedError):
    """The key was good until its expiry."""

    code = "key_expired"


class KeyRevokedError(UnauthenticatedError):
    """Its owner has revoked the key."""

    code = "key_revoked"


class AddressNotAllowedError(ForbiddenError):
    """The key has a list of networks, and the caller is in none."""

    code = "address_not_allowed"


class TooManyKeysError(ConflictError):
    """Somebody has as many live keys as one may have."""

    code = "too_many_keys"


class KeyEndedError(ConflictError):
    """A key that has ended or has a successor is not rotated again."""

    code = "key_ended"


@dataclass(frozen=True)
class MintedKey:
    """A new key; ``plain`` is shown once and kept nowhere."""

    row: ApiKey
    plain: str = field(repr=False)


def limits_of(session: Session, caller: Caller) -> KeyLimits:
    """Return what ``caller`` may put into a key: a key begets none mightier.

    Locks the person: what a new password ends at the same moment makes no key.

    Raises:
        SignInExpiredError: the session has ended meanwhile.
        KeyRevokedError: the key has.
    """
    lock(session, User, (caller.tenant_id, caller.user_id))
    place = (caller.tenant_id, caller.credential_id)
    if caller.via == "session":
        if existing(session.get(UserSession, place)).revoked_at is not None:
            raise SignInExpiredError("sign in again")
        return KeyLimits(caller.scopes)
    key = existing(session.get(ApiKey, place))
    if key.revoked_at is not None:
        raise KeyRevokedError("this API key was revoked")
    return KeyLimits(caller.scopes, key.expires_at, tuple(key.allowed_networks))


def mint_key(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    name: str,
    scopes: Collection[str],
    limits: KeyLimits,
    now: datetime,
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
) -> MintedKey:
    """Make a key that speaks for a user, with some of what ``limits`` allows.

    Without an expiry or networks of its own it has those of ``limits``.

    Raises:
        PersonNameError: the key's name cannot be shown.
        ScopeError: no scope, or one beyond ``limits`` or the user's role.
        KeyExpiryError: in the past, or beyond ``limits``.
        NetworkError: no network, or one beyond ``limits``.
        TooManyKeysError: the user has 50 live keys.
    """
    user = lock(session, User, (tenant_id, user_id))
    chosen = limits.bound_scopes(scopes)
    KeyLimits(SCOPES[Role(user.role)]).bound_scopes(chosen)
    if count_live(session, tenant_id, user_id, now) >= MOST_LIVE:
        raise TooManyKeysError("revoke a key that is no longer used first")
    return _add(
        session,
        new_key_text(TENANT_PREFIX),
        tenant_id=tenant_id,
        user_id=user_id,
        name=people.normal_name(name),
        scopes=chosen,
        allowed_networks=limits.bound_networks(allowed_networks),
        created_at=now,
        expires_at=limits.bound_expiry(expires_at, now),
    )


def authenticate_key(engine: Engine, plain: str, address: str, now: datetime) -> Caller:
    """Return on whose behalf a key asks; notes its use at most once a minute.

    Raises:
        InvalidKeyError: there is no such key.
        KeyRevokedError, KeyExpiredError: it has ended.
        AddressNotAllowedError: not from here.
        TenantSuspendedError: its tenant's doors are shut.
    """
    key = parse_key(plain, TENANT_PREFIX)
    # One statement sees one snapshot: a transaction around it is two round trips more.
    single = engine.execution_options(isolation_level="AUTOCOMMIT")
    with single.connect() as connection:
        found = connection.execute(_LOOK_UP, {"public_id": key.public_id}).one_or_none()
    if found is None or not hmac.compare_digest(found.secret_hash, key.secret_hash):
        raise InvalidKeyError("there is no such API key")
    _check_standing(found, address, now)
    caller = Caller(
        tenant_id=TenantId(found.tenant_id),
        tenant_slug=found.tenant_slug,
        user_id=UserId(found.user_id),
        role=Role(found.role),
        scopes=SCOPES[Role(found.role)] & frozenset(found.scopes),
        via="key",
        credential_id=found.key_id,
        address=address,
    )
    if found.last_used_at is None or found.last_used_at <= now - _USED_EVERY:
        _note_use(engine, caller, now)
    return caller


def list_keys(session: Session, tenant_id: TenantId, user_id: UserId) -> list[ApiKey]:
    """Return a user's keys, ended ones too, the newest first."""
    chosen = select(ApiKey).where(
        ApiKey.tenant_id == tenant_id, ApiKey.user_id == user_id
    )
    return list(
        session.scalars(chosen.order_by(ApiKey.created_at.desc(), ApiKey.key_id.desc()))
    )


def revoke_key(
    session: Session, tenant_id: TenantId, user_id: UserId, key_id: UUID, now: datetime
) -> ApiKey:
    """End a key of a user's at once; ending it twice is no error.

    Raises:
        NotFoundError: they have no such key.
    """
    key = _lock_key(session, tenant_id, user_id, key_id)
    key.revoked_at = key.revoked_at or now
    return key


def rotate_key(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    key_id: UUID,
    *,
    limits: KeyLimits,
    now: datetime,
    grace: timedelta = GRACE,
) -> MintedKey:
    """Make a successor with the same rights; the old key works on for ``grace``.

    Two keys of a line are live at most: the predecessor's predecessor ends now.

    Raises:
        NotFoundError: the user has no such key.
        KeyEndedError: it has ended, or has a successor.
        ScopeError: the key can do more than who asks.
    """
    old = _lock_key(session, tenant_id, user_id, key_id)
    successor = select(ApiKey.key_id).filter_by(tenant_id=tenant_id, replaces=key_id)
    if not _is_live(old, now) or session.scalars(successor).first() is not None:
        raise KeyEndedError("this key has ended or was rotated already")
    user = existing(session.get(User, (tenant_id, user_id)))
    scopes = limits.bound_scopes(SCOPES[Role(user.role)] & set(old.scopes))
    if old.replaces is not None:
        _end_key(session, tenant_id, old.replaces, now)
    expires_at = old.expires_at
    ends = now + min(grace, LONGEST_GRACE)
    old.expires_at = ends if expires_at is None else min(expires_at, ends)
    return _add(
        session,
        new_key_text(TENANT_PREFIX),
        tenant_id=tenant_id,
        user_id=user_id,
        name=old.name,
        scopes=scopes,
        allowed_networks=limits.bound_networks(old.allowed_networks),
        created_at=now,
        expires_at=limits.bound_expiry(expires_at, now),
        replaces=key_id,
    )


def _check_standing(found: Row[Any], address: str, now: datetime) -> None:
    """Refuse a key that is known but not good here and now."""
    if found.revoked_at is not None or found.user_disabled:
        raise KeyRevokedError("this API key was revoked")
    if found.expires_at is not None and found.expires_at <= now:
        raise KeyExpiredError("this API key has expired")
    if not networks.contains(found.allowed_networks, address):
        raise AddressNotAllowedError("this API key may not be used from here")
    if found.tenant_suspended:
        raise TenantSuspendedError("this service is suspended")


def _note_use(engine: Engine, caller: Caller, now: datetime) -> None:
    noting = (
        update(ApiKey)
        .where(
            ApiKey.tenant_id == caller.tenant_id,
            ApiKey.key_id == caller.credential_id,
            or_(
                ApiKey.last_used_at.is_(None),
                ApiKey.last_used_at <= now - _USED_EVERY,
            ),
        )
        .values(last_used_at=now, last_used_address=caller.address)
    )
    with tenant_transaction(engine, caller.tenant_id) as session:
        session.execute(noting)


def _lock_key(
    session: Session, tenant_id: TenantId, user_id: UserId, key_id: UUID
) -> ApiKey:
    key = lock(session, ApiKey, (tenant_id, key_id))
    if key.user_id != user_id:
        raise NotFoundError("there is no such thing here")
    return key


def _end_key(
    session: Session, tenant_id: TenantId, key_id: UUID, now: datetime
) -> None:
    key = lock(session, ApiKey, (tenant_id, key_id))
    if _is_live(key, now):
        key.revoked_at = now


def _is_live(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)


def _add(session: Session, key: KeyText, **values: Any) -> MintedKey:  # noqa: ANN401 - the columns of ApiKey
    row = ApiKey(public_id=key.public_id, secret_hash=key.secret_hash, **values)
    session.add(row)
    session.flush()
    return MintedKey(row, key.plain)
