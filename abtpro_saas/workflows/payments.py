"""The life of a top-up, from its QR code to its receipt."""

from datetime import datetime
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.billing.messages import ReviewTopup, TopupStanding, WatchTopup
    from abtpro_saas.workflows.activities.payments import PaymentActivities

from abtpro_saas.workflows.watching import LOOK, Watch


@workflow.defn
class PaymentConfirmation(Watch):
    """Registers the reference, waits for the notice, inquires, expires, gives receipts.

    The money is credited in SQL by whoever learns of it first; this process only sees
    to it that somebody looks.
    """

    @workflow.run
    async def run(self, watch: WatchTopup) -> str:
        """Return the status in which the top-up was left."""
        return await self.watch(watch, partial(_look, watch))


async def _look(watch: WatchTopup, at: datetime) -> TopupStanding:
    return await workflow.execute_activity_method(
        PaymentActivities.review_topup,
        ReviewTopup(watch.tenant_id, watch.topup_id, at),
        summary="Look at the top-up",
        **LOOK,
    )
