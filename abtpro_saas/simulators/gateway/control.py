"""The strings behind the scene: make payments happen, and make them go wrong."""

import time
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.billing.gateways import json_reading as fields
from abtpro_saas.billing.gateways.port import EventType
from abtpro_saas.billing.qr.emvco import BillPayment, CreditTransfer, read_payload
from abtpro_saas.billing.qr.promptpay import biller_id
from abtpro_saas.money import baht
from abtpro_saas.simulators.gateway import bodies, payments, transfers
from abtpro_saas.simulators.gateway.bodies import Body, RefusedError
from abtpro_saas.simulators.gateway.deliveries import TIMEOUT_S, Dispatcher
from abtpro_saas.simulators.gateway.store import Merchant, Row, Store

MOST_TIMES = 1000
MOST_EVENTS = 500

_PAY = {
    "reference_id",
    "merchant_id",
    "payload",
    "amount",
    "currency",
    "transaction_id",
    "event_type",
    "paid_at",
    "livemode",
    "refund_id",
    "times",
    "delay_s",
    "deliver",
    "wait_s",
}


async def pay(request: Request) -> Response:
    """Make a payment happen, or any other event."""
    body = await bodies.read_body(request, set(), _PAY)
    scanned = read_payload(str(body["payload"])) if "payload" in body else None
    if isinstance(scanned, CreditTransfer):
        amount = fields.amount(body, "amount") if "amount" in body else scanned.amount
        return JSONResponse(transfers.transfer(_store(request), scanned, amount))
    order = _order(body, scanned)
    event = await payments.happen(_store(request), order)
    await deliver(request, event.delivery_ids, order.delay_s)
    return JSONResponse(shown_event(_store(request), event.event_id))


async def deliver(request: Request, delivery_ids: list[int], delay_s: float) -> None:
    """Wait for the first try of each, unless none can come now."""
    dispatcher: Dispatcher = request.app.state.dispatcher
    later = delay_s > 0 or _store(request).outage_until > time.time()
    await dispatcher.first_tries(delivery_ids, 0 if later else TIMEOUT_S + 1)


async def deliver_again(request: Request) -> Response:
    """Deliver an event that was lost, late, or delivered before."""
    body = await bodies.read_body(request, set(), {"times", "delay_s"})
    event_id = request.path_params["event_id"]
    shown_event(_store(request), event_id)
    times = bodies.count(body, "times", 1, MOST_TIMES)
    delay_s = bodies.seconds(body, "delay_s")
    ids = payments.queue(_store(request), event_id, times, delay_s)
    await deliver(request, ids, delay_s)
    return JSONResponse(shown_event(_store(request), event_id))


async def list_events(request: Request) -> Response:
    """Tell the latest events, newest first, with what became of their notices."""
    asked = request.query_params
    text = asked.get("limit", "50")
    limit = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= limit <= MOST_EVENTS:
        raise fields.FieldError(f"limit is from 1 to {MOST_EVENTS}", "limit")
    found = _store(request).rows(
        "SELECT event_id FROM events WHERE ? IN (reference_id, '')"
        " AND ? IN (merchant_id, '') ORDER BY rowid DESC LIMIT ?",
        asked.get("reference_id", ""),
        asked.get("merchant_id", ""),
        limit,
    )
    events = [shown_event(_store(request), row["event_id"]) for row in found]
    return JSONResponse({"events": events, "count": len(events)})


async def outage(request: Request) -> Response:
    """Let the gateway be unreachable for some seconds from now; 0 ends it."""
    body = await bodies.read_body(request, {"seconds"}, set())
    until = time.time() + bodies.seconds(body, "seconds")
    _store(request).outage_until = until
    request.app.state.dispatcher.wake()
    return JSONResponse({"until": datetime.fromtimestamp(until, UTC).isoformat()})


