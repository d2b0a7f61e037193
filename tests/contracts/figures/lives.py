"""Random lives of many renters, and how each stood at the end of each month."""

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction

from abtpro_saas.contracts.figures.months import month_of
from abtpro_saas.contracts.offers import coupons
from abtpro_saas.contracts.office.acts import (
    RentalRefund,
    force_renew,
    give_time,
    refund,
    set_blocked,
)
from abtpro_saas.contracts.tables import Period, Plan
from abtpro_saas.contracts.terms.durations import parse_duration
from abtpro_saas.contracts.terms.standing import has_access
from abtpro_saas.contracts.words import Billing, PeriodKind, When
from abtpro_saas.errors import DomainError
from abtpro_saas.ids import new_id

PLANS = ["BASIC", "PREMIUM", "ENTERPRISE", "DAYS", "HOURS", "QUARTER", "TRY", "FREE"]
JUST_BEFORE = timedelta(microseconds=1)
LAST_INVOICE = """
SELECT document_id FROM documents WHERE tenant_id = :tenant AND kind = 'INVOICE'
AND user_id = :user ORDER BY document_id DESC LIMIT 1
"""


def open_shop(renter, now):
    """Sell plans of all kinds: short, long, with a trial, for nothing."""
    renter.sell("DAYS", now, period="P10D", grace_period="P1DT7H", price=12_345)
    renter.sell("HOURS", now, period="PT20H", grace_period="P4D", price=777)
    renter.sell("QUARTER", now, period="P3M", price=100_000, yearly_price=333_333)
    renter.sell("TRY", now, trial_period="P9D", price=77_777, grace_period="P5D")
    renter.sell("FREE", now, price=0)
    for code, off in [("HALF", {"percent_off": 50}), ("THIRD", {"amount_off": 3_333})]:
        new = coupons.NewCoupon(code, periods=2, most=1000, **off)
        renter.office.run(coupons.make_coupon, new, by=renter.admin, now=now)


def monthly(amount, months, seconds):
    """Return what ``amount`` for a length is a month: a twelfth of 365 days.

    What lasts less than a day says nothing of a month.
    """
    if not months and seconds < 86_400:
        return 0
    month = Fraction(365 * 86_400, 12)
    exact = Fraction(amount) * month / (months * month + seconds)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


class Lives:
    """Renters of one tenant in the course of time.

    ``diary`` holds, by month and user, what who had access then paid a month.
    """

    def __init__(self, renters, random, begin):
        self.renters, self.random, self.now = renters, random, begin
        self.diary = defaultdict(dict)
        open_shop(renters[0], begin)

    def pass_time(self, most_hours):
        """Go on by a random time, and note how all stood at each month's end."""
        then = self.now + timedelta(
            hours=self.random.uniform(0.1, most_hours),
            microseconds=self.random.randrange(10**6),
        )
        month = month_of(self.now)
        while month.plus(1).start <= then:
            self._note(month)
            month = month.plus(1)
        self.now = then

    def step(self):
        """Let something happen to somebody."""
        renter = self.random.choice(self.renters)
        name = self.random.choice(ACTS)
        try:
            getattr(self, f"_{name}")(renter)
        except DomainError:
            return  # refused: nothing has happened

    def _note(self, month):
        for renter in self.renters:
            contract = renter.contract()
            if contract and has_access(contract, month.plus(1).start - JUST_BEFORE):
                self.diary[month][renter.user_id] = self._paid(renter, contract, month)

    def _paid(self, renter, contract, month):
        with renter.office.transaction() as session:
            rows = session.query(Period).filter_by(contract_id=contract.contract_id)
            running = max(
                (
                    row
                    for row in rows
                    if row.period_start < month.plus(1).start and row.left_at is None
                ),
                key=lambda row: row.period_start,
            )
            plan = session.get_one(Plan, (renter.office.tenant, running.plan_id))
        by_year = running.billing == Billing.YEARLY
        length = parse_duration("P1Y" if by_year else plan.period)
        is_rest = running.kind == PeriodKind.CHANGE
        amount = running.price if is_rest else running.paid
        return monthly(amount, length.months, length.days * 86_400 + length.seconds)

    def _buy(self, renter):
        renter.buy(
            self.random.choice(PLANS),
            now=self.now,
            auto_renew=self.random.random() < 0.7,
            coupon=self.random.choice([None, None, "HALF", "THIRD"]),
            billing=self.random.choice([Billing.MONTHLY, *Billing]),
        )

    def _renew(self, renter):
        plan = self.random.choice([None, None, "PREMIUM", "QUARTER"])
        renter.renew(self.now, plan_code=plan)

    def _change(self, renter):
        when = self.random.choice(list(When))
        renter.change(self.random.choice(PLANS), self.now, when)

    def _cancel(self, renter):
        renter.cancel(self.now, self.random.choice(list(When)))

    def _resume(self, renter):
        renter.resume(self.now)

    def _switch(self, renter):
        renter.auto_renew(self.now, on=self.random.random() < 0.8)

    def _look(self, _renter):
        for each in self.renters:
            if each.contract() is not None:
                each.review(self.now)

    def _pay_in(self, renter):
        renter.office.pay_in(self.random.choice([49_900, 150_000, 900_000]))

    def _give_time(self, renter):
        self._act(renter, give_time, self.random.choice(["P3D", "P1M"]), "sorry")

    def _block(self, renter):
        self._act(renter, set_blocked, "check", blocked=self.random.random() < 0.4)

    def _force(self, renter):
        self._act(renter, force_renew, "by phone")

    def _refund(self, renter):
        for row in renter.ask(LAST_INVOICE, user=renter.user_id):
            amount = self.random.choice([1, 5_000, 49_900])
            order = RentalRefund(row.document_id, amount, "sorry", str(new_id()))
            self._act(renter, refund, order)

    def _act(self, renter, what, *details, **named):
        contract = renter.contract()
        if contract is not None:
            named |= {"by": renter.admin, "now": self.now}
            renter.office.run(what, contract.contract_id, *details, **named)


ACTS = (
    ["buy"] * 6
    + ["look"] * 6
    + ["pay_in"] * 3
    + ["renew", "change"] * 2
    + ["cancel", "resume", "switch", "give_time", "block", "force", "refund"]
)
"""What may happen, the likelier the oftener it is named."""
