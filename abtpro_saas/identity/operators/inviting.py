"""The first admin of a tenant, named by an operator who cannot write there."""

from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.identity import people
from abtpro_saas.identity.caller import OperatorCaller
from abtpro_saas.identity.messages import InviteAdmin
from abtpro_saas.identity.tables import Tenant
from abtpro_saas.ids import new_id
from abtpro_saas.outbox import leave


def invite_first_admin(
    session: Session,
    tenant: Tenant,
    *,
    email: str,
    name: str,
    operator: OperatorCaller,
    now: datetime,
) -> None:
    """Leave the invitation, which a process writes and mails in the tenant's name.

    Raises:
        EmailError, PersonNameError: an input cannot be used.
    """
    order = InviteAdmin(
        tenant_id=str(tenant.tenant_id),
        invitation_id=str(new_id()),
        email=people.normal_email(email),
        name=people.normal_name(name),
        locale=tenant.locale,
        operator_id=str(operator.operator_id),
        address=operator.address,
    )
    leave(session, order, now)
