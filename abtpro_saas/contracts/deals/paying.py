"""What a period costs, and its payment: debit and period are one transaction.

The ledger's source and the period's key are (contract, period_start), so whoever races
for a period, it is paid for once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from abtpro_saas.billing import grants, ledger, wallets
from abtpro_saas.billing.invoices import issuing, parties
from abtpro_saas.clock import bangkok_date
from abtpro_saas.contracts.offers import coupons
from abtpro_saas.contracts.offers.plans import price_of
from abtpro_saas.contracts.tables import Contract, Coupon, Period, Plan
from abtpro_saas.contracts.words import PeriodKind
from abtpro_saas.errors import PaymentRequiredError
from abtpro_saas.formats import format_day, format_instant
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import NOTHING, Satang, baht

TOP_UP_AT = "/topups/new"


class BalanceShortError(PaymentRequiredError):
    """The wallet does not hold what this costs: topping up helps."""

    code = "balance_short"

    def __init__(self, needed: Satang, balance: Satang) -> None:
        short = Satang(max(needed - balance, 0))
        super().__init__(
            f"this costs ฿{baht(needed)} and your wallet holds ฿{baht(balance)}"
        )
        self.members = {
            "needed": baht(needed),
            "balance": baht(balance),
            "missing": baht(short),
            "top_up_at": TOP_UP_AT,
        }


class Price(NamedTuple):
    """What a charge comes to: in full, and what is taken; ``coupon`` lowers it."""

    full: Satang
    taken: Satang
    coupon: Coupon | None = None

    @property
    def code(self) -> str | None:
        """The coupon's code, as documents name it."""
        return self.coupon.code if self.coupon else None

    @property
    def discount(self) -> Satang:
        """What the coupon takes off."""
        return Satang(self.full - self.taken)


@dataclass(frozen=True)
class Span:
    """A stretch [start, end) of a plan that is to be paid for; amounts in satang.

    ``price`` is what the plan costs without reductions, ``paid`` what is taken.
    ``counted_from`` is where the whole period began of which this is the rest; ``own``
    is what of ``paid`` the user's own money pays, before granted credit; ``coupon`` is
    the code of what makes ``paid`` less than ``price``.
    """

    start: datetime
    end: datetime
    plan: Plan
    billing: str
    kind: PeriodKind
    price: Satang
    paid: Satang
    counted_from: datetime | None = None
    own: Satang = NOTHING
    coupon: str | None = None


def gross_price(session: Session, plan: Plan, billing: str, now: datetime) -> Satang:
    """Return what a user pays for one charge of ``plan``, VAT included."""
    net_or_gross = price_of(plan, billing)
    return parties.gross_price(session, plan.tenant_id, net_or_gross, now)


def next_price(
    session: Session,
    contract: Contract,
    plan: Plan,
    billing: str,
    now: datetime,
    *,
    later: int = 0,
) -> Price:
    """Return what the next period costs: in full, and after the contract's coupon.

    Of the charges to come it is the first, or one that so many come before (``later``).
    A coupon that is for some plans lowers nothing on another.
    """
    full = gross_price(session, plan, billing, now)
    if contract.coupon_left <= later or contract.coupon_id is None:
        return Price(full, full)
    coupon = session.get_one(Coupon, (contract.tenant_id, contract.coupon_id))
    if coupon.plans and plan.code not in coupon.plans:
        return Price(full, full)
    return Price(full, coupons.reduced(full, coupon), coupon)


def spendable(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> Satang:
    """Return what a charge could take now: granted credit and the wallet."""
    granted = grants.granted_balance(session, tenant_id, user_id, now)
    return Satang(granted + wallets.balance(session, tenant_id, user_id).balance)


def pay(session: Session, contract: Contract, span: Span, now: datetime) -> Period:
    """Take the money of ``span`` and write its period, or neither.

    Raises:
        BalanceShortError: wallet and grants do not hold enough; nothing has changed.
    """
    tenant_id, contract_id = contract.tenant_id, contract.contract_id
    charge = issuing.Charge(
        contract.user_id,
        f"rental:{contract_id}:{span.start.isoformat()}",
        f"contract:{contract_id}",
        (_line(span),) if span.paid else (),
        span.own,
    )
    try:
        with session.begin_nested():
            document = issuing.charge(session, tenant_id, charge, now)
    except ledger.InsufficientFundsError:
        held = spendable(session, tenant_id, contract.user_id, now)
        raise BalanceShortError(span.paid, held) from None
    period = Period(
        tenant_id=tenant_id,
        contract_id=contract_id,
        period_start=span.start,
        period_end=span.end,
        counted_from=span.counted_from or span.start,
        plan_id=span.plan.plan_id,
        billing=span.billing,
        kind=span.kind,
        price=span.price,
        paid=span.paid,
        document_id=document.document_id if document else None,
        created_at=now,
    )
    session.add(period)
    session.flush()
    return period


def _line(span: Span) -> issuing.Line:
    def words(locale: str, rental: str, name: str) -> str:
        return f"{rental} {name}, {_time_of(span, locale)}"

    return issuing.Line(
        words("th", "ค่าเช่าใช้แพลตฟอร์ม", span.plan.name_th),
        words("en", "Platform rental", span.plan.name_en),
        span.paid,
        discount=Satang(span.price - span.paid) if span.coupon else NOTHING,
        coupon=span.coupon,
    )


def _time_of(span: Span, locale: str) -> str:
    """Return when a stretch lasts: its first and last day, or instants if shorter."""
    if span.end - span.start < timedelta(days=1):
        ends = (span.start, span.end)
        since, until = (format_instant(at, locale, seconds=True) for at in ends)
        return f"{since} - {until}"
    first = bangkok_date(span.start)
    last = bangkok_date(span.end) - timedelta(days=1)  # the end is the next one's day
    days = [first] if last <= first else [first, last]
    return " - ".join(format_day(day, locale) for day in days)
