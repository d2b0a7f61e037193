"""Top-ups, wallet, transactions and statements of whoever asks."""

from typing import Any
from uuid import UUID

from flask import Response, url_for
from flask.views import MethodView
from itsdangerous import BadSignature, URLSafeSerializer

from abtpro_saas.billing import grants, wallets
from abtpro_saas.billing.accounts import NoGatewayError
from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayRefusedError,
    GatewaySetupError,
    GatewayUnavailableError,
)
from abtpro_saas.billing.qr import image as qr_image
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.billing.wallets import MovementFilter
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.blueprints.billing.movements import (
    PROMPTPAY,
    movement_answer,
    movements_csv,
)
from abtpro_saas.blueprints.billing.payment_schemas import (
    StatementArgs,
    StatementOut,
    TopupIn,
    TopupOut,
    TransactionsArgs,
    TransactionsOut,
    WalletOut,
)
from abtpro_saas.blueprints.billing.refused_accounts import noting_refused_account
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager, offset_of
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import TenantId
from abtpro_saas.money import THB, AmountError, baht

blp = Blueprint(
    "payment", __name__, url_prefix="/api/v1/payment", description="Wallet and top-ups"
)
CSV = {"type": "string"}


class PeriodError(InvalidError):
    """A period ends after it begins."""

    code = "invalid_period"


@blp.route("/promptpay/create")
class TopupList(MethodView):
    """Where top-ups begin."""

    @blp.arguments(TopupIn)
    @noting_refused_account()
    @idempotent(money=True)
    @blp.response(201, TopupOut)
    @blp.alt_response(409, description="Too many unpaid top-ups.")
    @refuses(
        AmountError,
        topups.DescriptionError,
        NotFoundError,
        topups.TooManyOpenError,
        topups.TopupDoneError,
        NoGatewayError,
        GatewaySetupError,
        GatewayRefusedError,
        GatewayUnavailableError,
        AccountRefusedError,
    )
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a PromptPay QR that tops up the caller's wallet."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope="wallet:write") as access:
            topup = topups.create_topup(
                access.session,
                house().keyring,
                access.tenant_id,
                access.user_id,
                amount=body["amount"],
                description=body["description"],
                now=access.now,
                replaces=body["replaces"],
            )
            access.note(
                action="topup.create", subject=topup.topup_id, amount=baht(topup.amount)
            )
            return topup_answer(topup)


@blp.route("/topups/<uuid:topup_id>")
class TopupItem(MethodView):
    """One top-up of the caller's."""

    @blp.response(200, TopupOut)
    def get(self, topup_id: UUID) -> dict[str, Any]:
        """Return how a top-up stands."""
        with tenant_access(scope="wallet:read") as access:
            return topup_answer(
                topups.get_topup(
                    access.session, access.tenant_id, topup_id, access.user_id
                )
            )

    @blp.response(200, TopupOut)
    @blp.alt_response(409, description="It is paid, failed or expired.")
    @refuses(topups.TopupDoneError)
    def delete(self, topup_id: UUID) -> dict[str, Any]:
        """Cancel a pending top-up; money that still comes is credited all the same."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope="wallet:write") as access:
            access.note(action="topup.cancel", subject=topup_id)
            return topup_answer(
                topups.cancel_topup(
                    access.session,
                    access.tenant_id,
                    topup_id,
                    access.user_id,
                    access.now,
                )
            )


@blp.route("/wallet")
class Wallet(MethodView):
    """The caller's wallet."""

    @blp.response(200, WalletOut)
    def get(self) -> dict[str, Any]:
        """Return the balance, and the granted credit that charges use first."""
        with tenant_access(scope="wallet:read") as access:
            mine = access.session, access.tenant_id, access.user_id
            granted = grants.granted_balance(*mine, access.now)
            return vars(wallets.balance(*mine)) | {"granted": granted}


@blp.route("/transactions")
class Transactions(MethodView):
    """What moved the caller's wallet, and top-ups that did not."""

    @blp.arguments(TransactionsArgs, location="query")
    @blp.response(200, TransactionsOut)
    @blp.alt_response(200, schema=CSV, content_type="text/csv")
    def get(self, args: dict[str, Any]) -> dict[str, Any] | Response:
        """List transactions, newest first; as CSV with `format=csv`."""
        chosen = MovementFilter(
            args["type"], args["status"], args["since"], args["until"]
        )
        with tenant_access(scope="wallet:read") as access:
            pager = Pager(
                access.tenant_id,
                f"transactions:{access.user_id}",
                args["limit"],
                {"filter": repr(chosen)},
                args["cursor"],
            )
            after = pager.after
            found = wallets.movements(
                access.session,
                access.tenant_id,
                access.user_id,
                chosen,
                limit=pager.fetch,
                before=(after[0], after[1]) if after else None,
                offset=offset_of(args),
            )
        page = pager.close(found, lambda row: (row[0], row[1].id))
        shown = [movement_answer(movement) for _at, movement in page.rows]
        if args["format"] == "csv":
            return movements_csv(shown, "transactions")
        return page.under("transactions", shown)


