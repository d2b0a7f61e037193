"""Top-ups, what the gateway tells of them, and what it tells only when asked."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from abtpro_saas.billing.gateways.port import EventType
from abtpro_saas.billing.messages import ReviewTopup
from abtpro_saas.billing.qr.promptpay import new_reference
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.billing.topups.confirmation import ask_gateway, review_topup
from abtpro_saas.money import Satang
from abtpro_saas.reruns import rerun
from tests.campaigns.crashes import CRASHES
from tests.campaigns.machine import (
    Tenant,
    amounts,
    crashes,
    has_lost,
    has_payments,
    has_told,
    has_topups,
    people,
    which,
)
from tests.campaigns.world import MOST, refusal


class PayingIn(Tenant):
    """Money on its way to a wallet."""

    @rule(who=people, amount=amounts, crash=crashes)
    def create(self, who, amount, crash):
        world = self.world
        if self.is_full(who):
            code = refusal(partial(world.creating, world.traders[who], amount))
            assert code == "too_many_open_topups"
            return
        try:
            with world.crashes.at(crash):
                world.creating(world.traders[who], amount)
        except CRASHES:
            pass
        self.adopt_new(at_most=1)

    def is_full(self, who):
        waiting = sum(
            t.status == "PENDING"
            and t.expires_at > self.world.now
            and t.user == self.user(who)
            for t in self.model.topups.values()
        )
        return waiting >= topups.MOST_OPEN

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

    @rule(who=people, amount=amounts, back=st.sampled_from([0, 0, 50]))
    def pay_while_it_is_made(self, who, amount, back):
        """The gateway tells of money before the top-up can be seen."""
        world = self.world
        if self.is_full(who):
            return
        with world.transaction() as session:
            row = topups.create_topup(
                session, world.keyring, world.tenant, world.traders[who],
                amount=Satang(amount), description="", now=world.now,
            )  # fmt: skip
            paid = world.payment(row.reference, amount)
            self.tell(paid)
            if part := amount * back // 100:
                given = world.payment(row.reference, part, txn=paid.txn)
                self.tell(given, event_type=EventType.REFUNDED)
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
        self.tell(self.world.payment(new_reference(), amount), crash)

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
