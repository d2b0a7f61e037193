"""What the reconciliation of a gateway's daily files does."""

from datetime import datetime

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.billing import reconciliation
from abtpro_saas.billing.messages import ReconcileSettlement, SettlementStanding
from abtpro_saas.sealing import Keyring


class SettlementActivities:
    """Holds the engine and the keys; the worker registers its methods."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    @activity.defn
    def due_settlements(self, at: datetime) -> list[ReconcileSettlement]:
        """Return the files that are to be read now."""
        return list(reconciliation.due_accounts(self._engine, at))

    @activity.defn
    def reconcile(self, order: ReconcileSettlement) -> SettlementStanding:
        """Read one file: the same file twice changes nothing."""
        return reconciliation.reconcile_day(self._engine, self._keyring, order)
