"""Random lives of a contract, with what must be true after every step of each."""

from contextlib import suppress
from datetime import timedelta

import pytest

from abtpro_saas.billing import wallets
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

PLANS = ["BASIC", "PREMIUM", "ENTERPRISE", "WEEK"]
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
DAY, HOUR, MOMENT = timedelta(1), timedelta(hours=1), timedelta(microseconds=1)
EDGES = {
    "renewable": renewable_from,
    "anchor": lambda contract: contract.anchor_at,
    "start": lambda contract: contract.period_start,
    "end": lambda contract: contract.period_end,
    "grace": lambda contract: contract.grace_ends_at,
    "last try": renews_itself_until,
}
OFF = [-MOMENT, timedelta(0), MOMENT, HOUR, 25 * HOUR]
ACTS = {
    "time_passes": 2,
    "an_edge_comes": 8,
    "money_comes": 2,
    "buys": 3,
    "renews": 4,
    "changes": 7,
    "plans_a_change": 2,
    "cancels": 1,
    "resumes": 2,
    "switches": 1,
    "process_looks": 5,
    "is_given_time": 3,
    "is_granted": 2,
    "is_renewed": 2,
    "is_suspended": 1,
    "is_refunded": 2,
    "two_come_at_once": 3,
}
"""What may happen, and how often."""


