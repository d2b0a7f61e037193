"""What a user sees of their money: balance, movements, statement."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from abtpro_saas.billing.tables import Wallet
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import THB, Satang


@dataclass(frozen=True)
class Balance:
    """What a user may spend, in satang, and since when it is that much."""

    balance: Satang
    currency: str
    last_updated: datetime | None


@dataclass(frozen=True)
class Movement:
    """A wallet's movement, or a top-up that is not money (yet). Amounts in satang.

    ``amount`` is signed as the wallet sees it; ``balance_after`` is None for what has
    not moved it.
    """

    id: UUID
    type: str
    amount: Satang
    currency: str
    status: str
    reference_id: str | None
    description: str
    created_at: datetime
    completed_at: datetime | None
    balance_after: Satang | None
    topup_id: UUID | None


@dataclass(frozen=True)
class MovementFilter:
    """Which movements to list. The instants are [since, until)."""

    type: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Statement:
    """A wallet's period [since, until), or a page: opening + movements = closing.

    ``after`` continues it where movements are left: the next page opens as this closes.
    """

    since: datetime
    until: datetime
    opening: Satang
    closing: Satang
    credits: Satang
    debits: Satang
    movements: list[Movement]
    after: datetime | None


def balance(session: Session, tenant_id: TenantId, user_id: UserId) -> Balance:
    """Return a user's balance; nobody who never paid in has a wallet, or money."""
    row = session.execute(
        select(Wallet.balance, Wallet.currency, Wallet.updated_at).where(
            Wallet.tenant_id == tenant_id,
            Wallet.user_id == user_id,
            Wallet.currency == THB,
        )
    ).one_or_none()
    if row is None:
        return Balance(Satang(0), THB, None)
    return Balance(row.balance, row.currency, row.updated_at)


# Movements come from the ledger; top-ups that never became money stand beside them.
# Each half is bounded by its own index before the two are merged.
_MOVED = """
  SELECT j.journal_id AS id, p.posted_at AS at,
         CASE WHEN j.kind IN ('ALLOCATION', 'TOP_UP') THEN 'TOP_UP'
              WHEN j.kind IN ('REVERSAL', 'CREDIT_NOTE') THEN 'REFUND'
              ELSE j.kind END AS type,
         p.amount, p.currency, 'SUCCESS' AS status,
         coalesce(g.reference, t.reference) AS reference_id,
         CASE WHEN j.kind = 'TOP_UP' AND t.topup_id IS NOT NULL
           THEN t.description ELSE j.description END AS description,
         CASE WHEN j.kind = 'TOP_UP' AND t.topup_id IS NOT NULL
           THEN t.created_at ELSE p.posted_at END AS created_at,
         p.posted_at AS completed_at, p.balance_after, t.topup_id
  FROM wallets w
  JOIN postings p ON p.tenant_id = w.tenant_id AND p.account_id = w.account_id
  JOIN journals j ON j.tenant_id = p.tenant_id AND j.journal_id = p.journal_id
  LEFT JOIN gateway_payments g ON g.tenant_id = j.tenant_id
    AND g.journal_id = j.journal_id
  LEFT JOIN refunds r ON r.tenant_id = j.tenant_id AND r.journal_id = j.journal_id
  LEFT JOIN topups t ON t.tenant_id = j.tenant_id
    AND t.topup_id = coalesce(g.topup_id, r.topup_id)
  WHERE w.tenant_id = :tenant AND w.user_id = :user AND w.currency = 'THB'
"""

_WAITING = """
  SELECT t.topup_id AS id, t.created_at AS at, 'TOP_UP' AS type, t.amount, t.currency,
         t.status, t.reference AS reference_id, t.description, t.created_at,
         NULL::timestamptz AS completed_at, NULL::bigint AS balance_after, t.topup_id
  FROM topups t
  WHERE t.tenant_id = :tenant AND t.user_id = :user AND t.status <> 'SUCCESS'
"""

_CHOSEN = """
    AND (cast(:since AS timestamptz) IS NULL OR {at} >= :since)
    AND (cast(:until AS timestamptz) IS NULL OR {at} < :until)
    AND (cast(:before AS timestamptz) IS NULL OR {at} <= :before)
"""

