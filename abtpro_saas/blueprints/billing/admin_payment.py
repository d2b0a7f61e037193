"""What a tenant's admins do about money: refunds, slips, suspense, incidents."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.billing import incidents
from abtpro_saas.billing.gateway_tables import GatewayPayment, Incident, Refund
from abtpro_saas.billing.ledger import InsufficientFundsError
from abtpro_saas.billing.payments import manual, refunds, suspense
from abtpro_saas.billing.payments.manual import Transfer
from abtpro_saas.billing.payments.refunds import refund_topup
from abtpro_saas.billing.qr.slips import Slip, SlipError, read_slip, slip
from abtpro_saas.billing.reasons import ReasonNeededError
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.billing.words import PaymentState
from abtpro_saas.blueprints.billing import admin_payment_schemas as bodies
from abtpro_saas.blueprints.billing.payment import topup_answer
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import UserId
from abtpro_saas.money import AmountError, baht

blp = Blueprint(
    "admin_payment", __name__, url_prefix="/api/v1/admin", description="Admins: money"
)


class ActionError(InvalidError):
    """To credit a payment, its user must be named."""

    code = "user_missing"


@blp.route("/topups")
class AdminTopups(MethodView):
    """The tenant's top-ups."""

    @blp.arguments(bodies.AdminTopupsArgs, location="query")
    @blp.response(200, bodies.AdminTopupsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List top-ups, newest first."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="topups:read") as access:
            narrowed = {k: args[k] for k in ("status", "flagged", "user_id")}
            pager = Pager(
                access.tenant_id, "topups", args["limit"], narrowed, args["cursor"]
            )
            found = topups.list_topups(
                access.session,
                access.tenant_id,
                **narrowed,
                limit=pager.fetch,
                before=pager.after[0] if pager.after else None,
            )
            page = pager.close(found, lambda topup: (topup.topup_id,))
            return page.under("topups", [_topup(topup) for topup in page.rows])


@blp.route("/topups/<uuid:topup_id>")
class AdminTopup(MethodView):
    """One top-up of the tenant's."""

    @blp.response(200, bodies.AdminTopupOut)
    def get(self, topup_id: UUID) -> dict[str, Any]:
        """Return a top-up, whoever's it is."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="topups:read") as access:
            return _topup(topups.get_topup(access.session, access.tenant_id, topup_id))


@blp.route("/topups/<uuid:topup_id>/refund")
class TopupRefund(MethodView):
    """Refunds of a top-up."""

    @blp.arguments(bodies.RefundIn)
    @idempotent(money=True)
    @blp.response(201, bodies.RefundOut)
    @blp.alt_response(409, description="More than is left of it, or it is spent.")
    @refuses(
        ReasonNeededError,
        AmountError,
        refunds.RefundTooLargeError,
        InsufficientFundsError,
    )
    def post(self, body: dict[str, Any], topup_id: UUID) -> Refund:
        """Take money out of the wallet and owe it to the payer."""
        with tenant_access(Role.ADMIN, scope="topups:refund") as access:
            access.note(
                action="topup.refund",
                subject=topup_id,
                amount=baht(body["amount"]),
                reason=body["reason"],
            )
            return refund_topup(
                access.session,
                access.tenant_id,
                topup_id,
                body["amount"],
                body["reason"],
                by=access.user_id,
                now=access.now,
            )


@blp.route("/topups/<uuid:topup_id>/confirm")
class TopupConfirmation(MethodView):
    """Confirmation by hand."""

    @blp.arguments(bodies.ConfirmIn)
    @idempotent(money=True)
    @blp.response(200, bodies.AdminTopupOut)
    @blp.alt_response(409, description="The slip was used, or no hand is needed.")
    @refuses(
        SlipError,
        manual.ReceiverError,
        AmountError,
        manual.SlipUsedError,
        manual.NotByHandError,
        topups.TopupDoneError,
    )
    def post(self, body: dict[str, Any], topup_id: UUID) -> dict[str, Any]:
        """Credit a top-up by the slip of its transfer; a slip works once."""
        with tenant_access(Role.ADMIN, scope="topups:refund") as access:
            transfer = Transfer(
                _slip(body), body["amount"], body["paid_at"], body["receiver"]
            )
            access.note(
                action="topup.confirm",
                subject=topup_id,
                amount=baht(body["amount"]),
                slip=f"{transfer.slip.bank}:{transfer.slip.transfer}",
            )
            return _topup(
                manual.confirm_topup(
                    access.session,
                    access.tenant_id,
                    topup_id,
                    transfer,
                    by=access.user_id,
                    now=access.now,
                )
            )


@blp.route("/suspense")
class Suspense(MethodView):
    """Money whose owner is unknown."""

    @blp.arguments(bodies.SuspenseArgs, location="query")
    @blp.response(200, bodies.SuspenseListOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List parked payments, newest first."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="suspense:read") as access:
            pager = Pager(
                access.tenant_id,
                "suspense",
                args["limit"],
                {"state": args["state"]},
                args["cursor"],
            )
            after = pager.after
            found = suspense.list_suspense(
                access.session,
                access.tenant_id,
                state=PaymentState(args["state"]),
                limit=pager.fetch,
                before=(after[0], after[1]) if after else None,
            )
            page = pager.close(found, lambda p: (p.received_at, p.gateway_txn_id))
            return page.under("payments")


@blp.route("/suspense/resolve")
class SuspenseResolution(MethodView):
    """The end of a payment's suspense."""

    @blp.arguments(bodies.ResolveIn)
    @idempotent(money=True)
    @blp.response(200, bodies.SuspenseOut)
    @blp.alt_response(409, description="Somebody was faster.")
    @refuses(
        NotFoundError,
        ReasonNeededError,
        ActionError,
        suspense.ForeignCurrencyError,
        suspense.ResolvedError,
    )
    def post(self, body: dict[str, Any]) -> GatewayPayment:
        """Credit a parked payment to a user, or book that it went back."""
        key = (body["gateway_account_id"], body["transaction_id"])
        with tenant_access(Role.ADMIN, scope="suspense:write") as access:
            access.note(
                action=f"suspense.{body['action']}",
                subject=body["transaction_id"],
                reason=body["reason"],
                user_id=str(body["user_id"]),
            )
            if body["action"] == "return":
                return suspense.send_back(
                    access.session,
                    access.tenant_id,
                    key,
                    body["reason"],
                    by=access.user_id,
                    now=access.now,
                )
            if body["user_id"] is None:
                raise ActionError("name the user whose money it is", "user_id")
            return suspense.allocate(
                access.session,
                access.tenant_id,
                key,
                UserId(body["user_id"]),
                body["reason"],
                by=access.user_id,
                now=access.now,
            )


@blp.route("/incidents")
class Incidents(MethodView):
    """What is wrong with money."""

    @blp.arguments(bodies.IncidentsArgs, location="query")
    @blp.response(200, bodies.IncidentsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List incidents, newest first."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="suspense:read") as access:
            pager = Pager(
                access.tenant_id,
                "incidents",
                args["limit"],
                {"open": args["open"]},
                args["cursor"],
            )
            found = incidents.list_incidents(
                access.session,
                access.tenant_id,
                is_open=args["open"],
                limit=pager.fetch,
                before=pager.after[0] if pager.after else None,
            )
            page = pager.close(found, lambda incident: (incident.incident_id,))
            return page.under("incidents")


@blp.route("/incidents/<uuid:incident_id>/close")
class IncidentEnd(MethodView):
    """The end of an incident."""

    @idempotent()
    @blp.response(200, bodies.IncidentOut)
    def post(self, incident_id: UUID) -> Incident:
        """Note that somebody has dealt with it."""
        with tenant_access(Role.ADMIN, scope="suspense:write") as access:
            access.note(action="incident.close", subject=incident_id)
            return incidents.close_incident(
                access.session,
                access.tenant_id,
                incident_id,
                access.user_id,
                access.now,
            )


def _topup(topup: Topup) -> dict[str, Any]:
    return {**topup_answer(topup), "user_id": topup.user_id}


def _slip(body: dict[str, Any]) -> Slip:
    if body["slip_payload"]:
        return read_slip(body["slip_payload"])
    return slip(body["sending_bank"] or "", body["slip_reference"] or "")
