"""All tenants, made and suspended by operators."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import OperatorAccess, operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.identity.schemas import (
    OperatorTenantIn,
    OperatorTenantOut,
    OperatorTenantsOut,
    SuspensionIn,
)
from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.brand import BrandError
from abtpro_saas.identity.hosts import HostError, host_rules
from abtpro_saas.identity.operators.inviting import invite_first_admin
from abtpro_saas.identity.tables import Tenant
from abtpro_saas.identity.words import Locale

blp = Blueprint(
    "operator_tenants",
    __name__,
    url_prefix="/api/v1/operator/tenants",
    description="For operators: all tenants",
)

SHOWN = (
    "tenant_id",
    "slug",
    "name",
    "locale",
    "sign_up",
    "created_at",
    "suspended_at",
    "suspended_reason",
)


@blp.route("")
class Tenants(MethodView):
    """All tenants."""

    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, OperatorTenantsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List all tenants by slug."""
        with operator_access() as access:
            pager = Pager(None, "operator.tenants", args["limit"], {}, args["cursor"])
            after = pager.after
            rows = tenants.list_tenants(
                access.session, after=after[0] if after else None, limit=pager.fetch
            )
            page = pager.close(rows, lambda row: (row.slug,))
            return page.under("tenants", _answers(access, page.rows))

    @blp.arguments(OperatorTenantIn)
    @idempotent(operators=True)
    @blp.response(201, OperatorTenantOut)
    @blp.alt_response(409, description="Another tenant has the slug or a host.")
    @refuses(
        tenants.SlugError,
        tenants.SlugTakenError,
        HostError,
        tenants.HostTakenError,
        BrandError,
        people.EmailError,
        people.PersonNameError,
    )
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a tenant, and invite its first admin if one is named."""
        slug = body["slug"]
        with operator_access() as access:
            own = host_rules(house().settings).own_host(slug)
            tenant = tenants.create_tenant(
                access.session,
                slug=slug,
                name=body["name"],
                hosts=[own, *body["hosts"]],
                locale=Locale(body["locale"]),
                sign_up=body["sign_up"],
                now=access.now,
            )
            access.note(action="tenant.create", subject=slug)
            if body["admin"] is not None:
                invite_first_admin(
                    access.session,
                    tenant,
                    **body["admin"],
                    operator=access.operator,
                    now=access.now,
                )
            return _answers(access, [tenant])[0]


@blp.route("/<slug>/suspend")
class Suspension(MethodView):
    """Shut doors."""

    @blp.arguments(SuspensionIn)
    @idempotent(operators=True)
    @blp.response(200, OperatorTenantOut)
    def post(self, body: dict[str, Any], slug: str) -> dict[str, Any]:
        """Shut a tenant's doors: no sign-in and no API; payments still arrive."""
        with operator_access() as access:
            tenant = tenants.find_by_slug(access.session, slug)
            tenants.suspend_tenant(
                access.session, tenant.tenant_id, body["reason"], access.now
            )
            access.note(action="tenant.suspend", subject=slug, reason=body["reason"])
            return _answers(access, [tenant])[0]


@blp.route("/<slug>/resume")
class Resumption(MethodView):
    """Open doors."""

    @idempotent(operators=True)
    @blp.response(200, OperatorTenantOut)
    def post(self, slug: str) -> dict[str, Any]:
        """Open a tenant's doors again."""
        with operator_access() as access:
            tenant = tenants.find_by_slug(access.session, slug)
            tenants.resume_tenant(access.session, tenant.tenant_id)
            access.note(action="tenant.resume", subject=slug)
            return _answers(access, [tenant])[0]


def _answers(access: OperatorAccess, rows: list[Tenant]) -> list[dict[str, Any]]:
    hosts = tenants.hosts_of(access.session, [row.tenant_id for row in rows])
    return [
        {name: getattr(row, name) for name in SHOWN} | {"hosts": hosts[row.tenant_id]}
        for row in rows
    ]
