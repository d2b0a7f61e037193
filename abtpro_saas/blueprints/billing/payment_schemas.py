"""The bodies of the payment API."""

from marshmallow import validate
from marshmallow.fields import UUID, Boolean, Dict, Integer, List, Nested, String

from abtpro_saas.billing.words import Flag, TopupStatus
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc
from abtpro_saas.blueprints.http.pagination import MOST, CursorArgs, OffsetArgs
from abtpro_saas.money import THB

TYPES = ("TOP_UP", "DEDUCTION", "REFUND")
DESCRIPTION = "Account Top-up"
EXACT = {"description": "Exact baht: a text or a number, two decimals at most."}


class TopupIn(StrictSchema):
    """What to top up."""

    amount = Baht(required=True, metadata=EXACT)
    currency = String(load_default=THB, validate=validate.OneOf([THB]))
    description = String(load_default=DESCRIPTION, validate=validate.Length(max=200))
    replaces = UUID(
        load_default=None,
        metadata={"description": "A top-up of yours whose QR this one stands in for."},
    )


class TopupOut(StrictSchema):
    """A top-up, with its QR."""

    id = UUID(required=True)
    transaction_id = UUID(required=True, metadata={"description": "The same as id."})
    reference_id = String(
        required=True, metadata={"description": "ref1 in the QR; the bank repeats it."}
    )
    status = String(required=True, validate=validate.OneOf(list(TopupStatus)))
    amount = Baht(required=True)
    currency = String(required=True)
    description = String(required=True)
    credited_amount = Baht(required=True)
    refunded_amount = Baht(required=True)
    flags = List(String(validate=validate.OneOf(list(Flag))), required=True)
    payment_method = String(required=True)
    qr_payload = String(required=True, allow_none=True)
    qr_code_url = String(
        required=True, allow_none=True, metadata={"description": "PNG as a data URI."}
    )
    qr_svg_url = String(
        required=True,
        allow_none=True,
        metadata={"description": "An unguessable link that lives as long as the QR."},
    )
    created_at = Utc(required=True)
    expires_at = Utc(required=True)
    completed_at = Utc(required=True, allow_none=True)


class WalletOut(StrictSchema):
    """What may be spent: money, and credit that was granted, which is used first."""

    balance = Baht(required=True)
    granted = Baht(required=True)
    currency = String(required=True)
    last_updated = Utc(required=True, allow_none=True)


class TransactionsArgs(OffsetArgs):
    """Which transactions to list."""

    type = String(load_default=None, validate=validate.OneOf(TYPES))
    status = String(load_default=None, validate=validate.OneOf(list(TopupStatus)))
    since = Utc(load_default=None, data_key="from")
    until = Utc(load_default=None, data_key="to")
    format = String(load_default="json", validate=validate.OneOf(["json", "csv"]))


class TransactionOut(StrictSchema):
    """A movement of the wallet, or a top-up that is not money (yet)."""

    id = UUID(required=True)
    type = String(required=True, validate=validate.OneOf(TYPES))
    amount = Baht(
        required=True, metadata={"description": "Negative where the wallet falls."}
    )
    currency = String(required=True)
    status = String(required=True, validate=validate.OneOf(list(TopupStatus)))
    payment_method = String(required=True, allow_none=True)
    reference_id = String(required=True, allow_none=True)
    description = String(required=True)
    created_at = Utc(required=True)
    completed_at = Utc(required=True, allow_none=True)
    balance_after = Baht(required=True, allow_none=True)
    topup_id = UUID(required=True, allow_none=True)


class TransactionsOut(StrictSchema):
    """A page of transactions, newest first."""

    transactions = List(Nested(TransactionOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class StatementArgs(CursorArgs):
    """The period [from, to)."""

    limit = Integer(
        load_default=MOST,
        validate=validate.Range(1, MOST),
        metadata={"description": "How many movements on a page at most."},
    )
    since = Utc(required=True, data_key="from")
    until = Utc(required=True, data_key="to")
    format = String(load_default="json", validate=validate.OneOf(["json", "csv"]))


class StatementOut(StrictSchema):
    """Opening + credits + debits = closing, of each page."""

    since = Utc(required=True, data_key="from")
    until = Utc(required=True, data_key="to")
    opening = Baht(required=True)
    credits = Baht(required=True)
    debits = Baht(required=True)
    closing = Baht(required=True)
    currency = String(required=True)
    movements = List(Nested(TransactionOut), required=True)
    count = Integer(required=True)
    next_cursor = String(required=True, allow_none=True)


class NoticeIn(StrictSchema):
    """A gateway's notice: see the gateway contract."""

    event_id = String(required=True)
    event_type = String(required=True)
    merchant_id = String(required=True)
    transaction_id = String(required=True)
    reference_id = String(required=True)
    amount = Baht(required=True)
    currency = String(required=True)
    paid_at = Utc()
    refund_id = String()
    created_at = Utc()
    livemode = Boolean()
    status = String(metadata={"description": "Only in the form of version 1.x."})
    metadata = Dict(metadata={"description": "Only in the form of version 1.x."})


class NoticeOut(StrictSchema):
    """What the notice did."""

    success = Boolean(required=True)
    transaction_id = String(required=True)
    status = String(required=True)
    amount = Baht(required=True)
    outcome = String(required=True)
