"""The gateway's own endpoints, which ``generic`` speaks: each request is signed."""

import csv
import io
from datetime import date
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.billing.gateways import json_reading as fields
from abtpro_saas.billing.gateways import signatures
from abtpro_saas.billing.gateways.settlement import HEADER, TOTAL
from abtpro_saas.billing.qr import emvco
from abtpro_saas.clock import bangkok_date, utc_now
from abtpro_saas.errors import InvalidError, UnauthenticatedError
from abtpro_saas.money import Satang, baht
from abtpro_saas.simulators.gateway import bodies
from abtpro_saas.simulators.gateway.bodies import RefusedError
from abtpro_saas.simulators.gateway.store import Merchant, Row, Store

FEE_PER_10_000 = 165
VAT_PERCENT = 7

_ORDER = frozenset(
    {
        "merchant_id",
        "reference_id",
        "amount",
        "currency",
        "expires_at",
        "request_id",
    }
)


async def create_qr(request: Request) -> Response:
    """Register a reference; the same order again gets the same answer."""
    raw = await bodies.read_raw(request)
    order = fields.read_object(raw)
    merchant = _authenticated(request, fields.identifier(order, "merchant_id"), raw)
    fields.check_names(order, _ORDER, frozenset({"callback_url"}))
    reference_id = fields.identifier(order, "reference_id")
    amount = fields.amount(order, "amount")
    store = _store(request)
    made = store.insert(
        "qrs",
        ignore=True,
        merchant_id=merchant.merchant_id,
        reference_id=reference_id,
        amount=amount,
        currency=fields.currency(order, "currency"),
        expires_at=fields.instant(order, "expires_at").isoformat(),
        request_id=fields.identifier(order, "request_id"),
        callback_url=bodies.callback_url(order, "callback_url"),
        payload=_payload(merchant, reference_id, amount),
        status="ACTIVE",
        created_at=utc_now().isoformat(),
    )
    qr = _qr(store, merchant, reference_id)
    if qr["amount"] != amount:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "reference_taken",
            "this reference has a QR with another amount",
        )
    return JSONResponse(_shown(qr), HTTPStatus.CREATED if made else HTTPStatus.OK)


async def cancel_qr(request: Request) -> Response:
    """Withdraw a QR. Whoever photographed it may pay it all the same."""
    merchant = _authenticated(request, request.query_params.get("merchant_id", ""))
    reference_id = request.path_params["reference_id"]
    store = _store(request)
    qr = _qr(store, merchant, reference_id)
    if _payments(store, merchant, reference_id):
        raise RefusedError(HTTPStatus.CONFLICT, "already_paid", "this QR was paid")
    store.execute(
        "UPDATE qrs SET status = 'CANCELLED' WHERE merchant_id = ?"
        " AND reference_id = ?",
        merchant.merchant_id,
        reference_id,
    )
    return JSONResponse(_shown(qr) | {"status": "CANCELLED"})


async def list_payments(request: Request) -> Response:
    """Tell the payments of one reference on one Bangkok day."""
    merchant = _authenticated(request, request.query_params.get("merchant_id", ""))
    reference_id = fields.identifier(dict(request.query_params), "reference_id")
    day = _day(request.query_params.get("date", ""))
    found = [
        row
        for row in _payments(_store(request), merchant, reference_id)
        if row["paid_on"] == str(day)
    ]
    shown = [
        {
            "transaction_id": row["transaction_id"],
            "merchant_id": merchant.merchant_id,
            "reference_id": row["reference_id"],
            "amount": baht(row["amount"]),
            "currency": row["currency"],
            "paid_at": row["paid_at"],
            "status": row["status"],
        }
        for row in found
    ]
    return JSONResponse({"payments": shown, "count": len(shown)})


async def settlement_file(request: Request) -> Response:
    """Give the day's file; for today it holds what has been paid so far."""
    merchant = _authenticated(request, request.path_params["merchant_id"])
    day = _day(request.path_params["day"])
    if day > bangkok_date(utc_now()):
        raise RefusedError(HTTPStatus.NOT_FOUND, "not_settled", "that day is to come")
    paid = _store(request).rows(
        "SELECT * FROM payments WHERE merchant_id = ? AND paid_on = ?"
        " AND status <> 'FAILED' AND currency = 'THB' ORDER BY paid_at, transaction_id",
        merchant.merchant_id,
        str(day),
    )
    return Response(_settlement(paid), media_type="text/csv; charset=utf-8")


def _settlement(paid: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    sums = [0, 0, 0, 0]
    for row in paid:
        amounts = _less_fee(row["amount"])
        sums = [a + b for a, b in zip(sums, amounts, strict=True)]
        writer.writerow(
            [
                row["transaction_id"],
                row["reference_id"],
                *map(baht, amounts),
                row["paid_at"],
                row["currency"],
            ]
        )
    writer.writerow([TOTAL, len(paid), *map(baht, sums), "", "THB"])
    return out.getvalue()


def _less_fee(gross: int) -> tuple[int, int, int, int]:
    """Return gross, fee, VAT on the fee and net; fee and VAT rounded half up."""
    fee = (gross * FEE_PER_10_000 + 5_000) // 10_000
    vat = (fee * VAT_PERCENT + 50) // 100
    return gross, fee, vat, gross - fee - vat


def _authenticated(request: Request, merchant_id: str, raw: bytes = b"") -> Merchant:
    merchant = _store(request).merchant(merchant_id)
    if merchant is None:
        raise UnauthenticatedError("no such merchant here")
    target = request.scope["raw_path"].decode("ascii")
    if request.url.query:
        target += f"?{request.scope['query_string'].decode('ascii')}"
    text = signatures.request_text(request.method, target, raw)
    header = request.headers.get(signatures.HEADER)
    signatures.verify(header, text, merchant.secrets, utc_now())
    return merchant


def _payload(merchant: Merchant, reference_id: str, amount: Satang) -> str | None:
    if merchant.biller_id is None:
        return None
    try:
        return emvco.bill_payment(merchant.biller_id, reference_id, amount)
    except InvalidError:
        return None  # a reference that no bank would print; it can still be paid


def _payments(store: Store, merchant: Merchant, reference_id: str) -> list[Row]:
    return store.rows(
        "SELECT * FROM payments WHERE merchant_id = ? AND reference_id = ?"
        " ORDER BY paid_at",
        merchant.merchant_id,
        reference_id,
    )


def _qr(store: Store, merchant: Merchant, reference_id: str) -> Row:
    found = store.row(
        "SELECT * FROM qrs WHERE merchant_id = ? AND reference_id = ?",
        merchant.merchant_id,
        reference_id,
    )
    if found is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "qr_unknown", "no such QR here")
    return found


def _shown(qr: Row) -> dict[str, object]:
    return {
        "merchant_id": qr["merchant_id"],
        "reference_id": qr["reference_id"],
        "amount": baht(qr["amount"]),
        "currency": qr["currency"],
        "qr_payload": qr["payload"],
        "status": qr["status"],
        "created_at": qr["created_at"],
        "expires_at": qr["expires_at"],
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise fields.FieldError("date is a day such as 2026-11-22", "date") from None


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


ROUTES = [
    Route("/v1/qr", create_qr, methods=["POST"]),
    Route("/v1/qr/{reference_id}", cancel_qr, methods=["DELETE"]),
    Route("/v1/payments", list_payments),
    Route("/v1/settlements/{merchant_id}/{day}.csv", settlement_file),
]
