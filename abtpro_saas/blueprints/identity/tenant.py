"""A tenant's own settings, changed by its admins."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import (
    Access,
    KeyRequiredError,
    tenant_access,
)
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.identity.schemas import TenantChangeIn, TenantOut
from abtpro_saas.identity import tenants
from abtpro_saas.identity.brand import BrandError
from abtpro_saas.identity.hosts import HostError, host_rules
from abtpro_saas.identity.roles import Role

blp = Blueprint(
    "tenant", __name__, url_prefix="/api/v1/admin/tenant", description="Your tenant"
)

SHOWN = (
    "tenant_id",
    "slug",
    "name",
    "accent",
    "logo_url",
    "locale",
    "sign_up",
    "vat_basis_points",
    "prices_include_vat",
    "version",
)


@blp.route("")
class Tenant(MethodView):
    """The tenant of whoever asks."""

    @blp.response(200, TenantOut)
    def get(self) -> dict[str, Any]:
        """Show the tenant's settings."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="tenant:read") as access:
            return _answer(access)

    @blp.arguments(TenantChangeIn)
    @blp.response(200, TenantOut)
    @blp.alt_response(409, description="Somebody else was faster, or has the host.")
    @refuses(
        BrandError,
        HostError,
        tenants.HostTakenError,
        tenants.VatError,
        tenants.TenantChangedError,
        KeyRequiredError,
    )
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change brand, language, sign-up, VAT or hosts; hosts take a key."""
        with tenant_access(
            Role.ADMIN, scope="tenant:write", by_key="hosts" in body
        ) as access:
            access.note(action="tenant.change", fields=sorted(body))
            hosts = body.pop("hosts", None)
            tenants.update_tenant(access.session, access.tenant_id, **body)
            if hosts is not None:
                tenants.set_hosts(
                    access.session,
                    access.tenant_id,
                    hosts,
                    access.now,
                    rules=host_rules(house().settings),
                )
            return _answer(access)


def _answer(access: Access) -> dict[str, Any]:
    row = tenants.get_tenant(access.session, access.tenant_id)
    hosts = tenants.list_hosts(access.session, access.tenant_id)
    return {name: getattr(row, name) for name in SHOWN} | {"hosts": hosts}
