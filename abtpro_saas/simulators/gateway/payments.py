"""Making a payment happen: what the payer's bank and the gateway would do."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from abtpro_saas.billing.gateways.port import EventType
from abtpro_saas.billing.qr.emvco import BillPayment
from abtpro_saas.clock import bangkok_date, utc_now
from abtpro_saas.money import Satang, baht
from abtpro_saas.simulators.gateway.bodies import RefusedError
from abtpro_saas.simulators.gateway.store import Merchant, Row, Store

_CLASSIC_STATUS = {
    EventType.SUCCEEDED: "SUCCESS",
    EventType.FAILED: "FAILED",
    EventType.EXPIRED: "FAILED",
    EventType.REFUNDED: "FAILED",
}


@dataclass(frozen=True)
class Order:
    """What shall happen. Where nothing is said, what is known of the QR counts."""

    reference_id: str | None = None
    merchant_id: str | None = None
    bill: BillPayment | None = None
    amount: Satang | None = None
    currency: str = "THB"
    transaction_id: str | None = None
    event_type: EventType = EventType.SUCCEEDED
    paid_at: datetime | None = None
    livemode: bool | None = None
    refund_id: str | None = None
    times: int = 1
    delay_s: float = 0
    deliver: bool = True
    wait_s: float = 15


@dataclass(frozen=True)
class Event:
    """What happened, and the deliveries that will tell of it."""

    event_id: str
    transaction_id: str
    delivery_ids: list[int]


@dataclass(frozen=True)
class _Payment:
    """An order with nothing left open."""

    merchant: Merchant
    reference_id: str
    transaction_id: str
    amount: Satang
    paid_at: datetime
    order: Order


async def happen(store: Store, order: Order) -> Event:
    """Record the payment and its event together; deliveries follow by themselves.

    Raises:
        RefusedError: nobody knows the merchant, the reference or the amount.
    """
    merchant, reference_id, qr = await _addressee(store, order)
    payment = _Payment(
        merchant,
        reference_id,
        order.transaction_id or _transaction(store, merchant, reference_id, order),
        _amount(order, qr),
        order.paid_at or utc_now(),
        order,
    )
    callback_url = (qr and qr["callback_url"]) or merchant.callback_url
    with store.transaction():
        _record(store, payment)
        event_id = _tell(store, payment, callback_url)
        times = order.times if order.deliver else 0
        ids = queue(store, event_id, times, order.delay_s)
    return Event(event_id, payment.transaction_id, ids)


def queue(store: Store, event_id: str, times: int, delay_s: float) -> list[int]:
    """Add deliveries of an event to those that wait, and return their ids."""
    due_at = time.time() + delay_s
    made = [
        store.insert("deliveries", event_id=event_id, due_at=due_at)
        for _ in range(times)
    ]
    return [each for each in made if each is not None]


async def _addressee(store: Store, order: Order) -> tuple[Merchant, str, Row | None]:
    reference_id = order.bill.reference if order.bill else order.reference_id
    if reference_id is None:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "reference_unknown",
            "reference_id or payload is needed",
        )
    if order.bill and not order.merchant_id:
        merchant = _biller(store, order.bill.biller_id, reference_id)
    elif order.merchant_id:
        merchant = _known(store, order.merchant_id)
    else:
        # Who has just made a QR may pay it before the gateway has heard of it.
        found = await _registered(store, reference_id, order.wait_s)
        merchant = _known(store, found["merchant_id"])
    return merchant, reference_id, _qr(store, merchant.merchant_id, reference_id)


async def _registered(store: Store, reference_id: str, wait_s: float) -> Row:
    end = time.monotonic() + wait_s
    while True:
        found = store.rows("SELECT * FROM qrs WHERE reference_id = ?", reference_id)
        if len(found) == 1:
            return found[0]
        if found:
            raise RefusedError(
                HTTPStatus.CONFLICT,
                "reference_ambiguous",
                "several merchants have this reference: say merchant_id",
            )
        if time.monotonic() >= end:
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                "reference_unknown",
                f"no QR with this reference was registered within {wait_s:g} s;"
                " give payload, or merchant_id and amount, to pay it all the same",
            )
        await asyncio.sleep(0.05)


def _known(store: Store, merchant_id: str) -> Merchant:
    found = store.merchant(merchant_id)
    if found is None:
        raise RefusedError(
            HTTPStatus.NOT_FOUND, "merchant_unknown", "no such merchant here"
        )
    return found


def _biller(store: Store, biller_id: str, reference_id: str) -> Merchant:
    found = store.merchants(biller_id)
    if len(found) > 1:
        found = [m for m in found if _qr(store, m.merchant_id, reference_id)] or found
    if len(found) != 1:
        raise RefusedError(
            HTTPStatus.NOT_FOUND if not found else HTTPStatus.CONFLICT,
            "biller_unknown" if not found else "biller_ambiguous",
            "not exactly one merchant here has this biller ID: say merchant_id",
        )
    return found[0]


def _qr(store: Store, merchant_id: str, reference_id: str) -> Row | None:
    return store.row(
        "SELECT * FROM qrs WHERE merchant_id = ? AND reference_id = ?",
        merchant_id,
        reference_id,
    )


def _transaction(
    store: Store, merchant: Merchant, reference_id: str, order: Order
) -> str:
    """Return a new number; a refund takes that of the payment it gives back."""
    paid = order.event_type is EventType.REFUNDED and store.row(
        "SELECT transaction_id FROM payments WHERE merchant_id = ?"
        " AND reference_id = ? AND status = 'SUCCESS' ORDER BY paid_at DESC",
        merchant.merchant_id,
        reference_id,
    )
    return paid["transaction_id"] if paid else f"txn_{secrets.token_hex(10)}"


def _amount(order: Order, qr: Row | None) -> Satang:
    asked = order.bill.amount if order.bill else None
    amount = order.amount or asked or (Satang(qr["amount"]) if qr else None)
    if amount is None:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "amount_unknown",
            "amount is needed: this QR leaves it open, or is not registered here",
        )
    return amount


def _record(store: Store, payment: _Payment) -> None:
    """Keep what an inquiry and the settlement file will tell."""
    kind = payment.order.event_type
    if kind is EventType.REFUNDED:
        store.execute(
            "UPDATE payments SET status = 'REFUNDED'"
            " WHERE merchant_id = ? AND transaction_id = ?",
            payment.merchant.merchant_id,
            payment.transaction_id,
        )
    elif kind is not EventType.EXPIRED:
        store.insert(
            "payments",
            ignore=True,  # a second event about a payment does not change it
            merchant_id=payment.merchant.merchant_id,
            transaction_id=payment.transaction_id,
            reference_id=payment.reference_id,
            amount=payment.amount,
            currency=payment.order.currency,
            paid_at=_text(payment.paid_at),
            paid_on=str(bangkok_date(payment.paid_at)),
            status="FAILED" if kind is EventType.FAILED else "SUCCESS",
        )


def _tell(store: Store, payment: _Payment, callback_url: str) -> str:
    event_id = f"evt_{secrets.token_hex(12)}"
    classic = payment.merchant.form == "classic"
    content = _classic(payment) if classic else _generic(payment, event_id)
    store.insert(
        "events",
        event_id=event_id,
        merchant_id=payment.merchant.merchant_id,
        event_type=payment.order.event_type,
        reference_id=payment.reference_id,
        transaction_id=payment.transaction_id,
        amount=payment.amount,
        currency=payment.order.currency,
        body=json.dumps(content).encode(),
        callback_url=callback_url,
        created_at=_text(utc_now()),
    )
    return event_id


def _generic(payment: _Payment, event_id: str) -> dict[str, object]:
    order = payment.order
    content: dict[str, object] = {
        "event_id": event_id,
        "event_type": order.event_type,
        "merchant_id": payment.merchant.merchant_id,
        "transaction_id": payment.transaction_id,
        "reference_id": payment.reference_id,
        "amount": baht(payment.amount),
        "currency": order.currency,
        "paid_at": _text(payment.paid_at),
        "created_at": _text(utc_now()),
    }
    if order.event_type is EventType.REFUNDED:
        content["refund_id"] = order.refund_id or f"rfd_{secrets.token_hex(10)}"
    return content if order.livemode is None else content | {"livemode": order.livemode}


def _classic(payment: _Payment) -> dict[str, object]:
    return {
        "reference_id": payment.reference_id,
        "status": _CLASSIC_STATUS[payment.order.event_type],
        "metadata": {"transaction_id": payment.transaction_id},
    }


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")
