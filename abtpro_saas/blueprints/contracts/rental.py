"""The caller's rental contract: renting, renewing, changing, ending."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.billing.invoices.parts import CreditTooLargeError
from abtpro_saas.blueprints.contracts import rental_schemas as bodies
from abtpro_saas.blueprints.contracts.answers import contract_answer
from abtpro_saas.blueprints.contracts.preview_schemas import PreviewOut
from abtpro_saas.blueprints.contracts.previews import preview_answer
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.contracts.deals import buying, changing, ending, finding, renewing
from abtpro_saas.contracts.deals.buying import Purchase, UnknownPlanError
from abtpro_saas.contracts.deals.changing import Wish
from abtpro_saas.contracts.deals.coming import NotNowError
from abtpro_saas.contracts.deals.finding import (
    ContractBlockedError,
    ContractRunsError,
    ContractStateError,
    NoContractError,
)
from abtpro_saas.contracts.deals.paying import BalanceShortError
from abtpro_saas.contracts.offers.coupons import CouponError
from abtpro_saas.contracts.offers.plans import PlanError
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.words import Billing, When
from abtpro_saas.identity.roles import Role

blp = Blueprint(
    "rental",
    __name__,
    url_prefix="/api/v1/rental",
    description="Your rental contract",
)

RENTERS = (Role.TRADER, Role.ADMIN)
NONE = "you have no contract: rent a plan"

OF_PAYING = (
    UnknownPlanError,
    PlanError,
    ContractBlockedError,
    BalanceShortError,
)
OF_CHANGES = (
    UnknownPlanError,
    PlanError,
    NoContractError,
    ContractStateError,
    ContractBlockedError,
    changing.SamePlanError,
    changing.CheaperPlanError,
    changing.NotRunningError,
    NotNowError,
    CreditTooLargeError,
)


@blp.route("/contract")
class RentalContract(MethodView):
    """The caller's contract."""

    @blp.response(200, bodies.CurrentContractOut)
    def get(self) -> dict[str, Any]:
        """Return how the contract stands; a renewal that is due is tried first."""
        with tenant_access(scope="rental:read", renewed=True) as access:
            found = finding.find_contract(
                access.session, access.tenant_id, access.user_id
            )
            if found is None:
                return {"contract": None, "message": NONE}
            return {"contract": _answer(access, found)}

    @blp.arguments(bodies.ContractIn)
    @idempotent(money=True)
    @blp.response(201, bodies.ContractOut)
    @blp.alt_response(409, description="There is a contract, and it is not over.")
    @refuses(*OF_PAYING, ContractRunsError, CouponError)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Rent a plan; its first period is paid from the wallet, or is a trial."""
        order = Purchase(
            body["plan"],
            Billing(body["billing_period"]),
            body["coupon"],
            body["auto_renew"],
        )
        with tenant_access(*RENTERS, scope="rental:write") as access:
            made = buying.buy(
                access.session, access.tenant_id, access.user_id, order, access.now
            )
            access.note(action="rental.rent", subject=made.contract_id, plan=order.plan)
            return _answer(access, made)

    @blp.arguments(bodies.AutoRenewIn)
    @blp.response(200, bodies.ContractOut)
    @refuses(NoContractError)
    def patch(self, body: dict[str, bool]) -> dict[str, Any]:
        """Let the contract renew itself from the wallet, or not."""
        with tenant_access(*RENTERS, scope="rental:write") as access:
            on = body["auto_renew"]
            access.note(action="rental.auto_renew", on=on)
            changed = ending.set_auto_renew(
                access.session, access.tenant_id, access.user_id, access.now, on=on
            )
            return _answer(access, changed)


@blp.route("/renew")
class Renewal(MethodView):
    """The next period."""

    @blp.arguments(bodies.RenewIn)
    @idempotent(money=True)
    @blp.response(200, bodies.ContractOut)
    @blp.alt_response(409, description="It is too early, cancelled, or suspended.")
    @refuses(*OF_PAYING, NoContractError, ContractStateError, renewing.TooEarlyError)
    def post(self, body: dict[str, str | None]) -> dict[str, Any]:
        """Pay for the next period from the wallet, on another plan if one is named.

        Each `payment_method` pays from the wallet, which PromptPay tops up.
        """
        plan, billing = body["plan"] or body["plan_id"], body["billing_period"]
        with tenant_access(*RENTERS, scope="rental:write") as access:
            access.note(action="rental.renew", plan=plan)
            renewed = renewing.renew(
                access.session,
                access.tenant_id,
                access.user_id,
                access.now,
                plan_code=plan,
                billing=Billing(billing) if billing else None,
            )
            return _answer(access, renewed)


@blp.route("/change")
class Change(MethodView):
    """Another plan."""

    @blp.arguments(bodies.ChangeIn)
    @idempotent(money=True)
    @blp.response(200, bodies.ContractOut)
    @blp.alt_response(409, description="It cannot be changed so, or not now.")
    @refuses(*OF_CHANGES, BalanceShortError)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change the plan now, with what is unused given back, or at the period's end.

        At the period's end nothing is paid now; the present plan drops such a wish.
        """
        wish = _wish(body)
        with tenant_access(*RENTERS, scope="rental:write") as access:
            access.note(action="rental.change", plan=wish.plan, when=wish.when)
            changed = changing.change(
                access.session, access.tenant_id, access.user_id, wish, access.now
            )
            return _answer(access, changed)


@blp.route("/change/preview")
class ChangePreview(MethodView):
    """What a change of plan would cost."""

    @blp.arguments(bodies.ChangeIn, location="query")
    @blp.response(200, PreviewOut)
    @blp.alt_response(409, description="It cannot be changed so, or not now.")
    @refuses(*OF_CHANGES)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Return what a change would give back and charge; nothing is changed."""
        with tenant_access(scope="rental:read") as access:
            found = changing.preview(
                access.session,
                access.tenant_id,
                access.user_id,
                _wish(args),
                access.now,
            )
            return preview_answer(access.session, access.tenant_id, found, access.now)


@blp.route("/cancel")
class Cancellation(MethodView):
    """The end of the contract."""

    @blp.arguments(bodies.CancelIn)
    @idempotent()
    @blp.response(200, bodies.ContractOut)
    @refuses(NoContractError)
    def post(self, body: dict[str, str]) -> dict[str, Any]:
        """End the contract with its paid period, or now; nothing more is charged."""
        with tenant_access(*RENTERS, scope="rental:write") as access:
            access.note(action="rental.cancel", when=body["when"])
            ended = ending.cancel(
                access.session,
                access.tenant_id,
                access.user_id,
                When(body["when"]),
                access.now,
            )
            return _answer(access, ended)


@blp.route("/resume")
class Resumption(MethodView):
    """A cancellation, taken back."""

    @idempotent()
    @blp.response(200, bodies.ContractOut)
    @blp.alt_response(409, description="The contract has ended.")
    @refuses(NoContractError, ContractStateError)
    def post(self) -> dict[str, Any]:
        """Take a cancellation back, as long as the paid period runs."""
        with tenant_access(*RENTERS, scope="rental:write") as access:
            access.note(action="rental.resume")
            resumed = ending.resume(
                access.session, access.tenant_id, access.user_id, access.now
            )
            return _answer(access, resumed)


def _wish(asked: dict[str, Any]) -> Wish:
    billing = asked["billing_period"]
    return Wish(
        asked["plan"], When(asked["when"]), Billing(billing) if billing else None
    )


def _answer(access: Access, contract: Contract) -> dict[str, Any]:
    return contract_answer(access.session, contract, access.now)
