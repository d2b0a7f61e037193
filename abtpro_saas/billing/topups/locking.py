"""A top-up held until commit, and what goes out when it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.topups.rules import Standing
from abtpro_saas.billing.words import Flag, TopupStatus
from abtpro_saas.database import run, take_turns, write_together
from abtpro_saas.ids import TenantId
from abtpro_saas.money import Satang
from abtpro_saas.outbox import leaving
from abtpro_saas.wakes import wake_after_commit


@dataclass(frozen=True)
class LockedTopup:
    """The top-up that a reference names, ours until commit."""

    topup_id: UUID
    user_id: UUID
    wallet_id: UUID
    clearing_id: UUID
    most: Satang
    standing: Standing
    event_at: datetime | None


_LOCK = """
SELECT t.topup_id, t.user_id, t.wallet_id, g.clearing_id, g.most, t.status, t.amount,
       t.credited, t.expires_at, t.flags, t.event_at
FROM topups t
JOIN gateway_accounts g
  ON g.tenant_id = t.tenant_id AND g.gateway_account_id = t.gateway_account_id
WHERE t.tenant_id = %(tenant)s AND t.gateway_account_id = %(account)s
  AND t.reference = %(reference)s
FOR UPDATE OF t
"""


def lock_topup(
    session: Session, tenant_id: TenantId, account_id: UUID, reference: str
) -> LockedTopup | None:
    """Return the top-up that ``reference`` names at this account, ours until commit."""
    asked = {"tenant": tenant_id, "account": account_id, "reference": reference}
    row: Any = run(session, _LOCK, asked).fetchone()
    if row is None:
        return None
    standing = Standing(
        TopupStatus(row.status),
        row.amount,
        row.credited,
        row.expires_at,
        tuple(row.flags),
    )
    return LockedTopup(
        row.topup_id,
        row.user_id,
        row.wallet_id,
        row.clearing_id,
        row.most,
        standing,
        row.event_at,
    )


def lock_unknown(session: Session, tenant_id: TenantId, gateway_txn_id: str) -> None:
    """Let one transaction at a time decide about money that no top-up asked for."""
    take_turns(session, f"{tenant_id}:{gateway_txn_id}")


_FLAG = """
UPDATE topups SET flags = (SELECT array_agg(DISTINCT f ORDER BY f)
                           FROM unnest(flags || cast(%(flag)s AS text)) f)
WHERE tenant_id = %(tenant)s AND topup_id = %(topup)s
  AND cast(%(flag)s AS text) <> ALL (flags)
"""


def flag(
    session: Session, tenant_id: TenantId, topup_id: UUID, what: Flag, now: datetime
) -> None:
    """Mark a top-up, once, and wake its process, which tells the user."""
    run(session, _FLAG, {"tenant": tenant_id, "topup": topup_id, "flag": what})
    message = WatchTopup(str(tenant_id), str(topup_id))
    write_together(session, leaving(session, message, now))


def tell(session: Session, tenant_id: TenantId, topup: LockedTopup) -> None:
    """Ask open pages to look at the top-up and at the balance, once committed."""
    tenant = str(tenant_id)
    wake_after_commit(session, "topup", tenant, str(topup.topup_id))
    wake_after_commit(session, "wallet", tenant, str(topup.user_id))
