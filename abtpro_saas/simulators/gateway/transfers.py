"""Transfers to a PromptPay ID: no gateway hears of them, the payer gets a slip."""

import secrets
from http import HTTPStatus

from abtpro_saas.billing.qr.emvco import CreditTransfer
from abtpro_saas.billing.qr.slips import Slip, slip_payload
from abtpro_saas.clock import utc_now
from abtpro_saas.money import Satang, baht
from abtpro_saas.simulators.gateway.bodies import Body, RefusedError
from abtpro_saas.simulators.gateway.store import Row, Store

SENDING_BANK = "999"
"""No Thai bank has this code: a simulated slip must not look like a real one."""


def transfer(store: Store, scanned: CreditTransfer, amount: Satang | None) -> Body:
    """Make a transfer, and return the slip that the payer's bank shows."""
    if amount is None:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "amount_unknown",
            "amount is needed: this QR leaves it open",
        )
    number = secrets.token_hex(10).upper()
    store.insert(
        "transfers",
        transfer=number,
        bank=SENDING_BANK,
        target=f"{scanned.target.kind} {scanned.target.value}",
        amount=amount,
        paid_at=utc_now().isoformat(timespec="seconds"),
    )
    return shown_transfer(store, number)


def shown_transfer(store: Store, number: str) -> Body:
    """Return a transfer's slip.

    Raises:
        RefusedError: there is no such transfer.
    """
    row: Row | None = store.row("SELECT * FROM transfers WHERE transfer = ?", number)
    if row is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "slip_unknown", "no such slip here")
    return {
        "transaction_id": row["transfer"],
        "sending_bank": row["bank"],
        "target": row["target"],
        "amount": baht(row["amount"]),
        "paid_at": row["paid_at"],
        "slip_payload": slip_payload(Slip(row["bank"], row["transfer"])),
    }
