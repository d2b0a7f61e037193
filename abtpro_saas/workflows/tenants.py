"""The way of a new tenant's first admin into it."""

from datetime import datetime
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.identity.messages import (
        InvitationStanding,
        InviteAdmin,
        SendInvitation,
    )
    from abtpro_saas.workflows.activities.tenants import TenantActivities

from abtpro_saas.workflows.watching import LOOK, QUEUE_WORKFLOWS, Watch


@workflow.defn
class TenantInvitation(Watch):
    """Adds the admin whom an operator named, and has the invitation mailed."""

    @workflow.run
    async def run(self, order: InviteAdmin) -> str:
        """Return INVITED."""
        return await self.watch(order, partial(_invite, order))


async def _invite(order: InviteAdmin, at: datetime) -> InvitationStanding:
    return await workflow.execute_activity_method(
        TenantActivities.invite_admin,
        SendInvitation(order, at),
        summary="Invite the first admin",
        # It waits for nobody outside: the mail has a process of its own.
        **LOOK | {"task_queue": QUEUE_WORKFLOWS},
    )
