"""Refunds, suspense, settlement files and statements; and time, which passes."""

from datetime import timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from abtpro_saas.billing import ledger, wallets
from abtpro_saas.billing.gateways.port import EventType, PaymentStatus
from abtpro_saas.billing.gateways.settlement import Settlement, SettlementRow
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.payments import refunds, suspense
from abtpro_saas.billing.payments.settling import Reading
from abtpro_saas.billing.qr.promptpay import new_reference
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.clock import bangkok_date
from abtpro_saas.money import Satang
from tests.campaigns.machine import (
    Tenant,
    crashes,
    has_payments,
    has_refunds,
    has_topups,
    people,
    shares,
    told_refunds,
    which,
)
from tests.campaigns.world import refusal


class PayingOut(Tenant):
    """Money that goes back, is looked after, or is looked at."""

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

    @rule(who=people, share=shares, crash=crashes)
    def spend(self, who, share, crash):
        """Something is bought, so that less is there than could be refunded."""
        world, user = self.world, self.user(who)
        amount = max(1, self.model.wallets[user] * share // 100)
        source = world.number("purchase")

        def work():
            with world.transaction() as session:
                owner = world.account_id
                fees = ledger.account(
                    session, world.tenant, AccountKind.FEES, owner, world.now
                )
                wallet = ledger.wallet(
                    session, world.tenant, world.traders[who], world.now
                )
                legs = (Leg(wallet.account_id, -amount), Leg(fees, amount))
                draft = Draft(JournalKind.DEDUCTION, source, legs, "")
                ledger.post(session, world.tenant, draft, world.now)

        world.once(
            partial(refusal, work),
            lambda model: model.spend(user, amount),
            crash,
            repeated=False,
        )

    @precondition(has_payments)
    @rule(n=which, share=shares, numbered=st.booleans(), crash=crashes)
    def gateway_refunds(self, n, share, numbered, crash):
        world, known = self.world, self.paid(n)
        amount = max(1, known.amount * share // 100)
        paid = world.payment(
            known.reference, amount, currency=known.currency, txn=known.txn
        )
        number = world.number("refund") if numbered else None
        self.tell(paid, crash, event_type=EventType.REFUNDED, refund_id=number)

    @precondition(has_refunds)
    @rule(n=which, more=st.sampled_from([0, 0, 1]), crash=crashes)
    def tell_a_refund_as_another_event(self, n, more, crash):
        known = told_refunds(self)[-1 - n % len(told_refunds(self))]
        payment = self.model.payments.get(known.txn)
        paid = self.world.payment(
            payment.reference if payment else new_reference(),
            known.amount + more,
            currency=known.currency,
            txn=known.txn,
        )
        kind = EventType.REFUNDED
        self.tell(paid, crash, event_type=kind, refund_id=known.number)

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
            stray = world.payment(new_reference(), 12_345)
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
            assert page.closing == at
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
