"""What requests leave in the audit trails: what was done, and each refusal."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask import g, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import audit
from abtpro_saas.identity.caller import Caller, OperatorCaller
from abtpro_saas.identity.keys.keytext import TENANT_PREFIX, InvalidKeyError, parse_key
from abtpro_saas.identity.words import ActorKind, Outcome
from abtpro_saas.ids import TenantId

_log = structlog.get_logger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ALWAYS = frozenset({401, 402, 403, 429})
"""Refusals always worth a line; others are where something would have changed."""


@dataclass
class Note:
    """What the trail will say of a request."""

    action: str
    subject: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def refine(
        self, action: str | None, subject: object, detail: dict[str, Any]
    ) -> None:
        """Say more precisely what is being done."""
        self.action = action or self.action
        self.subject = self.subject if subject is None else str(subject)
        self.detail |= detail


@dataclass(frozen=True)
class _Suspect:
    """Whose key was refused."""

    tenant_id: TenantId
    user_id: UUID
    key_id: UUID


def record_done(session: Session, who: Caller, note: Note, now: datetime) -> None:
    """Write down what ``who`` has done, in the transaction that does it.

    A refused form is drawn again by the same request, which has done nothing.
    """
    if g.get("refused"):
        return
    by_key = {"key_id": str(who.credential_id)} if who.via == "key" else {}
    audit.record(
        session,
        tenant_id=who.tenant_id,
        actor_kind=ActorKind.KEY if by_key else ActorKind.USER,
        actor_id=who.user_id,
        action=note.action,
        subject=note.subject,
        detail=note.detail | by_key,
        address=who.address,
        request_id=g.get("request_id"),
        now=now,
    )


def record_operator_done(
    session: Session, who: OperatorCaller, note: Note, now: datetime
) -> None:
    """Write down what an operator has done, in the transaction that does it."""
    if g.get("refused"):
        return
    audit.record_operator(
        session,
        operator_id=who.operator_id,
        action=note.action,
        subject=note.subject,
        detail=note.detail,
        address=who.address,
        request_id=g.get("request_id"),
        now=now,
    )


def suspect_key(plain: str) -> None:
    """Remember whose key was refused, if whoever sent it holds its secret."""
    try:
        key = parse_key(plain, TENANT_PREFIX)
    except InvalidKeyError:
        return
    asked = text(
        "SELECT tenant_id, user_id, key_id FROM find_api_key(:id)"
        " WHERE secret_hash = :hash"
    )
    values = {"id": key.public_id, "hash": key.secret_hash}
    with house().counters.connect() as connection:
        found = connection.execute(asked, values).one_or_none()
    if found is not None:
        g.suspect = _Suspect(TenantId(found.tenant_id), found.user_id, found.key_id)


def record_refusal(status: int, code: str) -> None:
    """Write a refusal down, in its own transaction, where somebody known asked."""
    g.refused = True
    if g.get("refusal_recorded") or not 400 <= status < 500:  # noqa: PLR2004 - refusals, not failures
        return
    if status not in ALWAYS and request.method in SAFE:
        return
    try:
        _record(code)
    except SQLAlchemyError as error:
        # The refusal itself must reach its reader, whatever the trail's fate.
        _log.error("audit.lost", code=code, error=type(error).__name__)


def _record(code: str) -> None:
    who = g.get("caller") or g.get("operator")
    detail = {"method": request.method, "path": request.path}
    entry: dict[str, Any] = {
        "action": request.endpoint or "unknown",
        "detail": detail,
        "address": request.remote_addr,
        "request_id": g.get("request_id"),
        "outcome": Outcome.REFUSED,
        "code": code,
        "now": utc_now(),
    }
    if isinstance(who, OperatorCaller):
        with plain_transaction(house().operator_engine) as session:
            audit.record_operator(session, operator_id=who.operator_id, **entry)
        return
    whose = _whose(who)
    if whose is None:
        return
    tenant_id, kind, actor_id, key_id = whose
    if key_id is not None:
        detail["key_id"] = str(key_id)
    with tenant_transaction(house().engine, tenant_id) as session:
        audit.record(
            session, tenant_id=tenant_id, actor_kind=kind, actor_id=actor_id, **entry
        )


def _whose(
    who: Caller | None,
) -> tuple[TenantId, ActorKind, UUID, UUID | None] | None:
    if who is not None:
        by_key = who.via == "key"
        kind = ActorKind.KEY if by_key else ActorKind.USER
        key_id = who.credential_id if by_key else None
        return who.tenant_id, kind, who.user_id, key_id
    suspect: _Suspect | None = g.get("suspect")
    if suspect is None:
        return None
    return suspect.tenant_id, ActorKind.KEY, suspect.user_id, suspect.key_id
