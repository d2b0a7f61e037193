"""The bodies of the admins' payment API."""

from marshmallow import validate
from marshmallow.fields import (
    UUID,
    Boolean,
    Date,
    Dict,
    Integer,
    List,
    Nested,
    Raw,
    String,
)

from abtpro_saas.billing.gateways.json_reading import IDENTIFIER
from abtpro_saas.billing.qr.promptpay import IdKind
from abtpro_saas.billing.words import (
    IncidentKind,
    PaymentState,
    RefundSource,
    RefundState,
    TopupStatus,
)
from abtpro_saas.blueprints.billing.payment_schemas import TopupOut
from abtpro_saas.blueprints.http.fields import Baht, Shaped, StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import CursorArgs

REASON = validate.Length(min=1, max=500)


class AdminTopupsArgs(CursorArgs):
    """Which top-ups to list."""

    status = String(load_default=None, validate=validate.OneOf(list(TopupStatus)))
    flagged = Boolean(load_default=False)
    user_id = UUID(load_default=None)


class AdminTopupOut(TopupOut):
    """A top-up, and whose it is."""

    user_id = UUID(required=True)


class AdminTopupsOut(StrictSchema):
    """A page of the tenant's top-ups, newest first."""

    topups = List(Nested(AdminTopupOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class RefundIn(StrictSchema):
    """What goes back, and why."""

    amount = Baht(required=True)
    reason = String(required=True, validate=REASON)


class RefundOut(StrictSchema):
    """Money that goes back."""

    id = UUID(required=True, attribute="refund_id")
    topup_id = UUID(required=True, allow_none=True)
    amount = Baht(required=True)
    reason = String(required=True)
    state = String(required=True, validate=validate.OneOf(list(RefundState)))
    source = String(required=True, validate=validate.OneOf(list(RefundSource)))
    created_at = Utc(required=True)
    completed_at = Utc(required=True, allow_none=True)


class ConfirmIn(StrictSchema):
    """A transfer seen at the bank: its slip's QR, or the bank and its number."""

    slip_payload = String(load_default=None, validate=validate.Length(max=512))
    sending_bank = String(load_default=None, validate=validate.Length(max=10))
    slip_reference = String(load_default=None, validate=validate.Length(max=64))
    amount = Baht(required=True)
    paid_at = Utc(required=True)
    receiver = String(load_default=None, validate=validate.Length(max=20))


class SuspenseArgs(CursorArgs):
    """Which parked payments to list."""

    state = String(
        load_default=PaymentState.SUSPENSE,
        validate=validate.OneOf([PaymentState.SUSPENSE, PaymentState.RESOLVED]),
    )


class SuspenseOut(StrictSchema):
    """A payment whose owner was unknown when it came."""

    gateway_account_id = UUID(required=True)
    transaction_id = String(required=True, attribute="gateway_txn_id")
    reference_id = String(required=True, attribute="reference")
    amount = Baht(required=True)
    currency = String(required=True)
    state = String(required=True)
    reason = String(required=True, allow_none=True)
    paid_at = Utc(required=True)
    received_at = Utc(required=True)
    resolved_at = Utc(required=True, allow_none=True)
    resolution = String(required=True, allow_none=True)


class SuspenseListOut(StrictSchema):
    """A page of parked payments, newest first."""

    payments = List(Nested(SuspenseOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class ResolveIn(StrictSchema):
    """What becomes of a parked payment: a user's, or back to the payer."""

    gateway_account_id = UUID(required=True)
    transaction_id = String(required=True, validate=validate.Length(1, 128))
    action = String(required=True, validate=validate.OneOf(["credit", "return"]))
    user_id = UUID(load_default=None)
    reason = String(required=True, validate=REASON)


class IncidentsArgs(CursorArgs):
    """Which incidents to list."""

    open = Boolean(load_default=True)


class IncidentOut(StrictSchema):
    """Something about money that a person must look at."""

    id = UUID(required=True, attribute="incident_id")
    kind = String(required=True, validate=validate.OneOf(list(IncidentKind)))
    subject = String(required=True)
    detail = Dict(required=True, keys=String(), values=Raw(allow_none=True))
    opened_at = Utc(required=True)
    closed_at = Utc(required=True, allow_none=True)


class IncidentsOut(StrictSchema):
    """A page of incidents, newest first."""

    incidents = List(Nested(IncidentOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class GatewayIn(StrictSchema):
    """The tenant's merchant at a payment gateway; it becomes the active one."""

    driver = String(required=True, validate=validate.Length(1, 40))
    merchant_id = String(required=True, validate=Shaped(f"^{IDENTIFIER.pattern}$"))
    secret = String(required=True, load_only=True, validate=validate.Length(16, 256))
    base_url = String(load_default="", validate=validate.Length(max=500))
    biller_id = String(load_default=None, allow_none=True)
    promptpay_id = String(load_default=None, allow_none=True)
    promptpay_kind = String(
        load_default=None, allow_none=True, validate=validate.OneOf(list(IdKind))
    )
    least = Baht(load_default=1)
    most = Baht(load_default=999_999_999)
    qr_life_s = Integer(
        load_default=900, strict=True, validate=validate.Range(60, 604_800)
    )
    hints = Boolean(load_default=False)


class GatewayOut(StrictSchema):
    """The tenant's merchant, without its secret."""

    id = UUID(required=True, attribute="gateway_account_id")
    driver = String(required=True)
    merchant_id = String(required=True)
    base_url = String(required=True)
    biller_id = String(required=True, allow_none=True)
    promptpay_id = String(required=True, allow_none=True)
    promptpay_kind = String(required=True, allow_none=True)
    least = Baht(required=True)
    most = Baht(required=True)
    qr_life_s = Integer(required=True)
    hints = Boolean(required=True)
    created_at = Utc(required=True)


class SecretIn(StrictSchema):
    """A new secret; the one before it holds until the next."""

    secret = String(required=True, load_only=True, validate=validate.Length(16, 256))


class SettlementOut(StrictSchema):
    """One day's settlement file, and what reading it did."""

    day = Date(required=True)
    state = String(required=True)
    rows = Integer(required=True)
    credited = Integer(required=True)
    parked = Integer(required=True)
    missing = Integer(required=True)
    mismatched = Integer(required=True)
    gross = Baht(required=True)
    fees = Baht(required=True)
    fee_vat = Baht(required=True)
    net = Baht(required=True)
    read_at = Utc(required=True)


class SettlementsOut(StrictSchema):
    """A page of settlements, newest day first."""

    settlements = List(Nested(SettlementOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)
