"""What the reconciliation of a gateway's daily files does."""

from datetime import datetime, timedelta

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.billing.messages import ReconcileSettlement, SettlementStanding
from abtpro_saas.billing.payments import reconciliation
from abtpro_saas.clock import bangkok_date
from abtpro_saas.sealing import Keyring

LOOK_BACK = (1, 2, 3)
"""Days: a file comes the day after, and an outage may hold it up."""
MOST = 500


class SettlementActivities:
    """Holds the engine and the keys; the worker registers its methods."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    @activity.defn
    def due_settlements(self, at: datetime) -> list[ReconcileSettlement]:
        """Return the files of the days before ``at`` that are still to be read."""
        return [
            ReconcileSettlement(
                str(due.tenant_id), str(due.account_id), str(bangkok_date(day)), at
            )
            for day in (at - timedelta(days=back) for back in LOOK_BACK)
            for due in reconciliation.due_accounts(self._engine, day, MOST)
        ]

    @activity.defn
    def reconcile(self, order: ReconcileSettlement) -> SettlementStanding:
        """Read one file: the same file twice changes nothing."""
        return reconciliation.reconcile(self._engine, self._keyring, order)
