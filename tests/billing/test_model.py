"""Random operations against the model: after each one the books agree with it."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from abtpro_saas.billing.gateways.settlement import Settlement, SettlementRow
from abtpro_saas.billing.payments import refunds, suspense
from abtpro_saas.billing.payments.settling import Reading
from abtpro_saas.clock import bangkok_date, utc_now
from abtpro_saas.errors import DomainError
from tests.billing import books, model

AMOUNTS = st.one_of(
    st.integers(1, 300), st.just(49_900), st.sampled_from([model.MOST, model.MOST + 1])
)
USERS = st.integers(0, 1)
CURRENCIES = st.sampled_from(["THB", "THB", "THB", "USD"])


@dataclass
class Services:
    """Drives billing's own services; a campaign may drive the API instead."""

    till: object
    users: list
    admin: object

    def __post_init__(self):
        self.made, self.days = {}, count(1)

    def create(self, user, amount):
        self.till.user_id = self.users[user]
        topup = self.till.begin(f"{amount // 100}.{amount % 100:02d}")
        self.made[topup.reference] = topup
        return topup.reference

    def cancel(self, reference):
        topup = self.made[reference]
        self.till.user_id = topup.user_id
        return self._allowed(lambda: self.till.cancel(topup))

    def tell(self, kind, event, txn, reference, amount, currency, *, late):
        topup, now = self.made.get(reference), utc_now()
        paid_at = topup.expires_at + timedelta(seconds=1) if late and topup else now
        notice = self.till.notice(
            event_type=kind,
            event_id=event,
            gateway_txn_id=txn,
            reference=reference,
            amount=amount,
            currency=currency,
            paid_at=paid_at,
            created_at=now,
        )
        return str(self.till.accept(notice))

    def refund(self, reference, amount):
        topup_id = self.made[reference].topup_id
        return self._in_one(refunds.refund_topup, topup_id, amount, "a test")

    def allocate(self, txn, user):
        key = (self.till.account_id, txn)
        return self._in_one(suspense.allocate, key, self.users[user], "a test")

    def send_back(self, txn):
        return self._in_one(suspense.send_back, (self.till.account_id, txn), "a test")

    def settle(self, rows):
        now = utc_now()
        day = bangkok_date(now) + timedelta(days=next(self.days))
        lines = tuple(
            SettlementRow(txn, ref, gross, fee, vat, gross - fee - vat, now)
            for txn, ref, gross, fee, vat in rows
        )
        till = self.till
        reading = Reading(till.engine, till.tenant, till.account_id, day, now)
        reading.book(Settlement(day, lines, str(day).encode()))

    def _in_one(self, service, *args):
        def work():
            with self.till.transaction() as session:
                how = {"by": self.admin, "now": utc_now()}
                service(session, self.till.tenant, *args, **how)

        return self._allowed(work)

    @staticmethod
    def _allowed(work):
        try:
            work()
        except DomainError:
            return False
        return True


