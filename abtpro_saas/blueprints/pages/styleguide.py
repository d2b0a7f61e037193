"""All components in all their states on one page; exists in the local installation."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, Response

from abtpro_saas.billing.qr.image import png_data_uri
from abtpro_saas.blueprints.pages.shell import render

blp = Blueprint("styleguide", __name__)

NOW = datetime(2026, 11, 22, 7, 2, 7, tzinfo=UTC)
PAYLOAD = (
    "00020101021230550016A0000006770101120115000000000000101"
    "0212TOPUP7F3K9Q253037645406499.005802TH630478B2"
)


@dataclass(frozen=True)
class SampleTopup:
    """A top-up as the pages show it."""

    status: str = "PENDING"
    amount: int = 149_900
    reference: str = "TOPUP7F3K9Q2"
    created_at: datetime = NOW - timedelta(minutes=1)
    expires_at: datetime = NOW + timedelta(minutes=14)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleMovement:
    """A movement of a wallet as the pages show it."""

    kind: str
    amount: int
    balance_after: int
    description: str
    occurred_at: datetime


MOVEMENTS = (
    SampleMovement("TOP_UP", 149_900, 312_450, "TOPUP7F3K9Q2", NOW),
    SampleMovement(
        "DEDUCTION", -49_900, 162_550, "BASIC", NOW - timedelta(days=1, hours=3)
    ),
    SampleMovement("REFUND", -5, 212_450, "", NOW - timedelta(days=9)),
)


@blp.get("/styleguide")
def show() -> Response:
    """Show the contact sheet."""
    statuses = ("PENDING", "SUCCESS", "FAILED", "EXPIRED", "CANCELLED")
    return render(
        "styleguide/show.html",
        now=NOW,
        today=date(2026, 11, 22),
        topup=SampleTopup(),
        topups=[SampleTopup(status=status) for status in statuses],
        movements=MOVEMENTS,
        image=png_data_uri(PAYLOAD),
        flags=("UNDERPAID", "PAID_TWICE", "FAILED_AFTER_PAID"),
        spark=[3, 4, 4, 6, 5, 8, 7, 9, 12, 11, 14],
    )