async def save_account(request: Request) -> Response:
    """Register a merchant, or change what is known of one."""
    body = await bodies.read_body(
        request,
        {"merchant_id", "secrets", "callback_url", "name"},
        {"biller_id", "form"},
    )
    secrets, name = body["secrets"], body["name"]
    if not isinstance(secrets, list) or not all(
        isinstance(each, str) and each for each in [*secrets, *([] if secrets else [0])]
    ):
        raise fields.FieldError("secrets is a list of one text or more", "secrets")
    if not isinstance(name, str) or not 0 < len(name) <= 100:  # noqa: PLR2004 - what a bank app shows
        raise fields.FieldError("name is 1 to 100 characters", "name")
    form = bodies.text(body, "form") or "generic"
    if form not in {"generic", "classic"}:
        raise fields.FieldError("form is generic or classic", "form")
    merchant = Merchant(
        fields.identifier(body, "merchant_id"),
        name,
        bodies.callback_url(body, "callback_url") or "",
        tuple(secrets),
        biller_id(fields.identifier(body, "biller_id"))
        if "biller_id" in body
        else None,
        form,
    )
    _store(request).save_merchant(merchant)
    return JSONResponse(_shown_account(merchant), HTTPStatus.CREATED)


async def list_accounts(request: Request) -> Response:
    """Tell the merchants, without their secrets."""
    found = [_shown_account(each) for each in _store(request).merchants()]
    return JSONResponse({"accounts": found, "count": len(found)})


def shown_event(store: Store, event_id: str) -> Body:
    """Return an event and its deliveries.

    Raises:
        RefusedError: there is no such event.
    """
    event = store.row("SELECT * FROM events WHERE event_id = ?", event_id)
    if event is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "event_unknown", "no such event here")
    tried = store.rows(
        "SELECT * FROM deliveries WHERE event_id = ? ORDER BY delivery_id", event_id
    )
    return {
        "event_id": event_id,
        "event_ids": [event_id],
        "event_type": event["event_type"],
        "merchant_id": event["merchant_id"],
        "transaction_id": event["transaction_id"],
        "reference_id": event["reference_id"],
        "amount": baht(event["amount"]),
        "currency": event["currency"],
        "created_at": event["created_at"],
        "body": event["body"].decode(),
        "delivered": sum(row["state"] == "DELIVERED" for row in tried),
        "deliveries": [_shown_delivery(row) for row in tried],
    }


def _shown_delivery(row: Row) -> Body:
    due = row["state"] == "PENDING"
    return {
        "delivery_id": row["delivery_id"],
        "state": row["state"],
        "tries": row["tries"],
        "status": row["status"],
        "error": row["error"],
        "due_at": datetime.fromtimestamp(row["due_at"], UTC).isoformat()
        if due
        else None,
    }


def _order(body: Body, bill: BillPayment | None) -> payments.Order:
    kind = bodies.text(body, "event_type") or EventType.SUCCEEDED
    if kind not in set(EventType):
        known = ", ".join(EventType)
        raise fields.FieldError(f"event_type is one of {known}", "event_type")
    return payments.Order(
        reference_id=bodies.text(body, "reference_id"),
        merchant_id=bodies.text(body, "merchant_id"),
        bill=bill,
        amount=fields.amount(body, "amount") if "amount" in body else None,
        currency=fields.currency(body, "currency") if "currency" in body else "THB",
        transaction_id=bodies.text(body, "transaction_id"),
        event_type=EventType(kind),
        paid_at=fields.instant(body, "paid_at") if "paid_at" in body else None,
        livemode=bodies.flag(body, "livemode", default=True)
        if "livemode" in body
        else None,
        refund_id=bodies.text(body, "refund_id"),
        times=bodies.count(body, "times", 1, MOST_TIMES),
        delay_s=bodies.seconds(body, "delay_s"),
        deliver=bodies.flag(body, "deliver", default=True),
        wait_s=bodies.seconds(body, "wait_s", 15, 120),
    )


def _shown_account(merchant: Merchant) -> Body:
    return {
        "merchant_id": merchant.merchant_id,
        "name": merchant.name,
        "callback_url": merchant.callback_url,
        "biller_id": merchant.biller_id,
        "form": merchant.form,
    }


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


ROUTES = [
    Route("/sim/pay", pay, methods=["POST"]),
    Route("/sim/outage", outage, methods=["POST"]),
    Route("/sim/accounts", save_account, methods=["POST"]),
    Route("/sim/accounts", list_accounts),
    Route("/sim/events", list_events),
    Route("/sim/events/{event_id}/deliver", deliver_again, methods=["POST"]),
]