_PAGE = text(f"""
SELECT * FROM (
  (SELECT * FROM ({_MOVED} {_CHOSEN.format(at="p.posted_at")}) m
   WHERE (cast(:type AS text) IS NULL OR m.type = :type)
     AND (cast(:status AS text) IS NULL OR m.status = :status)
     AND (cast(:before AS timestamptz) IS NULL OR (m.at, m.id) < (:before, :before_id))
   ORDER BY m.at DESC, m.id DESC LIMIT :reach)
  UNION ALL
  (SELECT * FROM ({_WAITING} {_CHOSEN.format(at="t.created_at")}) u
   WHERE (cast(:type AS text) IS NULL OR u.type = :type)
     AND (cast(:status AS text) IS NULL OR u.status = :status)
     AND (cast(:before AS timestamptz) IS NULL OR (u.at, u.id) < (:before, :before_id))
   ORDER BY u.at DESC, u.id DESC LIMIT :reach)
) both_kinds
ORDER BY at DESC, id DESC LIMIT :limit OFFSET :offset
""")


def movements(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    chosen: MovementFilter,
    *,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
    offset: int = 0,
) -> list[tuple[datetime, Movement]]:
    """Return up to ``limit`` movements, newest first, each with its place in time.

    ``before`` is the place and id of the last one seen.
    """
    rows = session.execute(
        _PAGE,
        {
            "tenant": tenant_id,
            "user": user_id,
            "since": chosen.since,
            "until": chosen.until,
            "type": chosen.type,
            "status": chosen.status,
            "before": before[0] if before else None,
            "before_id": before[1] if before else None,
            "limit": limit,
            "reach": limit + offset,
            "offset": offset,
        },
    )
    return [(row.at, _movement(row)) for row in rows]


_LINES = text(f"""
{_MOVED} AND p.posted_at >= :since AND p.posted_at < :until
    AND (cast(:after AS timestamptz) IS NULL OR p.posted_at > :after)
ORDER BY p.posted_at LIMIT :most
""")

_BALANCE_AT = text("""
SELECT p.balance_after FROM wallets w
JOIN postings p ON p.tenant_id = w.tenant_id AND p.account_id = w.account_id
WHERE w.tenant_id = :tenant AND w.user_id = :user AND w.currency = 'THB'
  AND p.posted_at < :at
ORDER BY p.posted_at DESC LIMIT 1
""")


def statement(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    since: datetime,
    until: datetime,
    *,
    limit: int | None = None,
    after: datetime | None = None,
) -> Statement:
    """Return the statement of [since, until), oldest movement first.

    With ``limit``, a page of it, which continues ``after`` the page before.
    """
    who = {"tenant": tenant_id, "user": user_id}
    most = None if limit is None else limit + 1
    period = {"since": since, "until": until, "after": after, "most": most}
    lines = list(_lines(session, who | period))
    more = limit is not None and len(lines) > limit
    lines = lines[:limit]
    # Balances come from the lines themselves: what is posted meanwhile changes neither.
    if lines:
        opening = Satang((lines[0].balance_after or 0) - lines[0].amount)
        closing = lines[-1].balance_after or Satang(0)
    else:
        at = {"at": until if after is None else after + timedelta(microseconds=1)}
        opening = closing = Satang(session.scalar(_BALANCE_AT, who | at) or 0)
    return Statement(
        since,
        until,
        opening,
        closing,
        Satang(sum(line.amount for line in lines if line.amount > 0)),
        Satang(sum(line.amount for line in lines if line.amount < 0)),
        lines,
        lines[-1].completed_at if more else None,
    )


_TOTALS = text("""
SELECT coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0) AS credits,
       coalesce(sum(p.amount) FILTER (WHERE p.amount < 0), 0) AS debits
FROM wallets w
JOIN postings p ON p.tenant_id = w.tenant_id AND p.account_id = w.account_id
WHERE w.tenant_id = :tenant AND w.user_id = :user AND w.currency = 'THB'
  AND p.posted_at >= :since AND p.posted_at < :until
""")


def totals(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    since: datetime,
    until: datetime,
) -> Statement:
    """Return what the whole of [since, until) adds up to, without its movements."""
    who = {"tenant": tenant_id, "user": user_id}
    opening = Satang(session.scalar(_BALANCE_AT, who | {"at": since}) or 0)
    row = session.execute(_TOTALS, who | {"since": since, "until": until}).one()
    paid_in, paid_out = Satang(int(row.credits)), Satang(int(row.debits))
    closing = Satang(opening + paid_in + paid_out)
    return Statement(since, until, opening, closing, paid_in, paid_out, [], None)


def _lines(session: Session, values: dict[str, Any]) -> Iterator[Movement]:
    for row in session.execute(_LINES, values):
        yield _movement(row)


def _movement(row: Row[Any]) -> Movement:
    values = row._asdict()
    del values["at"]
    return Movement(**values)
