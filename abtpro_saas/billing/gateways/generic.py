"""The gateway contract of this house: see docs/payments.md.

The QR is made here, from the account's biller ID and our reference, so it exists
before the gateway has heard of it; ``register`` makes the reference known later.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from abtpro_saas.billing.gateways import json_reading as fields
from abtpro_saas.billing.gateways import notices, signatures
from abtpro_saas.billing.gateways.calling.client import Call, GatewayClient
from abtpro_saas.billing.gateways.port import (
    GatewayAccount,
    GatewayPayment,
    GatewayRefusedError,
    GatewayRequest,
    GatewaySetupError,
    GatewayUnavailableError,
    Hint,
    Notice,
    NoticeHeaders,
    PaymentStatus,
    QrIssued,
    QrOrder,
)
from abtpro_saas.billing.gateways.settlement import Settlement, parse_settlement
from abtpro_saas.billing.qr import emvco
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import THB, Satang, baht

_ORDER = Call(
    GatewayRequest.ORDER,
    "POST",
    frozenset(
        {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    ),
)
_WITHDRAWAL = Call(
    GatewayRequest.WITHDRAWAL,
    "DELETE",
    frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}),
)
_INQUIRY = Call(GatewayRequest.INQUIRY, "GET")
_SETTLEMENT = Call(
    GatewayRequest.SETTLEMENT,
    "GET",
    frozenset({HTTPStatus.NOT_FOUND}),
    largest=64 * 1024 * 1024,  # some 500,000 rows
)


class GenericGateway:
    """Speaks the contract over HTTP; its signed notices are believed."""

    issues_qr: ClassVar[bool] = False
    confirms: ClassVar[Literal["AUTOMATIC", "MANUAL", "HINT"]] = "AUTOMATIC"

    def __init__(self, client: GatewayClient | None = None) -> None:
        self._client = client or GatewayClient()

    def payload(
        self, account: GatewayAccount, reference: str, amount: Satang
    ) -> str | None:
        """Return a bill payment: only that carries our reference back to us."""
        if account.biller_id is None:
            raise GatewaySetupError("the gateway account has no biller ID")
        return emvco.bill_payment(account.biller_id, reference, amount)

    def register(self, account: GatewayAccount, order: QrOrder) -> QrIssued | None:
        """Make an order known; the gateway knows a repeat by its reference."""
        answer = self._client.ask_object(
            account, _ORDER, "/v1/qr", body=_order_body(account, order)
        )
        try:
            if fields.identifier(answer, "reference_id") != order.reference:
                raise GatewayUnavailableError("the gateway answers for another QR")
            payload = answer.get("qr_payload")
            return QrIssued(
                order.reference,
                payload if isinstance(payload, str) else None,
                fields.instant(answer, "expires_at"),
            )
        except InvalidError as error:
            raise _broken(error) from None

    def cancel(self, account: GatewayAccount, reference: str) -> None:
        """Withdraw a QR; one that the gateway never heard of is withdrawn already."""
        path = f"/v1/qr/{quote(reference, safe='')}"
        try:
            self._client.ask(
                account, _WITHDRAWAL, path, {"merchant_id": account.merchant_id}
            )
        except GatewayRefusedError as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise

    def inquire(
        self, account: GatewayAccount, reference: str, days: Sequence[date]
    ) -> list[GatewayPayment]:
        """Ask for each day, because the gateway answers for one day at a time."""
        told = [
            payment
            for day in days
            for payment in self._inquire_day(account, reference, day)
        ]
        return _in_order(told)

    def read_notice(
        self, account: GatewayAccount, raw: bytes, headers: NoticeHeaders, now: datetime
    ) -> Notice | Hint:
        """Verify the signature over the raw bytes, and only then read them."""
        signatures.verify(headers.get(signatures.HEADER), raw, account.secrets, now)
        return notices.read_notice(account, raw, now)

    def settlement(self, account: GatewayAccount, day: date) -> Settlement:
        """Fetch and check one day's file."""
        path = f"/v1/settlements/{quote(account.merchant_id, safe='')}/{day}.csv"
        try:
            raw = self._client.ask(account, _SETTLEMENT, path)
        except GatewayRefusedError:
            raise GatewayUnavailableError("that day is not settled yet") from None
        return parse_settlement(raw, day)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _inquire_day(
        self, account: GatewayAccount, reference: str, day: date
    ) -> list[GatewayPayment]:
        query: dict[str, str | date] = {
            "merchant_id": account.merchant_id,
            "reference_id": reference,
            "date": day,
        }
        answer = self._client.ask_object(account, _INQUIRY, "/v1/payments", query)
        rows = answer.get("payments")
        if not isinstance(rows, list):
            raise GatewayUnavailableError("the gateway's answer has no payments")
        try:
            return [_payment(row, reference) for row in rows]
        except InvalidError as error:
            raise _broken(error) from None


def _order_body(account: GatewayAccount, order: QrOrder) -> bytes:
    body: dict[str, Any] = {
        "merchant_id": account.merchant_id,
        "reference_id": order.reference,
        "amount": baht(order.amount),
        "currency": THB,
        "expires_at": order.expires_at.astimezone(UTC).isoformat(),
        "request_id": order.request_id,
    }
    if order.callback_url is not None:
        body["callback_url"] = order.callback_url
    return json.dumps(body).encode()


def _payment(row: object, reference: str) -> GatewayPayment:
    if not isinstance(row, dict) or row.get("reference_id") != reference:
        # Credited to this reference, another payer's money would change hands.
        raise fields.FieldError("the answer tells of another reference")
    status = fields.identifier(row, "status")
    if status not in set(PaymentStatus):
        raise fields.FieldError("the answer has an unknown status", "status")
    return GatewayPayment(
        fields.identifier(row, "transaction_id"),
        reference,
        fields.amount(row, "amount"),
        fields.currency(row, "currency"),
        fields.instant(row, "paid_at"),
        PaymentStatus(status),
    )


def _in_order(told: Sequence[GatewayPayment]) -> list[GatewayPayment]:
    """Return payments by when they were paid, each once.

    One that is told differently again stays beside what was told first, so that billing
    sees both. If it was given back, then however it is told.
    """
    payments: dict[str, list[GatewayPayment]] = {}
    for each in told:
        payments.setdefault(each.gateway_txn_id, []).append(each)
    rows: list[GatewayPayment] = []
    for versions in sorted(payments.values(), key=lambda each: each[0].paid_at):
        back = any(each.status is PaymentStatus.REFUNDED for each in versions)
        rows += dict.fromkeys(_given_back(each) if back else each for each in versions)
    return rows


def _given_back(payment: GatewayPayment) -> GatewayPayment:
    return replace(payment, status=PaymentStatus.REFUNDED)


def _broken(error: InvalidError) -> GatewayUnavailableError:
    return GatewayUnavailableError(f"the gateway's answer is broken: {error}")
