"""Look for rows whose process is missing or behind, and wake it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, text
from temporalio import activity

from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.ids import TenantId
from abtpro_saas.outbox import leave

LIMIT = 5000
"""Far more than are ever late at once, so that no late one hides behind others."""


@dataclass(frozen=True)
class SweepOrder:
    """Wake what was due before ``at``; ``kind`` as in the SQL function ``due``."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class _Sweep:
    message: Callable[[str, str], Any]
    grace: timedelta


SWEEPS = {"topup": _Sweep(WatchTopup, timedelta(minutes=2))}
"""How long after its due time a row is missed, and what wakes its process."""


class SweepActivities:
    """Holds the engine; the worker registers its methods."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn
    def sweep(self, order: SweepOrder) -> int:
        """Leave a message for each row that was missed; return how many."""
        sweep = SWEEPS[order.kind]
        with plain_transaction(self._engine) as session:
            found = session.execute(
                text("SELECT tenant_id, subject_id FROM due(:kind, :before, :most)"),
                {"kind": order.kind, "before": order.at - sweep.grace, "most": LIMIT},
            ).all()
        for tenant_id, rows in groupby(sorted(found), key=lambda row: row.tenant_id):
            with tenant_transaction(self._engine, TenantId(tenant_id)) as session:
                for row in rows:
                    message = sweep.message(str(tenant_id), str(row.subject_id))
                    leave(session, message, order.at)
        return len(found)
