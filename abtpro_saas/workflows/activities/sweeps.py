"""Look for rows whose process is missing or behind, and wake it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.orm import Session
from temporalio import activity

from abtpro_saas.backtesting.clearing import Clearing
from abtpro_saas.backtesting.messages import RunBacktest, start_of
from abtpro_saas.billing import grants
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.contracts.life.missed import note_missed
from abtpro_saas.contracts.messages import WatchContract
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.ids import TenantId
from abtpro_saas.outbox import leave

LIMIT = 5000
"""Far more than are ever late at once, so that no late one hides behind others."""


@dataclass(frozen=True)
class SweepOrder:
    """Wake what was due before ``at``; ``kind`` is one of ``SWEEPS``."""

    kind: str
    at: datetime


Missed = Callable[[Session, TenantId, UUID, datetime], None]


@dataclass(frozen=True)
class _Sweep:
    """How long after its due time a row is missed, what finds it, what wakes it."""

    message: Callable[[Any], Any]
    grace: timedelta
    due: TextClause
    missed: Missed | None = None


GRANTS = "grant"
STORE = "store"

SHARDS = 8
"""In so many parts the contracts are swept, so that no part grows long."""


def _contract(row: Any) -> WatchContract:  # noqa: ANN401 - a row of any query
    return WatchContract(str(row.tenant_id), str(row.subject_id))


def _topup(row: Any) -> WatchTopup:  # noqa: ANN401 - the same
    return WatchTopup(str(row.tenant_id), str(row.subject_id))


def _backtest(row: Any) -> RunBacktest:  # noqa: ANN401 - the same
    return start_of(row.kind, row.tenant_id, row.subject_id)


def _contracts(shard: int) -> _Sweep:
    due = text(
        "SELECT tenant_id, subject_id FROM due_contracts(:shard, :before, :most)"
    ).bindparams(shard=shard)
    # Thousands that are due at one instant take minutes, and none of them is missing.
    return _Sweep(_contract, timedelta(minutes=10), due, note_missed)


_TOPUPS = text("SELECT tenant_id, subject_id FROM due('topup', :before, :most)")

_BACKTESTS = text(
    "SELECT tenant_id, subject_id, kind FROM due_backtests(:before, :most)"
)

SWEEPS = {
    "backtest": _Sweep(_backtest, timedelta(minutes=2), _BACKTESTS),
    "topup": _Sweep(_topup, timedelta(minutes=2), _TOPUPS),
    **{f"contract:{shard}": _contracts(shard) for shard in range(SHARDS)},
}


class SweepActivities:
    """Holds the engine; the worker registers its methods."""

    def __init__(self, engine: Engine, root: str = "") -> None:
        self._engine = engine
        self._root = root

    @activity.defn
    def sweep(self, order: SweepOrder) -> int:
        """Leave a message for each row that was missed; return how many.

        Granted credit has no process: what has expired is booked at once. Nor has the
        store of candles: what nobody needs is removed.
        """
        if order.kind == STORE:
            return Clearing(self._engine, self._root).clear(order.at)
        if order.kind == GRANTS:
            return self._expire_grants(order.at)
        sweep = SWEEPS[order.kind]
        with plain_transaction(self._engine) as session:
            bounds = {"before": order.at - sweep.grace, "most": LIMIT}
            found = session.execute(sweep.due, bounds).all()
        for tenant_id, rows in groupby(sorted(found), key=lambda row: row.tenant_id):
            tenant = TenantId(tenant_id)
            with tenant_transaction(self._engine, tenant) as session:
                for row in rows:
                    if sweep.missed is not None:
                        sweep.missed(session, tenant, row.subject_id, order.at)
                    leave(session, sweep.message(row), order.at)
        return len(found)

    def _expire_grants(self, at: datetime) -> int:
        expired = 0
        for tenant_id in grants.tenants_due(self._engine, at):
            with tenant_transaction(self._engine, tenant_id) as session:
                expired += grants.expire_due(session, tenant_id, at)
        return expired
