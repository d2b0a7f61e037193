"""What a tenant's admins sell, and what they give away."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.billing import grants
from abtpro_saas.billing.invoices.tables import Grant
from abtpro_saas.billing.reasons import ReasonNeededError
from abtpro_saas.blueprints.contracts.admin import offer_schemas as bodies
from abtpro_saas.blueprints.contracts.answers import plan_answer
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.contracts.offers import coupons, plans
from abtpro_saas.contracts.offers.coupons import NewCoupon
from abtpro_saas.contracts.offers.plans import NewPlan
from abtpro_saas.contracts.office.pricing import publish_plan
from abtpro_saas.contracts.tables import Coupon, Plan
from abtpro_saas.contracts.terms.durations import DurationError
from abtpro_saas.contracts.terms.features import FeatureError
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import UserId
from abtpro_saas.money import AmountError, baht

blp = Blueprint(
    "admin_plans",
    __name__,
    url_prefix="/api/v1/admin",
    description="Admins: plans, coupons and credit",
)


@blp.route("/plans")
class AdminPlans(MethodView):
    """What the tenant sells."""

    @blp.response(200, bodies.AdminPlansOut)
    def get(self) -> dict[str, Any]:
        """List the newest version of each plan, sold or not."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            found = plans.newest_plans(access.session, access.tenant_id, access.now)
            shown = [_plan(access, each) for each in found]
            return {"plans": shown, "count": len(shown)}

    @blp.arguments(bodies.PlanIn)
    @idempotent()
    @blp.response(201, bodies.AdminPlanOut)
    @refuses(plans.PlanError, DurationError, FeatureError)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Sell a plan, or a new version of one; renters are told of a new price.

        Running periods keep their price; the next renewal takes the new version.
        """
        names = body.pop("name")
        new = NewPlan(name_th=names["th"], name_en=names["en"], **body)
        with tenant_access(Role.ADMIN, scope="plans:write") as access:
            made = publish_plan(
                access.session,
                access.tenant_id,
                new,
                by=access.user_id,
                now=access.now,
            )
            access.note(
                action="plan.publish",
                subject=made.code,
                version=made.version,
                price=baht(made.price),
            )
            return _plan(access, made)


@blp.route("/coupons")
class Coupons(MethodView):
    """The tenant's coupons."""

    @blp.response(200, bodies.CouponsOut)
    def get(self) -> dict[str, Any]:
        """List all coupons, newest first."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            found = coupons.list_coupons(access.session, access.tenant_id)
            return {"coupons": found, "count": len(found)}

    @blp.arguments(bodies.CouponIn)
    @idempotent()
    @blp.response(201, bodies.CouponOut)
    @blp.alt_response(409, description="There is a coupon of this code.")
    @refuses(coupons.CouponError, coupons.CouponTakenError)
    def post(self, body: dict[str, Any]) -> Coupon:
        """Make a coupon, which lowers the first charges of a contract."""
        new = NewCoupon(most=body.pop("max_redemptions"), **body)
        with tenant_access(Role.ADMIN, scope="plans:write") as access:
            made = coupons.make_coupon(
                access.session,
                access.tenant_id,
                new,
                by=access.user_id,
                now=access.now,
            )
            access.note(action="coupon.create", subject=made.code)
            return made


@blp.route("/coupons/<uuid:coupon_id>")
class CouponItem(MethodView):
    """One coupon."""

    @blp.response(200, bodies.CouponOut)
    def delete(self, coupon_id: UUID) -> Coupon:
        """Let nobody use a coupon any more; contracts that have it keep it."""
        with tenant_access(Role.ADMIN, scope="plans:write") as access:
            gone = coupons.withdraw(
                access.session, access.tenant_id, coupon_id, access.now
            )
            access.note(action="coupon.withdraw", subject=gone.code)
            return gone


@blp.route("/grants")
class Grants(MethodView):
    """Credit that users are given."""

    @blp.arguments(bodies.GrantArgs, location="query")
    @blp.response(200, bodies.GrantsOut)
    def get(self, args: dict[str, UUID]) -> dict[str, Any]:
        """List a user's latest grants, newest first."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="contracts:read") as access:
            found = grants.grants_of(
                access.session, access.tenant_id, UserId(args["user_id"])
            )
            return {"grants": found, "count": len(found)}

    @blp.arguments(bodies.GrantIn)
    @idempotent(money=True)
    @blp.response(201, bodies.GrantOut)
    @refuses(NotFoundError, AmountError, grants.GrantExpiryError, ReasonNeededError)
    def post(self, body: dict[str, Any]) -> Grant:
        """Give a user credit, which pays charges before the wallet, until it expires.

        It cannot be paid out.
        """
        with tenant_access(Role.ADMIN, scope="contracts:write") as access:
            access.note(
                action="credit.grant",
                subject=body["user_id"],
                amount=baht(body["amount"]),
                reason=body["reason"],
            )
            return grants.grant(
                access.session,
                access.tenant_id,
                **body,
                by=access.user_id,
                now=access.now,
            )


def _plan(access: Access, plan: Plan) -> dict[str, Any]:
    return {
        **plan_answer(access.session, plan, access.now),
        "list_price": plan.price,
        "yearly_list_price": plan.yearly_price,
        "offered": plan.offered,
        "published_at": plan.published_at,
        "published_by": plan.published_by,
    }
