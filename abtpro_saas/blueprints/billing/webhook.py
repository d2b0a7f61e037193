"""Where payment gateways report: signed notices in, money credited, then the answer.

A notice is accepted in the database transaction that credits it; nothing stands between
the payer and the balance. A 200 means that it is on disk.
"""

import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from uuid import UUID

from flask import Response, abort, jsonify, request
from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing import accounts
from abtpro_saas.billing.accounts import NoGatewayError
from abtpro_saas.billing.gateways import signatures
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.json_reading import FieldError, MalformedError
from abtpro_saas.billing.gateways.notices import (
    EventTypeError,
    OtherMerchantError,
    TestEventError,
    named_merchant,
)
from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayAccount,
    GatewayUnavailableError,
    Hint,
    NoNoticesError,
    Notice,
)
from abtpro_saas.billing.gateways.signatures import SignatureMismatchError
from abtpro_saas.billing.payments import notices
from abtpro_saas.billing.qr.promptpay import PaymentReferenceError
from abtpro_saas.billing.tables import GatewayAccount as AccountRow
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups.confirmation import ask_gateway
from abtpro_saas.billing.words import Outcome, TopupStatus
from abtpro_saas.blueprints.billing.payment_schemas import NoticeIn, NoticeOut
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import current_host
from abtpro_saas.blueprints.guard.limits import (
    SignatureFailuresError,
    count_signature_failure,
)
from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import (
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from abtpro_saas.ids import TenantId
from abtpro_saas.money import AmountError, baht
from abtpro_saas.reruns import RaceLostError, rerun
from abtpro_saas.telemetry import WEBHOOKS

blp = Blueprint(
    "webhook", __name__, url_prefix="/api/v1/payment", description="Gateways' notices"
)

REMEMBERED_S = 10.0
"""How long an account is remembered: how late a change of its limits may be seen."""
MOST_REMEMBERED = 2048


class UnknownMerchantError(UnauthenticatedError):
    """The notice names no merchant of ours, so no secret can verify it."""

    code = "unknown_merchant"


SenderKey = tuple[str | None, str]
"""The merchant that a notice names, or else the host that it came to."""


@dataclass(frozen=True)
class Sender:
    """The gateway account that a notice claims to come from.

    With ``hints``, the callback of version 1.x is taken too.
    """

    tenant_id: TenantId
    account: GatewayAccount
    hints: bool


@blp.route("/webhook/promptpay")
class PromptPayWebhook(MethodView):
    """The gateways' end of the line."""

    @open_to_all(limited=False)
    @blp.response(200, NoticeOut)
    @blp.alt_response(401, description="Not signed by this merchant's gateway, now.")
    @blp.alt_response(413, description="Over 1 MiB.")
    @blp.alt_response(415, description="Not JSON.")
    @blp.alt_response(422, description="Signed, but not to be believed.")
    @blp.doc(requestBody={"content": {"application/json": {"schema": NoticeIn}}})
    @refuses(
        signatures.NotSignedError,
        signatures.SignatureHeaderError,
        signatures.SignatureTooOldError,
        SignatureMismatchError,
        UnknownMerchantError,
        SignatureFailuresError,
        MalformedError,
        FieldError,
        TestEventError,
        OtherMerchantError,
        EventTypeError,
        AmountError,
        PaymentReferenceError,
        NoNoticesError,
        NotFoundError,
        GatewayUnavailableError,
        AccountRefusedError,
        UnavailableError,
    )
    def post(self) -> Response:
        """Accept a gateway's signed notice; a repeat changes nothing."""
        if not request.is_json:
            abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        raw = request.get_data(cache=False)
        sender, said = _verified(raw)
        if isinstance(said, Hint):
            return _follow(sender, said)
        try:
            outcome = rerun(partial(_accept, sender, said))
        except RaceLostError:
            raise UnavailableError("its twins are being accepted: try again") from None
        WEBHOOKS.labels(outcome=outcome).inc()
        return jsonify(
            success=True,
            transaction_id=said.gateway_txn_id,
            status="SUCCESS" if outcome is Outcome.CREDITED else str(outcome),
            amount=baht(said.amount),
            outcome=str(outcome),
        )


def _accept(sender: Sender, notice: Notice) -> Outcome:
    with tenant_transaction(house().engine, sender.tenant_id) as session:
        return notices.accept_notice(
            session, sender.tenant_id, sender.account.account_id, notice, utc_now()
        )


def _verified(raw: bytes) -> tuple[Sender, Notice | Hint]:
    """Return who sent a notice and what it says, or count and refuse it."""
    try:
        sender = _sender(raw, fresh=False)
        try:
            return sender, _read(sender, raw)
        except SignatureMismatchError:
            # A secret that was rotated a moment ago is not remembered yet.
            sender = _sender(raw, fresh=True)
            return sender, _read(sender, raw)
    except UnauthenticatedError:
        WEBHOOKS.labels(outcome="REFUSED").inc()
        count_signature_failure(request.remote_addr or "")
        raise


def _read(sender: Sender, raw: bytes) -> Notice | Hint:
    classic = sender.hints and signatures.HEADER not in request.headers
    driver = gateway("classic" if classic else sender.account.driver)
    try:
        return driver.read_notice(sender.account, raw, request.headers, utc_now())
    except InvalidError as error:
        WEBHOOKS.labels(outcome="UNREADABLE").inc()
        _bury(sender, raw, error)
        raise


def _bury(sender: Sender, raw: bytes, error: InvalidError) -> None:
    with tenant_transaction(house().engine, sender.tenant_id) as session:
        notices.bury(
            session,
            sender.tenant_id,
            sender.account.account_id,
            body=raw,
            error=f"{error.code}: {error}",
            now=utc_now(),
        )


def _sender(raw: bytes, *, fresh: bool) -> Sender:
    merchant = named_merchant(raw)
    key = (merchant, "" if merchant is not None else current_host().name)
    remembered: dict[SenderKey, tuple[float, Sender]] = house().senders
    known = remembered.get(key)
    if known is not None and known[0] > time.monotonic() and not fresh:
        return known[1]
    sender = _load(merchant)
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()
    remembered[key] = (time.monotonic() + REMEMBERED_S, sender)
    return sender


def _load(merchant: str | None) -> Sender:
    """Return the account of the named merchant, or else of the host's own tenant."""
    engine = house().engine
    found: tuple[TenantId, UUID | None] | None
    if merchant is None:
        tenant = current_host().tenant
        found = (tenant.tenant_id, None) if tenant else None
    else:
        found = accounts.find_merchant(engine, merchant)
    if found is None:
        raise UnknownMerchantError("no merchant of ours is named")
    tenant_id, account_id = found
    with tenant_transaction(engine, tenant_id) as session:
        row = _account(session, tenant_id, account_id)
        hints = row.hints or gateway(row.driver).confirms == "HINT"
        return Sender(tenant_id, accounts.live(house().keyring, row), hints)


def _account(
    session: Session, tenant_id: TenantId, account_id: UUID | None
) -> AccountRow:
    if account_id is None:
        try:
            return accounts.active_account(session, tenant_id)
        except NoGatewayError:
            raise UnknownMerchantError("no merchant of ours is named") from None
    return accounts.get_account(session, tenant_id, account_id)


def _follow(sender: Sender, hint: Hint) -> Response:
    """Ask the gateway about the reference; only its answer moves money."""
    tenant_id, engine = sender.tenant_id, house().engine
    topup_id = _referred(tenant_id, sender.account.account_id, hint.reference)
    ask_gateway(engine, house().keyring, tenant_id, topup_id, utc_now())
    with tenant_transaction(engine, tenant_id) as session:
        topup = session.get_one(Topup, (tenant_id, topup_id))
    WEBHOOKS.labels(outcome="HINT").inc()
    return jsonify(
        success=topup.status == TopupStatus.SUCCESS,
        transaction_id=str(topup.topup_id),
        status=topup.status,
        amount=baht(topup.amount),
        outcome="HINT",
    )


def _referred(tenant_id: TenantId, account_id: UUID, reference: str) -> UUID:
    query = select(Topup.topup_id).where(
        Topup.tenant_id == tenant_id,
        Topup.gateway_account_id == account_id,
        Topup.reference == reference,
    )
    with tenant_transaction(house().engine, tenant_id) as session:
        found = session.scalar(query)
    if found is None:
        raise NotFoundError("no top-up has this reference")
    return found
