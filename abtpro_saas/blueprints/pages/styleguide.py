"""All components in all their states on one page; exists in the local installation."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, Response

from abtpro_saas.billing.qr.image import png_data_uri
from abtpro_saas.blueprints.pages.contracts.admin.lengths import UNITS, Length
from abtpro_saas.blueprints.pages.contracts.offers import Deed, Offer, compared
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.tables import Plan
from abtpro_saas.contracts.terms.features import CATALOGUE, UNLIMITED
from abtpro_saas.contracts.words import Billing

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


def _plan(code: str, name: str, price: int, features: dict[str, bool | int]) -> Plan:
    return Plan(
        code=code,
        name_th=name,
        name_en=name,
        price=price,
        period="P1M",
        trial_period="P14D",
        features=features,
    )


BASIC = _plan("BASIC", "Basic", 49_900, {"max_bots": 2, "basic_strategies": True})
RICHER: dict[str, bool | int] = {
    "max_bots": UNLIMITED,
    "basic_strategies": True,
    "backtesting": True,
}
PREMIUM, GOLD, TRYOUT = (
    _plan(name.upper(), name, 149_900, RICHER) for name in ("Premium", "Gold", "Tryout")
)


def _offer(plan: Plan, deed: Deed, more: tuple[str, ...], **values: bool) -> Offer:
    """Return a plan as a visitor sees it."""
    shown = {"is_present": False, "is_next": False} | values
    return Offer(
        plan=plan,
        billing=Billing.MONTHLY,
        price=plan.price,
        monthly=None,
        deed=deed,
        url=None if deed is Deed.PRESENT else "#",
        beyond=None if plan is BASIC else BASIC,
        more=[CATALOGUE[key] for key in more],
        **shown,
    )


OFFERS = (
    _offer(BASIC, Deed.PRESENT, ("max_bots", "basic_strategies"), is_present=True),
    _offer(PREMIUM, Deed.UPGRADE, ("max_bots", "backtesting")),
    _offer(GOLD, Deed.CHANGE_LATER, ("max_bots", "backtesting"), is_next=True),
    _offer(TRYOUT, Deed.TRY, ("max_bots", "backtesting")),
)

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
        offers=OFFERS,
        compared=compared(OFFERS[:2]),
        length=Length("3", "P1D"),
        units=UNITS,
        spark=[3, 4, 4, 6, 5, 8, 7, 9, 12, 11, 14],
    )
