"""What a contract's process does: each call reads the row and does what is due."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.life.review import review_contract
from abtpro_saas.contracts.messages import ContractStanding, ReviewContract
from abtpro_saas.workflows.activities.credited import tell_credited


@dataclass(frozen=True)
class CreditOrder:
    """Look at ``at`` who waits for the money of a user's wallet."""

    tenant_id: str
    user_id: str
    at: datetime


class ContractActivities:
    """Holds the engine; the worker registers its methods."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn
    def review_contract(self, order: ReviewContract) -> ContractStanding:
        """Renew, remind, or tell of grace and suspension as is due; safe to repeat.

        Tried again after an outage, it is the present that is looked at: documents
        bear the day of the try that wrote them.
        """
        at = max(order.at, utc_now())
        return review_contract(self._engine, replace(order, at=at))

    @activity.defn
    def wallet_credited(self, order: CreditOrder) -> bool:
        """Wake the contract that waits for money; tell whether one does."""
        return tell_credited(self._engine, order.tenant_id, order.user_id, order.at)