class Life:
    """One renter; ``trail`` says what has happened, for who reads of a failure."""

    def __init__(self, renter, random):
        self.renter, self.random, self.trail = renter, random, []
        self.now, self.paid_in, self.granted = NOON, 0, 0
        self.renter.sell("WEEK", period="P7D", grace_period="P1D", price=12_345)
        self.renter.sell("TRY", period="P14D", trial_period="P5D", price=77_777)
        self.pay_in(random.choice([4_999_000, 13_999_000]))
        first = random.choice([*PLANS, "TRY"])
        self.attempt(renter.buy, first, now=self.now, auto_renew=random.random() < 0.7)
        self.check()

    def step(self):
        (act,) = self.random.choices([*ACTS], [*ACTS.values()])
        self.do(act)
        self.check()

    def do(self, act):
        self.trail.append(f"{self.now} {act}")
        getattr(self, act)()

    def attempt(self, work, *args, **named):
        """Try it; where it is refused, the checks say that nothing got worse."""
        self.trail.append(f"  {getattr(work, '__name__', '')} {args} {named}")
        with suppress(DomainError):
            work(*args, **named)
            self.trail.append("  done")

    def act(self, what, *details):
        contract = self.renter.contract()
        if contract is not None:
            named = {"by": self.renter.admin, "now": self.now}
            ids = (contract.contract_id, *details)
            self.attempt(self.renter.office.run, what, *ids, **named)

    def pay_in(self, amount):
        self.renter.office.pay_in(amount)
        self.paid_in += amount

    def plan(self):
        return self.random.choice(PLANS)

    def balance(self):
        """Return what the wallet holds, without an audit."""
        return self.renter.office.run(wallets.balance, self.renter.user_id).balance

    def given(self):
        """Return how much given time is left of the contract."""
        contract_id = self.renter.contract().contract_id
        return self.renter.ask(GIVEN, now=self.now, contract=contract_id)[0].left

    def time_passes(self):
        self.now += HOUR * self.random.choice([1, 13, 24, 72, 400])

    def an_edge_comes(self):
        """Move to an edge of the contract, and let something happen there."""
        contract = self.renter.contract()
        if contract is not None:
            edge = self.random.choice([*EDGES.values()])(contract)
            self.now = max(self.now, edge + self.random.choice(OFF))
            likely = ("process_looks", "renews", "changes", "buys", "is_given_time")
            self.do(self.random.choice(likely))

    def two_come_at_once(self):
        """Let the second have read the clock before the first was done."""
        acts = ("changes", "renews", "buys", "cancels", "is_given_time", "is_renewed")
        first, second = self.random.choices(acts, k=2)
        self.do(first)
        at, self.now = self.now, self.now - self.random.choice([MOMENT, HOUR])
        self.do(second)
        self.now = at

    def money_comes(self):
        self.pay_in(self.random.choice([12_345, 49_900, 149_900, 700_000]))

    def buys(self):
        how = {"auto_renew": True, "billing": self.random.choice([*Billing])}
        self.attempt(self.renter.buy, self.plan(), now=self.now, **how)

    def renews(self):
        plan = self.random.choice([None, self.plan()])
        self.attempt(self.renter.renew, self.now, plan_code=plan)

    def changes(self, when=When.NOW):
        if self.renter.contract() is None:
            return
        given, money = self.given(), self.balance()
        billing = self.random.choice([None, None, *Billing])
        args = self.plan(), self.now, when
        self.attempt(self.renter.change, *args, billing=billing)
        assert self.balance() <= money  # neither time nor credit set it free
        left = self.given()
        assert left <= given + HOUR  # as when the clock was read too early
        assert left or given < DAY  # no gift is lost

    def plans_a_change(self):
        self.changes(When.PERIOD_END)

    def cancels(self):
        self.attempt(self.renter.cancel, self.now, self.random.choice([*When]))
        if self.random.random() < 0.5:
            self.attempt(self.renter.buy, self.plan(), now=self.now, auto_renew=True)

    def resumes(self):
        self.attempt(self.renter.resume, self.now)

    def switches(self):
        on = self.random.random() < 0.7
        self.attempt(self.renter.auto_renew, self.now, on=on)

    def process_looks(self):
        before = self.renter.contract()
        if before is None:
            return
        self.renter.review(self.now)
        after, again = self.renter.contract(), self.balance()
        self.renter.review(self.now)
        assert self.balance() == again  # a look is safe to repeat
        assert after.contract_id == before.contract_id

    def is_given_time(self):
        self.act(give_time, self.random.choice(["P3D", "P1M"]), "sorry")

    def is_granted(self):
        amount = self.random.choice([9_900, 49_900, 600_000])
        self.renter.office.grant(amount, self.now, days=36_500)
        self.granted += amount

    def is_renewed(self):
        self.act(force_renew, "by phone")

    def is_suspended(self):
        for blocked in (True, False):
            self.act_of_blocking(blocked=blocked)
            if blocked:
                self.do(self.random.choice(["renews", "changes", "process_looks"]))

    def act_of_blocking(self, *, blocked):
        contract = self.renter.contract()
        if contract is not None:
            how = {"by": self.renter.admin, "now": self.now, "blocked": blocked}
            args = set_blocked, contract.contract_id, "check"
            self.attempt(self.renter.office.run, *args, **how)

    def is_refunded(self):
        amount = self.random.choice([1, 10_000, 499_900])
        for row in self.renter.ask(LAST_INVOICE):
            order = RentalRefund(row.document_id, amount, "sorry", str(new_id()))
            self.act(refund, order)

    def check(self):
        self.every_baht_is_accounted_for()
        periods = self.renter.ask(PERIODS)
        self.no_day_is_paid_twice(periods)
        self.the_row_says_what_was_paid_or_given(periods)

    def every_baht_is_accounted_for(self):
        kept = self.renter.ask(MONEY)[0]
        assert self.balance() + kept.money == self.paid_in
        assert self.renter.office.granted(self.now) + kept.granted == self.granted

    def no_day_is_paid_twice(self, periods):
        last = {}
        for row in periods:
            start, end = (
                row.period_start,
                min(row.period_end, row.left_at or row.period_end),
            )
            assert end > start
            assert start >= last.get(row.contract_id, start)
            last[row.contract_id] = max(end, start)

    def the_row_says_what_was_paid_or_given(self, periods):
        contract = self.renter.contract()
        if contract is None:
            return
        ends = [
            row.period_end
            for row in periods
            if row.contract_id == contract.contract_id and row.left_at is None
        ]
        assert contract.cancelled_at or contract.period_end == max(ends)
        assert contract.period_end <= max([*ends, self.now])
        access = has_access(contract, self.now)
        assert self.renter.has("max_bots", self.now) is access


@pytest.fixture
def new_life(engine, new_tenant, user, campaign):
    def make():
        tenant = new_tenant()
        office = Office(engine, tenant, user(tenant_id=tenant))
        return Life(Renter(office, office.user_id), campaign.random)

    return make


@pytest.mark.timeout(1800)
def test_random_lives_keep_the_books(new_life, campaign):
    for _ in range(campaign.length(10, 200)):
        life = new_life()
        try:
            for _ in range(campaign.length(40, 60)):
                life.step()
        except BaseException:
            print(*life.trail, sep="\n")  # noqa: T201 - what led to the failure
            raise
        life.renter.balance()  # audits the books
