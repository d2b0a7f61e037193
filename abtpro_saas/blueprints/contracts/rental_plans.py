"""What a tenant sells, for everybody to see."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.blueprints.contracts.answers import plan_answer
from abtpro_saas.blueprints.contracts.rental_schemas import OnePlanOut, PlansOut
from abtpro_saas.blueprints.guard.callers import shown_tenant
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import OF_THE_KNOWN, refuses
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.offers import plans
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError

blp = Blueprint(
    "rental_plans",
    __name__,
    url_prefix="/api/v1/rental/plans",
    description="What can be rented",
)


@blp.route("")
class Plans(MethodView):
    """The plans on offer."""

    @open_to_all(limited=False)  # ``shown_tenant`` counts the request
    @blp.response(200, PlansOut)
    @refuses(NotFoundError, *OF_THE_KNOWN)
    def get(self) -> dict[str, Any]:
        """List the plans of the key's tenant, or of the host's where no key comes."""
        tenant_id, now = shown_tenant(), utc_now()
        with tenant_transaction(house().engine, tenant_id) as session:
            found = plans.plans(session, tenant_id, now)
            shown = [plan_answer(session, each, now) for each in found]
        return {"plans": shown, "count": len(shown)}


@blp.route("/<string:plan>")
class Plan(MethodView):
    """One plan on offer."""

    @open_to_all(limited=False)
    @blp.response(200, OnePlanOut)
    @refuses(plans.PlanNotFoundError, *OF_THE_KNOWN)
    def get(self, plan: str) -> dict[str, Any]:
        """Return a plan by its code, in any case, or its id."""
        tenant_id, now = shown_tenant(), utc_now()
        with tenant_transaction(house().engine, tenant_id) as session:
            found = plans.plan(session, tenant_id, plan, now)
            return {"plan": plan_answer(session, found, now)}
