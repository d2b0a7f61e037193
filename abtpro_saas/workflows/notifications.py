"""The way of one mail to the mail server."""

from datetime import datetime
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.notifications.messages import DeliverMail, MailStanding, TryMail
    from abtpro_saas.workflows.activities.notifications import MailActivities

from abtpro_saas.workflows.watching import LOOK, Watch


@workflow.defn
class MailDelivery(Watch):
    """Tries until the mail is taken, refused for good, or worth nothing any more."""

    @workflow.run
    async def run(self, mail: DeliverMail) -> str:
        """Return SENT or FAILED."""
        return await self.watch(mail, partial(_look, mail))


async def _look(mail: DeliverMail, at: datetime) -> MailStanding:
    return await workflow.execute_activity_method(
        MailActivities.try_mail,
        TryMail(mail.tenant_id, mail.mail_id, at),
        summary="Send the mail",
        **LOOK,
    )
