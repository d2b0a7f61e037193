"""What a top-up's process does: each call reads the row and does what is due."""

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.billing.messages import ReviewTopup, TopupStanding
from abtpro_saas.billing.topups import confirmation
from abtpro_saas.sealing import Keyring


class PaymentActivities:
    """Holds the engine and the keys; the worker registers its methods."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    @activity.defn
    def review_topup(self, order: ReviewTopup) -> TopupStanding:
        """Register, inquire or expire as is due; safe to repeat."""
        return confirmation.review_topup(self._engine, self._keyring, order)
