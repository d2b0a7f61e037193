"""What a top-up's process does: each call reads the row and does what is due."""

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.billing.messages import ReviewTopup, TopupStanding
from abtpro_saas.billing.topups import confirmation
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.sealing import Keyring
from abtpro_saas.workflows.activities.credited import tell_credited


class PaymentActivities:
    """Holds the engine and the keys; the worker registers its methods."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    @activity.defn
    def review_topup(self, order: ReviewTopup) -> TopupStanding:
        """Register, inquire or expire as is due; safe to repeat.

        Who waits for the money is told here, since this process runs anyway.
        """
        standing = confirmation.review_topup(self._engine, self._keyring, order)
        if standing.status == TopupStatus.SUCCESS:
            tell_credited(self._engine, order.tenant_id, standing.user_id, order.at)
        return standing
