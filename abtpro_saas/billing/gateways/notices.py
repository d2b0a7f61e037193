"""The body of a notice, once its signature has been verified."""

import re
from datetime import datetime

from abtpro_saas.billing.gateways import json_reading as fields
from abtpro_saas.billing.gateways.port import EventType, GatewayAccount, Hint, Notice
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import AmountError, baht

_NOTICE = frozenset(
    {
        "event_id",
        "event_type",
        "merchant_id",
        "transaction_id",
        "reference_id",
        "amount",
        "currency",
    }
)
_NOTICE_MAY = frozenset({"paid_at", "created_at", "livemode", "refund_id"})
_HINT = frozenset({"reference_id", "status"})
_HINT_MAY = frozenset({"metadata"})
_HINT_STATUSES = frozenset({"SUCCESS", "FAILED", "PENDING"})
_MERCHANT = re.compile(rb'"merchant_id"\s*:\s*"([!#-\[\]-~]{1,128})"')


class TestEventError(InvalidError):
    """A gateway's test event (livemode false) came to an endpoint for real money."""

    __test__ = False  # pytest collects classes by their name
    code = "test_event"


class OtherMerchantError(InvalidError):
    """The notice was signed for this account, and names another merchant."""

    code = "other_merchant"


class EventTypeError(InvalidError):
    """An event of a type that nobody explained to us."""

    code = "unknown_event_type"


def named_merchant(raw: bytes) -> str | None:
    """Return the merchant that an unverified body names, to find its secrets.

    Nothing else in the body may be used before its signature is verified. A body that
    is not JSON is searched for the name, so that a gateway's broken notice can still
    be told from a stranger's.
    """
    try:
        merchant = fields.read_object(raw).get("merchant_id")
    except fields.MalformedError:
        match = _MERCHANT.search(raw)
        return match[1].decode() if match else None
    # No text column holds a control character, so no merchant of ours has one.
    named = isinstance(merchant, str) and merchant.isprintable()
    return merchant if named else None


def read_notice(account: GatewayAccount, raw: bytes, now: datetime) -> Notice:
    """Return what a verified body says; without ``created_at``, ``paid_at`` or ``now``.

    Raises:
        InvalidError: a leaf that says which field is missing, unknown or wrong.
    """
    body = fields.read_object(raw)
    fields.check_names(body, _NOTICE, _NOTICE_MAY)
    if fields.identifier(body, "merchant_id") != account.merchant_id:
        raise OtherMerchantError("this notice names another merchant", "merchant_id")
    live = body.get("livemode", True)
    if not isinstance(live, bool):
        raise fields.FieldError("livemode is true or false", "livemode")
    if not live:
        raise TestEventError("a test event at an endpoint for real money", "livemode")
    event_type = _event_type(fields.identifier(body, "event_type"))
    paid_at = _paid_at(body, event_type)
    said_at = fields.instant(body, "created_at") if body.get("created_at") else paid_at
    amount = fields.amount(body, "amount")
    if amount > account.most:
        raise AmountError(f"above the limit of {baht(account.most)}", "amount")
    return Notice(
        fields.identifier(body, "event_id"),
        event_type,
        fields.identifier(body, "transaction_id"),
        fields.identifier(body, "reference_id"),
        amount,
        fields.currency(body, "currency"),
        paid_at,
        said_at or now,
        live,
        _refund_id(body, event_type),
    )


def read_hint(raw: bytes) -> Hint:
    """Return what the original platform's callback says: a reference to look at.

    Raises:
        InvalidError: a field is missing, unknown or wrong.
    """
    body = fields.read_object(raw)
    fields.check_names(body, _HINT, _HINT_MAY)
    if not isinstance(body.get("metadata") or {}, dict):
        raise fields.FieldError("metadata is an object", "metadata")
    status = fields.identifier(body, "status")
    if status not in _HINT_STATUSES:
        raise fields.FieldError("status is SUCCESS, FAILED or PENDING", "status")
    return Hint(fields.identifier(body, "reference_id"), status)


def _event_type(text: str) -> EventType:
    try:
        return EventType(text)
    except ValueError:
        raise EventTypeError(f"unknown event {text[:40]!r}", "event_type") from None


def _refund_id(body: dict[str, object], event_type: EventType) -> str | None:
    """Return the gateway's number for a refund; nothing else has one."""
    if body.get("refund_id") is None:
        return None
    if event_type is not EventType.REFUNDED:
        raise fields.FieldError("only a refund has a refund_id", "refund_id")
    return fields.identifier(body, "refund_id")


def _paid_at(body: dict[str, object], event_type: EventType) -> datetime | None:
    """Return when it was paid; only a payment that succeeded must say so."""
    if body.get("paid_at") is None and event_type is not EventType.SUCCEEDED:
        return None
    return fields.instant(body, "paid_at")
