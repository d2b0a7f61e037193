"""Random lives of a contract, with what must be true after every step of each."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from abtpro_saas.contracts.deals.renewing import renewable_from
from abtpro_saas.contracts.office.acts import (
    RentalRefund,
    force_renew,
    give_time,
    refund,
    set_blocked,
)
from abtpro_saas.contracts.terms.standing import has_access, renews_itself_until
from abtpro_saas.contracts.words import Billing, When
from abtpro_saas.errors import DomainError
from abtpro_saas.ids import new_id
from tests.billing.office import Office
from tests.conftest import NOON
from tests.contracts.renting import Renter

PLANS = st.sampled_from(["BASIC", "PREMIUM", "ENTERPRISE", "WEEK"])
PERIODS = """
SELECT contract_id, period_start, period_end, left_at, paid, kind
FROM contract_periods WHERE tenant_id = :tenant ORDER BY contract_id, period_start
"""
MONEY = """
SELECT coalesce(sum(sign * (total - granted)), 0) AS money,
       coalesce(sum(sign * granted), 0) AS granted
FROM (SELECT total, granted, CASE kind WHEN 'INVOICE' THEN 1 ELSE -1 END AS sign
      FROM documents WHERE tenant_id = :tenant) signed
"""
GIVEN = """
SELECT coalesce(sum(period_end - greatest(period_start, :now)), interval '0') AS left
FROM contract_periods WHERE tenant_id = :tenant AND kind = 'EXTENSION'
AND contract_id = :contract AND left_at IS NULL AND period_end > :now
"""
LAST_INVOICE = """
SELECT document_id FROM documents WHERE tenant_id = :tenant AND kind = 'INVOICE'
ORDER BY document_id DESC LIMIT 1
"""


HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
EDGES = {
    "renewable": renewable_from,
    "given": lambda contract: contract.anchor_at,
    "period": lambda contract: contract.period_end,
    "grace": lambda contract: contract.grace_ends_at,
    "last try": renews_itself_until,
}
ACTS = [
    *("looks", "renews", "changes", "plans", "buys"),
    *("cancels", "leaves", "resumes", "is given time"),
]


class Life(RuleBasedStateMachine):
    """One renter; ``make`` is given by the test below."""

    make = None

    def __init__(self):
        super().__init__()
        self.renter = self.make()
        self.now, self.paid_in, self.granted = NOON, 0, 0
        self.renter.sell("WEEK", period="P7D", grace_period="P1D", price=12_345)

    def attempt(self, work, *args, **named):
        """Try it; where it is refused, the invariants say that nothing got worse."""
        with suppress(DomainError):
            work(*args, **named)

    def pay_in(self, amount):
        self.renter.office.pay_in(amount)
        self.paid_in += amount

    def act(self, what, *details, **named):
        contract = self.renter.contract()
        if contract is not None:
            named = {"by": self.renter.admin, "now": self.now} | named
            ids = (contract.contract_id, *details)
            self.attempt(self.renter.office.run, what, *ids, **named)

    def given(self):
        """Return how much given time is left of the contract."""
        contract_id = self.renter.contract().contract_id
        return self.renter.ask(GIVEN, now=self.now, contract=contract_id)[0].left

    @rule(hours=st.sampled_from([1, 13, 24, 72, 400]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.renter.contract())
    @rule(
        edge=st.sampled_from([*EDGES]),
        off=st.sampled_from([-MOMENT, 0 * MOMENT, MOMENT, HOUR, 25 * HOUR]),
        then=st.sampled_from(ACTS),
        plan=PLANS,
    )
    def somebody_comes_at_an_edge(self, edge, off, then, plan):
        self.now = max(self.now, EDGES[edge](self.renter.contract()) + off)
        self.act_now(then, plan)

    @rule(then=st.sampled_from(ACTS), other=st.sampled_from(ACTS), plan=PLANS)
    def two_come_at_once(self, then, other, plan):
        self.act_now(then, plan)
        at, self.now = self.now, self.now - MOMENT  # the second has waited
        self.act_now(other, plan)
        self.now = at

    def act_now(self, what, plan):
        """Let somebody do what is likeliest to go wrong at an edge."""
        acts = {
            "looks": self.process_looks,
            "renews": partial(self.renews, plan=plan),
            "changes": partial(self.changes, plan=plan, when=When.NOW, billing=None),
            "plans": partial(
                self.changes, plan=plan, when=When.PERIOD_END, billing=None
            ),
            "buys": partial(self.buys, plan=plan, auto=True, billing=Billing.MONTHLY),
            "cancels": partial(self.cancels, when=When.NOW, again=None),
            "leaves": partial(self.cancels, when=When.PERIOD_END, again=None),
            "resumes": self.resumes,
            "is given time": partial(self.admin_gives_time, duration="P3D"),
        }
        acts[what]()

    @initialize(plan=PLANS, auto=st.booleans(), more=st.sampled_from([0, 9_000_000]))
    def it_begins(self, plan, auto, more):
        self.pay_in(4_999_000 + more)
        self.attempt(self.renter.buy, plan, now=self.now, auto_renew=auto)

    @rule(amount=st.sampled_from([12_345, 49_900, 149_900, 700_000]))
    def money_comes(self, amount):
        self.pay_in(amount)

    @rule(plan=PLANS, auto=st.booleans(), billing=st.sampled_from(Billing))
    def buys(self, plan, auto, billing):
        self.attempt(
            self.renter.buy, plan, now=self.now, auto_renew=auto, billing=billing
        )

    @rule(plan=st.none() | PLANS)
    def renews(self, plan):
        self.attempt(self.renter.renew, self.now, plan_code=plan)

    @rule(
        plan=PLANS,
        when=st.sampled_from(When),
        billing=st.none() | st.sampled_from(Billing),
    )
    def changes(self, plan, when, billing):
        if self.renter.contract() is None:
            return
        given, money = self.given(), self.renter.balance()
        self.attempt(self.renter.change, plan, self.now, when, billing=billing)
        assert self.renter.balance() <= money  # neither time nor credit set it free
        assert given - self.given() < HOUR  # no gift is lost

    @rule(when=st.sampled_from(When), again=st.none() | PLANS)
    def cancels(self, when, again):
        self.attempt(self.renter.cancel, self.now, when)
        if again:
            self.attempt(self.renter.buy, again, now=self.now, auto_renew=True)

    @rule()
    def resumes(self):
        self.attempt(self.renter.resume, self.now)

    @rule(on=st.booleans())
    def switches(self, on):
        self.attempt(self.renter.auto_renew, self.now, on=on)

    @rule()
    def process_looks(self):
        if self.renter.contract() is None:
            return
        before = self.renter.contract()
        self.renter.review(self.now)
        after = self.renter.contract()
        again = self.renter.balance()
        self.renter.review(self.now)
        assert self.renter.balance() == again  # a look is safe to repeat
        assert after.contract_id == before.contract_id

    @rule(duration=st.sampled_from(["P3D", "P1M"]))
    def admin_gives_time(self, duration):
        self.act(give_time, duration, "sorry")

    @rule(amount=st.sampled_from([9_900, 49_900, 600_000]))
    def admin_grants(self, amount):
        self.renter.office.grant(amount, self.now, days=36_500)
        self.granted += amount

    @rule()
    def admin_renews(self):
        self.act(force_renew, "by phone")

    @rule(then=st.sampled_from(["renews", "changes", "looks"]))
    def admin_suspends_for_a_moment(self, then):
        self.act(set_blocked, "check", blocked=True)
        if then == "renews":
            self.attempt(self.renter.renew, self.now)
        elif then == "changes":
            self.attempt(self.renter.change, "ENTERPRISE", self.now)
        elif self.renter.contract():
            self.renter.review(self.now)
        self.act(set_blocked, "fine", blocked=False)

    @rule(amount=st.sampled_from([1, 10_000, 499_900]))
    def admin_refunds(self, amount):
        for row in self.renter.ask(LAST_INVOICE):
            order = RentalRefund(row.document_id, amount, "sorry", str(new_id()))
            self.act(refund, order)

    @invariant()
    def every_baht_is_accounted_for(self):
        kept = self.renter.ask(MONEY)[0]
        money, granted = self.renter.office.held(self.now)
        assert money + kept.money == self.paid_in
        assert granted + kept.granted == self.granted

    @invariant()
    def no_day_is_paid_twice(self):
        last = {}
        for row in self.renter.ask(PERIODS):
            start, end = (
                row.period_start,
                min(row.period_end, row.left_at or row.period_end),
            )
            assert end > start
            assert start >= last.get(row.contract_id, start)
            last[row.contract_id] = max(end, start)

    @invariant()
    def the_row_says_what_was_paid_or_given(self):
        contract = self.renter.contract()
        if contract is None:
            return
        ends = [
            row.period_end
            for row in self.renter.ask(PERIODS)
            if row.contract_id == contract.contract_id and row.left_at is None
        ]
        assert contract.cancelled_at or contract.period_end == max(ends)
        assert contract.period_end <= max([*ends, self.now])
        access = has_access(contract, self.now)
        assert self.renter.has("max_bots", self.now) is access


@pytest.mark.timeout(1800)
def test_random_lives_keep_the_books(engine, new_tenant, user, campaign):
    def make(_self):
        tenant = new_tenant()
        office = Office(engine, tenant, user(tenant_id=tenant))
        return Renter(office, office.user_id)

    lives = type("Lives", (Life,), {"make": make})
    case = lives.TestCase
    case.settings = settings(
        max_examples=campaign.length(8, 400),
        stateful_step_count=campaign.length(20, 60),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    case().runTest()
