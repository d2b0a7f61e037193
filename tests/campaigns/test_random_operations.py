"""Random operations, some of them cut short, against a model and laws of all books.

After every single step the books must equal the model's, whatever was killed when. The
operations come from hypothesis, so a failure shrinks to the few that it needs.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from hashlib import sha256
from time import monotonic
from uuid import UUID

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from abtpro_saas.billing import refunds, suspense, topups, wallets
from abtpro_saas.billing.confirmation import ask_gateway, review_topup
from abtpro_saas.billing.crediting import held_as
from abtpro_saas.billing.gateways.port import EventType, PaymentStatus
from abtpro_saas.billing.gateways.settlement import Settlement, SettlementRow
from abtpro_saas.billing.messages import ReviewTopup
from abtpro_saas.billing.settling import Reading
from abtpro_saas.billing.tables import Topup
from abtpro_saas.clock import bangkok_date
from abtpro_saas.database import make_engine
from abtpro_saas.money import Satang
from abtpro_saas.reruns import rerun
from tests.campaigns.crashes import AFTER_COMMIT, BEFORE_COMMIT, CRASHES, Crashes
from tests.campaigns.view import Reader
from tests.campaigns.world import MOST, Place, World, refusal, unknown_reference
from tests.simulators.conftest import serving

STEPS = 100
FULL = 100_000

pytestmark = pytest.mark.timeout(7200)  # at full length

which = st.integers(0, 9)
"""Which of the things there are, the newest first."""
amounts = st.sampled_from([1, 4_990, 49_900, 49_899, 50_000, MOST])
shares = st.sampled_from([1, 10, 50, 100, 100, 101])
"""Per cent of what could be given back."""
crashes = st.sampled_from(
    [None] * 90 + [*range(1, 15), BEFORE_COMMIT, BEFORE_COMMIT, AFTER_COMMIT]
)
people = st.integers(0, 1)


class Operations(RuleBasedStateMachine):
    """Everything that happens to a tenant's money."""

    place: Place

    def __init__(self):
        super().__init__()
        self.world = World(self.place)

    @property
    def model(self):
        return self.world.model

    @invariant()
    def the_books_are_right(self):
        self.world.pass_time()
        self.world.check()
        self.place.steps.append(1)

    def has_topups(self):
        return bool(self.model.topups)

    def has_payments(self):
        return bool(self.model.payments)

    def has_told(self):
        return bool(self.world.told)

    def has_lost(self):
        return bool(self.world.lost)

    # Top-ups

    @rule(who=people, amount=amounts, crash=crashes)
    def create(self, who, amount, crash):
        world = self.world
        waiting = sum(
            t.status == "PENDING"
            and t.expires_at > world.now
            and t.user == self.user(who)
            for t in self.model.topups.values()
        )
        if waiting >= topups.MOST_OPEN:
            code = refusal(partial(world.creating, world.traders[who], amount))
            assert code == "too_many_open_topups"
            return
        try:
            with world.crashes.at(crash):
                world.creating(world.traders[who], amount)
        except CRASHES:
            pass
        self.adopt_new(at_most=1)

    def user(self, who):
        return str(self.world.traders[who])

    def adopt_new(self, at_most):
        known = [UUID(each) for each in self.model.topups]
        with self.world.transaction() as session:
            query = select(Topup).where(
                Topup.tenant_id == self.world.tenant, Topup.topup_id.not_in(known)
            )
            made = session.scalars(query).all()
        assert len(made) <= at_most
        for row in made:
            self.world.adopt(row)

    @rule(who=people, amount=amounts)
    def pay_while_it_is_made(self, who, amount):
        """The gateway tells of money before the top-up can be seen."""
        world = self.world
        with world.transaction() as session:
            row = topups.create_topup(
                session, world.keyring, world.tenant, world.traders[who],
                amount=Satang(amount), description="", now=world.now,
            )  # fmt: skip
            self.tell(world.payment(row.reference, amount))
        world.adopt(row)

    @precondition(has_topups)
    @rule(n=which, crash=crashes)
    def cancel(self, n, crash):
        world, topup = self.world, self.world.topup(n)
        pending = topup.status in {"PENDING", "CANCELLED"}

        def work():
            with world.transaction() as session:
                topups.cancel_topup(
                    session,
                    world.tenant,
                    UUID(topup.topup_id),
                    UUID(topup.user),
                    world.now,
                )

        def expect(model):
            model.cancel(topup.topup_id)
            return None if pending else "topup_not_pending"

        world.once(partial(refusal, work), expect, crash)

    @precondition(has_topups)
    @rule(n=which, crash=crashes)
    def review(self, n, crash):
        world, topup = self.world, self.world.topup(n)
        order = ReviewTopup(str(world.tenant), topup.topup_id, world.now)
        heard = world.heard(topup)
        world.in_steps(
            partial(review_topup, world.engine, world.keyring, order),
            lambda model: model.review(model.topups[topup.topup_id], heard, world.now),
            crash,
        )

    @precondition(has_topups)
    @rule(n=which, crash=crashes)
    def inquire(self, n, crash):
        topup = self.world.topup(n)
        heard = self.world.heard(topup)
        self.world.in_steps(
            self.asking(topup),
            lambda model: model.inquire(
                model.topups[topup.topup_id], heard, self.world.now
            ),
            crash,
        )

    def asking(self, topup):
        world = self.world
        topup_id = UUID(topup.topup_id)
        return partial(
            ask_gateway, world.engine, world.keyring, world.tenant, topup_id, world.now
        )

    # Notices

    def tell(self, paid, crash=None, **more):
        notice = self.world.notice(paid, **more)
        self.world.told.append(notice)
        self.world.once(*self.world.accepting(notice), crash)

    @precondition(has_topups)
    @rule(
        n=which,
        amount=st.one_of(st.none(), amounts, st.just(MOST + 1)),
        lag_s=st.sampled_from([0, 0, 0, 5, 1800]),
        currency=st.sampled_from(["THB"] * 9 + ["USD"]),
        early=st.booleans(),
        crash=crashes,
    )
    def pay(self, n, amount, lag_s, currency, early, crash):
        topup, world = self.world.topup(n), self.world
        # A refund may have been heard of before its payment.
        txn = world.promised.pop() if early and world.promised else None
        paid = world.payment(
            topup.reference,
            amount or topup.amount,
            currency=currency,
            lag_s=lag_s,
            txn=txn,
        )
        self.tell(paid, crash)

    @rule(amount=amounts, crash=crashes)
    def pay_for_nobody_known(self, amount, crash):
        self.tell(self.world.payment(unknown_reference(), amount), crash)

    @precondition(has_told)
    @rule(n=which, crash=crashes)
    def tell_again(self, n, crash):
        notice = self.world.told[-1 - n % len(self.world.told)]
        self.world.once(*self.world.accepting(notice), crash)

    @precondition(has_payments)
    @rule(n=which, more=st.sampled_from([0, 0, 1]), crash=crashes)
    def tell_as_another_event(self, n, more, crash):
        known = self.paid(n)
        paid = self.world.payment(
            known.reference, known.amount + more, currency=known.currency, txn=known.txn
        )
        self.tell(paid, crash)

    def paid(self, n):
        found = list(self.model.payments.values())
        return found[-1 - n % len(found)]

    @precondition(has_topups)
    @rule(n=which, failed=st.booleans(), lag_s=st.sampled_from([0, 60]), crash=crashes)
    def tell_of_failure(self, n, failed, lag_s, crash):
        topup, world = self.world.topup(n), self.world
        paid = world.payment(topup.reference, topup.amount, lag_s=lag_s)
        kind = EventType.FAILED if failed else EventType.EXPIRED
        self.tell(paid, crash, event_type=kind)

    @precondition(has_topups)
    @rule(n=which)
    def tell_three_times_at_once(self, n):
        topup, world = self.world.topup(n), self.world
        notice = world.notice(world.payment(topup.reference, topup.amount))
        world.told.append(notice)
        work, expect = world.accepting(notice)
        with ThreadPoolExecutor(3) as pool:
            outcomes = list(pool.map(rerun, [work] * 3))
        assert sorted(outcomes) == sorted(expect(self.model) for _ in range(3))

    # What is heard of only by asking

    @precondition(has_topups)
    @rule(n=which)
    def lose_a_notice(self, n):
        topup, world = self.world.topup(n), self.world
        world.lose(world.payment(topup.reference, topup.amount))

    @precondition(has_lost)
    @rule(n=which)
    def lose_a_refund(self, n):
        lost = self.world.lost
        self.world.lose_refund(lost[-1 - n % len(lost)])

    @precondition(has_lost)
    @rule(n=which, crash=crashes)
    def tell_late(self, n, crash):
        lost = self.world.lost
        self.tell(lost[-1 - n % len(lost)].paid, crash)

    @precondition(has_lost)
    @rule(n=which)
    def tell_while_asking(self, n):
        world = self.world
        lost = world.lost[-1 - n % len(world.lost)]
        topup = self.model.by_reference(lost.paid.reference)
        heard = world.heard(topup)
        unknown = [p.txn for p, _ in heard if p.txn not in self.model.payments]
        if unknown not in ([], [lost.paid.txn]) or lost.hold:
            return  # their order would decide which one is flagged
        notice = world.notice(lost.paid)
        world.told.append(notice)
        work, expect = world.accepting(notice)
        with ThreadPoolExecutor(2) as pool:
            done = [pool.submit(rerun, work), pool.submit(self.asking(topup))]
            outcomes = [each.result() for each in done]
        assert outcomes[0] in {expect(self.model), expect(self.model)}
        self.model.inquire(topup, heard, world.now)

    # Money out

    @precondition(has_topups)
    @rule(n=which, share=shares, crash=crashes)
    def refund(self, n, share, crash):
        world, topup = self.world, self.world.topup(n)
        amount = max(1, (topup.credited - topup.refunded) * share // 100)

        def work():
            with world.transaction() as session:
                refunds.refund_topup(
                    session, world.tenant, UUID(topup.topup_id), Satang(amount),
                    "as asked", by=world.admin, now=world.now,
                )  # fmt: skip

        world.once(
            partial(refusal, work),
            lambda model: model.refund(topup.topup_id, amount),
            crash,
            repeated=False,
        )

    @precondition(has_payments)
    @rule(n=which, share=shares, crash=crashes)
    def gateway_refunds(self, n, share, crash):
        world, known = self.world, self.paid(n)
        amount = max(1, known.amount * share // 100)
        paid = world.payment(
            known.reference, amount, currency=known.currency, txn=known.txn
        )
        self.tell(paid, crash, event_type=EventType.REFUNDED)

    @precondition(has_topups)
    @rule(n=which, crash=crashes)
    def gateway_refunds_too_early(self, n, crash):
        topup, world = self.world.topup(n), self.world
        paid = world.payment(topup.reference, topup.amount)
        world.promised.append(paid.txn)
        self.tell(paid, crash, event_type=EventType.REFUNDED)

    @precondition(has_payments)
    @rule(n=which, who=st.one_of(st.none(), people), crash=crashes)
    def resolve(self, n, who, crash):
        """An admin gives parked money to a user, or back to its payer."""
        world, payment = self.world, self.paid(n)
        key = (world.account_id, payment.txn)

        def work():
            with world.transaction() as session:
                more = {"by": world.admin, "now": world.now}
                if who is None:
                    suspense.send_back(session, world.tenant, key, "unknown", **more)
                else:
                    user = world.traders[who]
                    suspense.allocate(session, world.tenant, key, user, "slip", **more)

        user = None if who is None else self.user(who)
        world.once(
            partial(refusal, work),
            lambda model: model.resolve(payment.txn, user),
            crash,
            repeated=False,
        )

    # Settlement

    @rule(ago=st.integers(0, 1), leave=which, odd=st.integers(0, 4), crash=crashes)
    def settle(self, ago, leave, odd, crash):
        world = self.world
        day = world.today - timedelta(days=ago)
        rows = [row for at, row in enumerate(self.rows(day, odd)) if at != leave]
        made = [row for _, row in rows]
        settlement = Settlement(day, tuple(made), sha256(repr(made).encode()).digest())
        holds = {lost.paid.txn: lost.hold for lost in world.lost}

        def ask(row):
            if row.gateway_txn_id not in holds:
                return None
            held = holds[row.gateway_txn_id]
            return PaymentStatus.REFUNDED if held else PaymentStatus.SUCCESS

        reading = Reading(
            world.engine, world.tenant, world.account_id, day, world.now, ask
        )
        told = [
            (paid, row.gross, row.fee, row.fee_vat, holds.get(paid.txn))
            for paid, row in rows
        ]
        assert held_as(PaymentStatus.SUCCESS) is None
        world.in_steps(
            partial(reading.book, settlement),
            lambda model: model.settle(day, told),
            crash,
        )

    def rows(self, day, odd):
        """Return the file's payments, one of them oddly told, and their lines."""
        world, found = self.world, {}
        for paid in [*self.model.payments.values(), *(x.paid for x in world.lost)]:
            fits = paid.currency == "THB" and bangkok_date(paid.paid_at) == day
            if fits and (odd == 0 or not getattr(paid, "settled_on", None)):
                found.setdefault(paid.txn, paid)
        if odd == 1:
            stray = world.payment(unknown_reference(), 12_345)
            found[stray.txn] = stray
        for at, paid in enumerate(found.values()):
            told = paid.amount + (1 if (odd, at) == (2, 0) else 0)
            fee = told * 165 // 10_000
            vat = fee * 7 // 100
            shown = world.payment(paid.reference, told, txn=paid.txn)
            shown.paid_at = paid.paid_at
            yield shown, SettlementRow(
                paid.txn, paid.reference, Satang(told), Satang(fee), Satang(vat),
                Satang(told - fee - vat), paid.paid_at,
            )  # fmt: skip

    # Reading, and time

    @rule(who=people, seconds=st.integers(0, 5_000))
    def read_statement(self, who, seconds):
        world = self.world
        cut, end = world.now - timedelta(seconds=seconds), world.now + timedelta(days=1)
        start = world.now - timedelta(days=30)
        with world.transaction() as session:
            read = partial(wallets.statement, session, world.tenant, world.traders[who])
            before, after = read(start, cut), read(cut, end)
            pages = list(self.pages(partial(read, start, end, limit=3)))
        balance = self.model.wallets[self.user(who)]
        assert (before.opening, before.closing) == (0, after.opening)
        assert after.closing == balance
        at = 0
        for page in pages:
            assert page.opening == at
            at += sum(line.amount for line in page.movements)
            assert (page.closing, page.closing) == (at, at)
        assert at == balance

    def pages(self, read):
        page = read()
        yield page
        while page.after:
            page = read(after=page.after)
            yield page

    @rule(seconds=st.sampled_from([5, 20, 300, 900, 3_600, 20_000]))
    def wait(self, seconds):
        self.world.pass_time(seconds)


@pytest.fixture
def place(server, keyring, new_tenant, tmp_path):
    engine = make_engine(server.app_url, pool_size=8)
    killer = Crashes(engine, server.superuser_url)
    reader = Reader(server.app_url, new_tenant())
    with (
        serving(tmp_path / "gateway.db") as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        yield Place(engine, killer, keyring, http, new_tenant, reader)
    reader.close()
    killer.close()
    engine.dispose()


def test_random_operations_and_crashes_keep_the_books_right(campaign, place):
    machine = type("Operations", (Operations,), {"place": place})
    wanted = campaign.length(400, FULL)
    begun = monotonic()
    while len(place.steps) < wanted:
        settings = hypothesis.settings(
            max_examples=campaign.length(4, 100),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        seeded = hypothesis.seed(campaign.random.randrange(2**32))(machine)
        run_state_machine_as_test(seeded, settings=settings)
    took = monotonic() - begun
    print(  # noqa: T201 - the campaign's figures, shown with -s
        f"{len(place.steps)} operations, {place.crashes.count} crashes,"
        f" {took:.0f} s, {len(place.steps) / took:.0f} a second"
    )
