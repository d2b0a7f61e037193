"""Invitations that leave from the API: the link leads to the member's own tenant."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import request, url_for
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.current import house
from abtpro_saas.blueprints.hosts import current_host
from abtpro_saas.identity import tenants
from abtpro_saas.identity.hosts import host_rules
from abtpro_saas.identity.tokens import IssuedToken
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify


def mail_invitation(
    session: Session, issued: IssuedToken, inviter: str, now: datetime
) -> None:
    """Mail the link that ``issued`` made, in its transaction."""
    brand = tenants.get_tenant(session, issued.tenant_id).name
    path = url_for("links_page.open_link", link=issued.plain)
    notify(
        session,
        issued.tenant_id,
        issued.user_id,
        NoticeKind.INVITED,
        {"brand": brand, "inviter": inviter},
        now,
        sealed_params={"link": tenant_origin(session, issued.tenant_id) + path},
        keyring=house().keyring,
        address=issued.email,
    )


def tenant_origin(session: Session, tenant_id: TenantId) -> str:
    """Return the origin of the tenant's pages: an API key may ask at another host."""
    here = current_host().tenant
    if here is not None and here.tenant_id == tenant_id:
        return request.host_url.rstrip("/")
    base = urlsplit(house().settings.base_url or request.host_url)
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{_host(session, tenant_id)}{port}"


def _host(session: Session, tenant_id: TenantId) -> str:
    rules = host_rules(house().settings)
    own = rules.own_host(tenants.get_tenant(session, tenant_id).slug)
    hosts = tenants.list_hosts(session, tenant_id)
    return own if own in hosts or not hosts else hosts[0]