class Till(RuleBasedStateMachine):
    """Operations on one tenant's money, in any order."""

    open = None  # returns a fresh Services; set by the test

    references, transactions = Bundle("references"), Bundle("transactions")

    def __init__(self):
        super().__init__()
        self.real = type(self).open()
        self.model = model.Ledger(users=2)
        self.sent, self.ids = [], count(1)

    @rule(target=references, user=USERS, amount=st.integers(1, 100_000))
    def create(self, user, amount):
        pending = [t for t in self.model.topups.values() if t.status == "PENDING"]
        if sum(t.user == user for t in pending) >= 20:
            return "NOBODYKNOWSTHIS"
        reference = self.real.create(user, amount)
        self.model.topups[reference] = model.Topup(user, amount)
        return reference

    @rule(target=references)
    def unknown_reference(self):
        return f"UNKNOWN{next(self.ids)}"

    @rule(target=transactions)
    def transaction(self):
        return f"txn_{next(self.ids)}"

    @rule(
        txn=transactions,
        reference=references,
        amount=AMOUNTS,
        exact=st.booleans(),
        late=st.booleans(),
        currency=CURRENCIES,
    )
    def pay(self, txn, reference, amount, exact, late, currency):
        topup = self.model.topups.get(reference)
        if exact and topup is not None:
            amount = topup.amount
        self._tell("payment.succeeded", txn, reference, amount, currency, late=late)

    @rule(
        kind=st.sampled_from(["payment.failed", "payment.expired"]),
        reference=references,
    )
    def describe(self, kind, reference):
        self._tell(kind, f"txn_{next(self.ids)}", reference, 100, "THB")

    @rule(
        txn=transactions,
        reference=references,
        amount=st.one_of(st.none(), st.integers(1, 60_000)),
        currency=CURRENCIES,
    )
    def gateway_refunds(self, txn, reference, amount, currency):
        paid = self.model.payments.get(txn)
        if paid is not None:
            reference, amount = paid.reference, amount or paid.amount
        self._tell("payment.refunded", txn, reference, amount or 100, currency)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def repeat(self, data):
        notice = data.draw(st.sampled_from(self.sent))
        self._send(*notice)

    @rule(reference=references)
    def cancel(self, reference):
        topup = self.model.topups.get(reference)
        if topup is None:
            return
        allowed = topup.status in {"PENDING", "CANCELLED"}
        assert self.real.cancel(reference) is allowed
        topup.status = "CANCELLED" if allowed else topup.status

    @rule(reference=references, amount=st.integers(0, 60_000), full=st.booleans())
    def refund(self, reference, amount, full):
        topup = self.model.topups.get(reference)
        if topup is None:
            return
        amount = topup.credited - topup.refunded if full else amount
        expected = self.model.refund_asked(reference, amount)
        assert self.real.refund(reference, amount) is expected

    @rule(txn=transactions, user=USERS)
    def allocate(self, txn, user):
        if txn in self.model.payments:
            assert self.real.allocate(txn, user) is self.model.allocated(txn, user)

    @rule(txn=transactions)
    def send_back(self, txn):
        if txn in self.model.payments:
            assert self.real.send_back(txn) is self.model.sent_back(txn)

    @rule(txns=st.sets(transactions, max_size=4), reference=references)
    def settle(self, txns, reference):
        rows = []
        for txn in sorted(txns - self.model.settled):
            paid = self.model.payments.get(txn)
            gross = paid.amount if paid else 20_000
            if paid is None or paid.currency == "THB":
                named = paid.reference if paid else reference
                rows.append((txn, named, gross, gross * 165 // 10_000, gross // 1000))
        self.real.settle(rows)
        self.model.settled_by(rows)

    @invariant()
    def the_books_agree_with_the_model(self):
        till = self.real.till
        assert books.check(till.engine, till.tenant) == self.model.totals()
        found = books.rows(till.engine, till.tenant, "SELECT * FROM topups")
        for row in found:
            topup = self.model.topups[row.reference]
            assert (row.status, row.credited, row.refunded, set(row.flags)) == (
                topup.status,
                topup.credited,
                topup.refunded,
                topup.flags,
            )
        balances = books.rows(
            till.engine, till.tenant, "SELECT user_id, balance FROM wallets"
        )
        held = {self.real.users.index(row.user_id): row.balance for row in balances}
        assert [held.get(n, 0) for n in range(2)] == self.model.wallets

    def _tell(self, kind, txn, reference, amount, currency, *, late=False):
        notice = (kind, f"evt_{next(self.ids)}", txn, reference, amount, currency, late)
        self.sent.append(notice)
        self._send(*notice)

    def _send(self, kind, event, txn, reference, amount, currency, late):
        if kind == "payment.succeeded":
            expected = self.model.succeeded(txn, reference, amount, currency, late=late)
        elif kind == "payment.refunded":
            expected = self.model.refunded(event, txn, amount, currency)
        else:
            expected = self.model.told(kind, event, reference)
        self.model.events.add(event)
        outcome = self.real.tell(
            kind, event, txn, reference, amount, currency, late=late
        )
        assert outcome == expected


@pytest.fixture
def open_services(open_till, new_tenant, user):
    """Return a function that opens a fresh tenant's till."""

    def make():
        tenant = new_tenant()
        users = [user(tenant_id=tenant) for _ in range(2)]
        till = open_till(tenant_id=tenant)
        return Services(till, users, user("admin", tenant))

    return make


@pytest.mark.timeout(3600)
def test_random_operations_keep_the_books_true(open_services, campaign):
    machine = type("OneTill", (Till,), {"open": staticmethod(open_services)})
    drawn = seed(campaign.random.randrange(2**32))

    run_state_machine_as_test(
        drawn(machine),
        settings=settings(
            max_examples=150 if campaign.long else 12,
            stateful_step_count=80 if campaign.long else 30,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
