"""Invitations that leave from the API: the link leads to the member's own tenant."""

from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import current_host
from abtpro_saas.identity.access.tokens import IssuedToken
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications import invitations, links


def mail_invitation(
    session: Session, issued: IssuedToken, inviter: str, now: datetime
) -> None:
    """Mail the link that ``issued`` made, in its transaction."""
    origin = tenant_origin(session, issued.tenant_id)
    invitations.mail_invitation(session, house().keyring, issued, inviter, origin, now)


def tenant_origin(session: Session, tenant_id: TenantId) -> str:
    """Return the origin of the tenant's pages: an API key may ask at another host."""
    here = current_host().tenant
    if here is not None and here.tenant_id == tenant_id:
        return request.host_url.rstrip("/")
    settings = house().settings
    return links.tenant_origin(session, tenant_id, settings, request.host_url)
