"""Who is named in documents: whoever asks as the buyer, their tenant as the seller."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.billing.invoices import parties
from abtpro_saas.billing.invoices.parties import Buyer, PartyError, Seller
from abtpro_saas.billing.invoices.tables import SellerProfile
from abtpro_saas.billing.words import DocumentForm
from abtpro_saas.blueprints.contracts import invoice_schemas as bodies
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.database import existing
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.roles import Role

blp = Blueprint(
    "tax_profiles",
    __name__,
    url_prefix="/api/v1",
    description="Who is named in documents",
)


@blp.route("/rental/tax-profile")
class BuyerProfile(MethodView):
    """Whom the caller's documents are made out to."""

    @blp.response(200, bodies.BuyerProfileOut)
    def get(self) -> dict[str, Any]:
        """Return whom the next document is made out to."""
        with tenant_access(scope="rental:read") as access:
            return _buyer(access)

    @blp.arguments(bodies.BuyerProfileIn)
    @blp.response(200, bodies.BuyerProfileOut)
    @refuses(PartyError)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make the next documents out to this buyer; issued ones stay as they are."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope="rental:write") as access:
            access.note(action="tax_profile.set")
            parties.set_buyer(
                access.session,
                access.tenant_id,
                access.user_id,
                Buyer(**body),
                access.now,
            )
            return _buyer(access)


@blp.route("/admin/tax-profile")
class TenantProfile(MethodView):
    """The tenant as a seller."""

    @blp.response(200, bodies.SellerProfileOut)
    @refuses(NotFoundError)
    def get(self) -> SellerProfile:
        """Return the place of business that issues, once one is named."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="tenant:read") as access:
            return existing(parties.get_seller(access.session, access.tenant_id))

    @blp.arguments(bodies.SellerProfileIn)
    @blp.response(200, bodies.SellerProfileOut)
    @refuses(PartyError)
    def put(self, body: dict[str, Any]) -> SellerProfile:
        """Let this place of business issue from now on; another one stops."""
        seller = Seller(**body | {"form": DocumentForm(body["form"])})
        with tenant_access(Role.ADMIN, scope="tenant:write") as access:
            access.note(action="tenant.tax_profile", subject=seller.branch)
            return parties.set_seller(
                access.session, access.tenant_id, seller, access.now
            )


def _buyer(access: Access) -> dict[str, Any]:
    where = access.session, access.tenant_id, access.user_id
    row = parties.get_buyer(*where)
    return {**parties.buying(*where), "updated_at": row.updated_at if row else None}
