"""Credit that a tenant gives away: it pays charges before the wallet, until it expires.

A grant's row is locked by whoever takes of it, so of a charge and an expiry at once one
is first, and the other sees what is left. What users paid themselves never expires.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.invoices.tables import Grant, GrantUse
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.messages import WalletCredited
from abtpro_saas.billing.reasons import reason_of
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.database import plain_transaction
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity.people import get_user
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.money import AmountError, Satang
from abtpro_saas.outbox import leave
from abtpro_saas.wakes import wake_after_commit

LEASE = timedelta(days=30)
"""How long granted credit that a credit note gives back is good for, at least."""

MOST = Satang(1_000_000_000)
"""No gift is larger: such an amount is a slip of the finger."""

LONGEST_REASON = 200

BATCH = 500
"""How many grants expire in one transaction."""


class GrantExpiryError(InvalidError):
    """Granted credit must be good for some time."""

    code = "invalid_grant_expiry"


class Part(NamedTuple):
    """What is to be taken of one grant, which is locked; in satang."""

    grant: Grant
    amount: Satang


def grant(  # noqa: PLR0917 - whom, how much, until when and why: one order everywhere
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    amount: Satang,
    expires_at: datetime,
    reason: str,
    *,
    by: UserId,
    now: datetime,
    once: str | None = None,
) -> Grant:
    """Give ``amount`` to a user, to be spent before ``expires_at``.

    ``once`` names this gift among all: a second one of the same name is refused.

    Raises:
        NotFoundError: the tenant has no such user.
        AmountError: nothing would be given, or more than ``MOST``.
        GrantExpiryError: it would have expired already.
        ReasonNeededError: nobody says why.
        PostedError: this gift was given before.
    """
    if not 0 < amount <= MOST:
        raise AmountError("a grant is above zero, ten million baht at most", "amount")
    if expires_at <= now:
        raise GrantExpiryError("a grant expires in the future", "expires_at")
    why = reason_of(reason, LONGEST_REASON)
    get_user(session, tenant_id, user_id)
    grant_id = new_id()
    taken_from = Leg(_promotions(session, tenant_id, now), -amount)
    given_to = Leg(granted_account(session, tenant_id, user_id, now), amount)
    source = f"grant:{once or grant_id}"
    draft = Draft(JournalKind.GRANT, source, (taken_from, given_to), why)
    made = Grant(
        tenant_id=tenant_id,
        grant_id=grant_id,
        user_id=user_id,
        journal_id=ledger.post(session, tenant_id, draft, now),
        amount=amount,
        remaining=amount,
        expires_at=expires_at,
        reason=why,
        granted_by=by,
        created_at=now,
    )
    session.add(made)
    session.flush()
    leave(session, WalletCredited(str(tenant_id), str(user_id)), now)
    wake_after_commit(session, "wallet", str(tenant_id), str(user_id))
    return made


def granted_account(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> UUID:
    """Return the account of what a user was given and has not spent."""
    return ledger.account(session, tenant_id, AccountKind.GRANTED, user_id, now)


def _promotions(session: Session, tenant_id: TenantId, now: datetime) -> UUID:
    return ledger.account(session, tenant_id, AccountKind.PROMOTIONS, tenant_id, now)


def granted_balance(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> Satang:
    """Return what a user may still spend of grants, in satang."""
    total = session.scalar(
        select(func.sum(Grant.remaining)).where(
            Grant.tenant_id == tenant_id,
            Grant.user_id == user_id,
            Grant.remaining > 0,
            Grant.expires_at > now,
        )
    )
    return Satang(int(total or 0))


def grants_of(
    session: Session, tenant_id: TenantId, user_id: UserId, *, limit: int = 50
) -> Sequence[Grant]:
    """Return a user's grants, newest first, spent and expired ones too."""
    query = select(Grant).where(Grant.tenant_id == tenant_id, Grant.user_id == user_id)
    newest = Grant.created_at.desc(), Grant.grant_id.desc()
    return session.scalars(query.order_by(*newest).limit(limit)).all()


def choose(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    most: Satang,
    now: datetime,
) -> list[Part]:
    """Lock a user's grants; return the parts that pay up to ``most``, soonest first."""
    query = (
        select(Grant)
        .where(
            Grant.tenant_id == tenant_id,
            Grant.user_id == user_id,
            Grant.remaining > 0,
            Grant.expires_at > now,
        )
        .order_by(Grant.expires_at, Grant.grant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    parts, left = [], most
    for each in session.scalars(query).all():
        amount = Satang(min(each.remaining, left))
        if amount:
            parts.append(Part(each, amount))
        left = Satang(left - amount)
    return parts


def spend(session: Session, parts: Sequence[Part], journal_id: UUID) -> None:
    """Take the chosen parts for the charge that ``journal_id`` posted."""
    for each, amount in parts:
        each.remaining = Satang(each.remaining - amount)
        session.add(
            GrantUse(
                tenant_id=each.tenant_id,
                grant_id=each.grant_id,
                journal_id=journal_id,
                amount=amount,
            )
        )
    session.flush()


def give_back(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    amount: Satang,
    reason: str,
    *,
    charged: UUID,
    journal_id: UUID,
    now: datetime,
) -> None:
    """Make a grant of what a credit note, posted by ``journal_id``, gives back.

    It lasts as long as the last of those that paid the charge, and ``LEASE`` at least:
    who changes plans late must not lose what the old plan had left.
    """
    last = session.scalar(
        select(func.max(Grant.expires_at))
        .join(
            GrantUse,
            (GrantUse.tenant_id == Grant.tenant_id)
            & (GrantUse.grant_id == Grant.grant_id),
        )
        .where(GrantUse.tenant_id == tenant_id, GrantUse.journal_id == charged)
    )
    session.add(
        Grant(
            tenant_id=tenant_id,
            user_id=user_id,
            journal_id=journal_id,
            amount=amount,
            remaining=amount,
            expires_at=max(last or now, now + LEASE),
            reason=reason,
            created_at=now,
        )
    )
    session.flush()


def expire_due(session: Session, tenant_id: TenantId, now: datetime) -> int:
    """Take back what is left of grants that have expired; return how many there were.

    Again, nothing is left to take. A grant that a charge holds at this moment is passed
    over and found the next time; ``BATCH`` at most are taken at once.
    """
    query = (
        select(Grant)
        .where(
            Grant.tenant_id == tenant_id, Grant.remaining > 0, Grant.expires_at <= now
        )
        .order_by(Grant.expires_at, Grant.grant_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).all()
    for each in found:
        _expire(session, each, now)
    return len(found)


def _expire(session: Session, each: Grant, now: datetime) -> None:
    tenant_id = each.tenant_id
    legs = (
        Leg(granted_account(session, tenant_id, each.user_id, now), -each.remaining),
        Leg(_promotions(session, tenant_id, now), each.remaining),
    )
    source = f"grant-expiry:{each.grant_id}"
    draft = Draft(JournalKind.GRANT_EXPIRY, source, legs, each.reason)
    ledger.post(session, tenant_id, draft, now)
    each.remaining, each.expired_at = Satang(0), now
    session.flush()
    wake_after_commit(session, "wallet", str(tenant_id), str(each.user_id))


def tenants_due(engine: Engine, now: datetime, limit: int = 1000) -> list[TenantId]:
    """Return the tenants that have grants to expire, before any tenant is known."""
    query = text("SELECT tenant_id FROM due_grants(:now, :limit)")
    with plain_transaction(engine) as session:
        return [
            TenantId(each)
            for each in session.scalars(query, {"now": now, "limit": limit})
        ]
