"""Operators' API keys: they open ``/api/v1/operator`` and nothing else."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from abtpro_saas.database import existing, lock, plain_transaction
from abtpro_saas.identity import people
from abtpro_saas.identity.caller import OperatorCaller
from abtpro_saas.identity.keys.keytext import (
    OPERATOR_PREFIX,
    InvalidKeyError,
    new_key_text,
    parse_key,
)
from abtpro_saas.identity.keys.service import KeyExpiredError, KeyRevokedError
from abtpro_saas.identity.platform_tables import Operator, OperatorKey

_USED_EVERY = timedelta(minutes=1)


def mint_operator_key(
    session: Session,
    operator_id: UUID,
    *,
    name: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[OperatorKey, str]:
    """Make a key; return its row, and its text, which is shown once."""
    key = new_key_text(OPERATOR_PREFIX)
    row = OperatorKey(
        operator_id=operator_id,
        name=people.normal_name(name),
        public_id=key.public_id,
        secret_hash=key.secret_hash,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row, key.plain


def authenticate_operator_key(
    engine: Engine, plain: str, address: str, now: datetime
) -> OperatorCaller:
    """Return the operator on whose behalf a key asks.

    Raises:
        InvalidKeyError: there is no such key.
        KeyRevokedError, KeyExpiredError: it has ended.
    """
    key = parse_key(plain, OPERATOR_PREFIX)
    with plain_transaction(engine) as session:
        row = session.scalars(
            select(OperatorKey).filter_by(public_id=key.public_id)
        ).one_or_none()
        if row is None or not hmac.compare_digest(row.secret_hash, key.secret_hash):
            raise InvalidKeyError("there is no such API key")
        operator = existing(session.get(Operator, row.operator_id))
        if row.revoked_at is not None or operator.disabled_at is not None:
            raise KeyRevokedError("this API key was revoked")
        if row.expires_at is not None and row.expires_at <= now:
            raise KeyExpiredError("this API key has expired")
        if row.last_used_at is None or row.last_used_at <= now - _USED_EVERY:
            row.last_used_at = now
        return OperatorCaller(
            operator.operator_id, operator.email, "key", row.key_id, address
        )


def revoke_operator_key(session: Session, key_id: UUID, now: datetime) -> None:
    """End a key at once; ending it twice is no error.

    Raises:
        NotFoundError: there is no such key.
    """
    key = lock(session, OperatorKey, (key_id,))
    key.revoked_at = key.revoked_at or now