@blp.route("/statement")
class Statement(MethodView):
    """A period of the caller's wallet."""

    @blp.arguments(StatementArgs, location="query")
    @blp.response(200, StatementOut)
    @blp.alt_response(200, schema=CSV, content_type="text/csv")
    @refuses(PeriodError)
    def get(self, args: dict[str, Any]) -> dict[str, Any] | Response:
        """Return opening balance, movements and closing balance of a period.

        A page closes where the next one opens; as CSV the statement is whole.
        """
        if args["until"] <= args["since"]:
            raise PeriodError("a period ends after it begins", "to")
        as_csv = args["format"] == "csv"
        with tenant_access(scope="wallet:read") as access:
            period = {"since": args["since"], "until": args["until"]}
            name = f"statement:{access.user_id}"
            pager = Pager(access.tenant_id, name, args["limit"], period, args["cursor"])
            found = wallets.statement(
                access.session,
                access.tenant_id,
                access.user_id,
                **period,
                limit=None if as_csv else args["limit"],
                after=pager.after[0] if pager.after else None,
            )
        lines = [movement_answer(line) for line in found.movements]
        if as_csv:
            return movements_csv(lines, "statement")
        return {
            **vars(found),
            "currency": THB,
            "movements": lines,
            "count": len(lines),
            "next_cursor": pager.cursor_after((found.after,)) if found.after else None,
        }


@blp.route("/qr/<string:token>.svg")
class QrImage(MethodView):
    """A QR by its link."""

    @open_to_all()
    @blp.response(200, content_type="image/svg+xml")
    def get(self, token: str) -> Response:
        """Return the QR as SVG, as long as it can be paid."""
        tenant_id, topup_id = _read_qr_token(token)
        with tenant_transaction(house().engine, tenant_id) as session:
            topup = topups.get_topup(session, tenant_id, topup_id)
        if not _is_payable(topup) or topup.qr_payload is None:
            raise NotFoundError("this QR can no longer be paid")
        image = Response(qr_image.svg(topup.qr_payload), mimetype="image/svg+xml")
        image.headers["Cache-Control"] = "private, max-age=60"
        return image


def topup_answer(topup: Topup) -> dict[str, Any]:
    """Return what the API says of a top-up; its QR only while it can be paid."""
    payload = topup.qr_payload if _is_payable(topup) else None
    return {
        "id": topup.topup_id,
        "transaction_id": topup.topup_id,
        "reference_id": topup.reference,
        "status": topup.status,
        "amount": topup.amount,
        "currency": topup.currency,
        "description": topup.description,
        "credited_amount": topup.credited,
        "refunded_amount": topup.refunded,
        "flags": topup.flags,
        "payment_method": PROMPTPAY,
        "qr_payload": payload,
        "qr_code_url": qr_image.png_data_uri(payload) if payload else None,
        "qr_svg_url": qr_svg_url(topup) if payload else None,
        "created_at": topup.created_at,
        "expires_at": topup.expires_at,
        "completed_at": topup.completed_at,
    }


def qr_svg_url(topup: Topup) -> str:
    """Return the link to a top-up's QR: signed, so that nobody makes one up."""
    token = _qr_signer().dumps([topup.tenant_id.hex, topup.topup_id.hex])
    return url_for("payment.QrImage", token=token, _external=True)


def _is_payable(topup: Topup) -> bool:
    return topup.status == TopupStatus.PENDING and utc_now() < topup.expires_at


def _qr_signer() -> URLSafeSerializer:
    return URLSafeSerializer(house().settings.secret_key, salt="qr image")


def _read_qr_token(token: str) -> tuple[TenantId, UUID]:
    try:
        tenant, topup = _qr_signer().loads(token)
        return TenantId(UUID(tenant)), UUID(topup)
    except (BadSignature, ValueError, TypeError):
        raise NotFoundError("there is no such QR") from None
