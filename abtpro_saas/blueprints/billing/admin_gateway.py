"""The tenant's merchant at a payment gateway, and what its settlement files did."""

from datetime import timedelta
from typing import Any

from flask.views import MethodView

from abtpro_saas.billing import accounts
from abtpro_saas.billing.accounts import GatewayAccountError, Merchant
from abtpro_saas.billing.gateway_tables import SettlementReading
from abtpro_saas.billing.gateways.catalogue import UnknownGatewayError, gateway
from abtpro_saas.billing.payments.reconciliation import list_settlements
from abtpro_saas.billing.qr.promptpay import IdKind, PromptPayError
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.blueprints.billing import admin_payment_schemas as bodies
from abtpro_saas.blueprints.guard.access import KeyRequiredError, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.identity.roles import Role

blp = Blueprint(
    "admin_gateway",
    __name__,
    url_prefix="/api/v1/admin",
    description="Admins: the payment gateway",
)


@blp.route("/gateway")
class Gateway(MethodView):
    """The tenant's merchant at a payment gateway."""

    @blp.response(200, bodies.GatewayOut)
    @blp.alt_response(503, description="The tenant takes no payments yet.")
    @refuses(accounts.NoGatewayError)
    def get(self) -> GatewayAccount:
        """Return the active account, without its secret."""
        with tenant_access(Role.ADMIN, scope="tenant:read") as access:
            return accounts.active_account(access.session, access.tenant_id)

    @blp.arguments(bodies.GatewayIn)
    @blp.response(200, bodies.GatewayOut)
    @blp.alt_response(409, description="Another tenant has this merchant.")
    @refuses(
        GatewayAccountError,
        UnknownGatewayError,
        PromptPayError,
        accounts.MerchantTakenError,
        KeyRequiredError,
    )
    def put(self, body: dict[str, Any]) -> GatewayAccount:
        """Make an account the active one; what was begun at another ends there."""
        gateway(body["driver"])
        kind = body["promptpay_kind"]
        merchant = Merchant(
            merchant_id=body["merchant_id"],
            driver=body["driver"],
            base_url=listed_url(body["base_url"]),
            biller_id=body["biller_id"],
            promptpay_id=body["promptpay_id"],
            promptpay_kind=IdKind(kind) if kind else None,
            least=body["least"],
            most=body["most"],
            qr_life=timedelta(seconds=body["qr_life_s"]),
            hints=body["hints"],
        )
        with tenant_access(Role.ADMIN, scope="tenant:write", by_key=True) as access:
            access.note(action="gateway.set", subject=merchant.merchant_id)
            return accounts.open_account(
                access.session,
                house().keyring,
                access.tenant_id,
                merchant,
                secret=body["secret"],
                now=access.now,
            )


@blp.route("/gateway/rotate-secret")
class GatewaySecret(MethodView):
    """The secret that the gateway signs with."""

    @blp.arguments(bodies.SecretIn)
    @idempotent()
    @blp.response(200, bodies.GatewayOut)
    @refuses(accounts.NoGatewayError, GatewayAccountError, KeyRequiredError)
    def post(self, body: dict[str, Any]) -> GatewayAccount:
        """Take a new secret; the one before it still holds until the next rotation."""
        with tenant_access(Role.ADMIN, scope="tenant:write", by_key=True) as access:
            account = accounts.active_account(access.session, access.tenant_id)
            access.note(action="gateway.rotate_secret", subject=account.merchant_id)
            accounts.rotate_secret(
                access.session,
                house().keyring,
                access.tenant_id,
                account.gateway_account_id,
                body["secret"],
            )
            return account


@blp.route("/settlements")
class Settlements(MethodView):
    """The gateway's settlement files."""

    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, bodies.SettlementsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List what reading each day's file did, newest day first."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="topups:read") as access:
            pager = Pager(
                access.tenant_id, "settlements", args["limit"], {}, args["cursor"]
            )
            after = pager.after
            found = list_settlements(
                access.session,
                access.tenant_id,
                limit=pager.fetch,
                before=(after[0], after[1]) if after else None,
            )
            page = pager.close(found, _settlement_key)
            return page.under("settlements")


def _settlement_key(reading: SettlementReading) -> tuple[Any, ...]:
    return reading.day, reading.gateway_account_id


def listed_gateways() -> tuple[str, ...]:
    """Return the addresses of gateways that the operator allows."""
    settings = house().settings
    return settings.gateway_urls or (settings.payment_gateway_url,)


def listed_url(asked: str) -> str:
    """Return the address that our servers will call: one that the operator listed.

    Raises:
        GatewayAccountError: it is not on the list.
    """
    url = asked.rstrip("/")
    if not url or url in listed_gateways():
        return url or house().settings.payment_gateway_url
    raise GatewayAccountError("not an address that the operator has listed", "base_url")
