"""What the books must say, worked out a second time in the plainest way.

A model of one tenant with one gateway account. It knows no database, no statement and
no lock: a dictionary of top-ups, one of payments, and a sum for each kind of account.
"""

from collections import Counter
from datetime import timedelta

from tests.campaigns.records import Payment, Refund

ASKED_AFTER_S = (5, 15, 30, 60, 120, 300, 600)
ASKED_LATE_S = (0, 3_600, 86_400)


class Model:
    """One tenant's money. ``most`` is the most that a payment may credit."""

    def __init__(self, users, most):
        self.most = most
        self.wallets = dict.fromkeys(users, 0)
        self.sums = Counter()
        self.topups, self.payments, self.refunds = {}, {}, []
        self.events, self.settled = set(), set()

    # Top-ups

    def by_reference(self, reference):
        found = (t for t in self.topups.values() if t.reference == reference)
        return next(found, None)

    def cancel(self, topup_id):
        topup = self.topups[topup_id]
        if topup.status == "PENDING":
            topup.status = "CANCELLED"
        return topup.status

    # Money in

    def receive(self, paid, told_at=None, hold=None):
        """Credit or park a payment; the second time nothing moves."""
        known = self.payments.get(paid.txn)
        if known is not None:
            return self._repeat(known, paid)
        topup = self.by_reference(paid.reference)
        parked = [r for r in self.refunds if (r.txn, r.state) == (paid.txn, "PARKED")]
        payment = Payment(
            paid.txn, paid.reference, paid.amount, paid.currency, paid.paid_at
        )
        self.payments[paid.txn] = payment
        payment.reason = self._doubt(topup, paid, None if parked else hold)
        payment.topup_id = topup.topup_id if topup else None
        if payment.reason:
            payment.state = "SUSPENSE"
            self._move("CLEARING", "SUSPENSE", paid.amount, paid.currency)
        else:
            topup.event_at = max(topup.event_at or told_at or paid.paid_at,
                                 told_at or paid.paid_at)  # fmt: skip
            self._credit(topup, payment, paid.amount, "CLEARING")
        for refund in parked:
            self._pay_back(refund)
        return "SUSPENSE" if payment.reason else "CREDITED"

    def _repeat(self, known, paid):
        outcome = "DUPLICATE"
        if paid.reference not in ("", known.reference):
            outcome = "MISMATCH"
        if (known.amount, known.currency) != (paid.amount, paid.currency):
            outcome = "MISMATCH"
            if known.topup_id:
                self.topups[known.topup_id].flags.add("AMOUNT_MISMATCH")
        return outcome

    def _doubt(self, topup, paid, hold):
        if topup is None:
            return "UNKNOWN_REFERENCE"
        if paid.currency != "THB":
            return "WRONG_CURRENCY"
        if paid.amount > max(self.most, topup.amount):
            return "ABOVE_LIMIT"
        return hold

    def _credit(self, topup, payment, amount, source):
        if topup.credited:
            topup.flags.add("PAID_TWICE")
        elif amount != topup.amount:
            less = amount < topup.amount
            topup.flags.add("UNDERPAID" if less else "OVERPAID")
        if topup.status == "CANCELLED" or payment.paid_at > topup.expires_at:
            topup.flags.add("PAID_LATE")
        topup.status = "SUCCESS"
        topup.credited += amount
        payment.state, payment.topup_id = "CREDITED", topup.topup_id
        self._move(source, "WALLET", amount)
        self.wallets[topup.user] += amount

    def claim(self, topup):
        """Give a top-up what was parked under its reference before it was seen."""
        for payment in list(self.payments.values()):
            fits = (
                payment.reference == topup.reference
                and payment.state == "SUSPENSE"
                and payment.reason == "UNKNOWN_REFERENCE"
                and payment.currency == "THB"
                and payment.amount <= max(self.most, topup.amount)
            )
            if fits:
                self._credit(topup, payment, payment.amount, "SUSPENSE")
                self._note_refunds(topup, payment)

    def _note_refunds(self, topup, payment):
        topup.refunded += payment.refunded
        self.wallets[topup.user] -= payment.refunded
        self._move("WALLET", "SUSPENSE", payment.refunded)
        for refund in self.refunds:
            if (refund.txn, refund.state) == (payment.txn, "DONE"):
                refund.topup_id = topup.topup_id

    # What the gateway says of a state

    def state_told(self, event_id, event_type, reference, created_at):
        topup = self.by_reference(reference)
        if event_id in self.events:
            return "DUPLICATE"
        self.events.add(event_id)
        if topup is None or (topup.event_at and created_at < topup.event_at):
            return "IGNORED"
        failed = event_type == "payment.failed"
        if topup.status == "SUCCESS":
            if not failed:
                return "IGNORED"
            topup.flags.add("FAILED_AFTER_PAID")
            return "FLAGGED"
        if topup.status != "PENDING":
            return "IGNORED"
        topup.status = "FAILED" if failed else "EXPIRED"
        topup.event_at = created_at
        return topup.status

    # The process's looks

    def inquire(self, topup, heard, now):
        for paid, hold in heard:
            self.receive(paid, hold=hold)
        topup.asked_at = now

    def review(self, topup, heard, now):
        """Do what a look at ``now`` does; ``heard`` is what an inquiry would say."""
        if topup.status == "PENDING" and now < topup.expires_at:
            topup.registered = True
        if topup.status == "CANCELLED" and not topup.withdrawn:
            if topup.registered and heard:
                self.inquire(topup, heard, now)
            topup.withdrawn = True
        if topup.status != "SUCCESS" and self._is_asking_due(topup, now):
            self.inquire(topup, heard, now)
        if topup.status != "SUCCESS":
            self.claim(topup)
        if topup.status == "PENDING" and now >= topup.expires_at:
            topup.status = "EXPIRED"

    def _is_asking_due(self, topup, now):
        early = (topup.created_at + timedelta(seconds=s) for s in ASKED_AFTER_S)
        late = (topup.expires_at + timedelta(seconds=s) for s in ASKED_LATE_S)
        instants = [*(at for at in early if at < topup.expires_at), *late]
        since = topup.asked_at or topup.created_at
        return any(since < at <= now for at in instants)

    # Money out

    def refund(self, topup_id, amount):
        """An admin gives money back; the reason why not, or None."""
        topup = self.topups[topup_id]
        if amount > topup.credited - topup.refunded:
            return "refund_too_large"
        if amount > self.wallets[topup.user]:
            return "insufficient_funds"
        self.wallets[topup.user] -= amount
        self._move("WALLET", "REFUNDS_PAYABLE", amount)
        topup.refunded += amount
        self.refunds.append(Refund(None, None, topup_id, amount, "THB", "REQUESTED"))
        return None

    def spend(self, user, amount):
        if amount > self.wallets[user]:
            return "insufficient_funds"
        self.wallets[user] -= amount
        self._move("WALLET", "FEES", amount)
        return None

    def gateway_refunded(self, event_id, txn, amount, currency, number=None):
        told = [r for r in self.refunds if r.event_id == event_id] or [
            r for r in self.refunds if number and r.number == number
        ]
        if not told:
            refund = Refund(
                txn, event_id, None, amount, currency, "PARKED", number=number
            )
            self.refunds.append(refund)
        else:
            refund = told[0]
            if (refund.txn, refund.amount, refund.currency) != (txn, amount, currency):
                return "MISMATCH"
            if refund.state != "PARKED":
                return "DUPLICATE"
        return self._pay_back(refund)

    def _pay_back(self, refund):
        payment = self.payments.get(refund.txn)
        if payment is None:
            return "PARKED"
        left = payment.amount - payment.refunded
        if refund.currency != payment.currency or refund.amount > left:
            return "MISMATCH"
        if self._may_be_booked(refund, payment):
            return "PARKED"
        if payment.state == "SUSPENSE":
            self._move("SUSPENSE", "CLEARING", refund.amount, refund.currency)
            if refund.amount == left:
                payment.state = "RESOLVED"
        elif payment.state == "CREDITED":
            self._from_topup(refund, self.topups[payment.topup_id])
        elif payment.owner is not None:
            self._take(payment.owner, refund.amount)
        payment.refunded += refund.amount
        refund.state, refund.paid_out = "DONE", refund.amount
        return "REFUNDED"

    def _may_be_booked(self, refund, payment):
        done = [
            r.number
            for r in self.refunds
            if (r.txn, r.amount, r.state) == (refund.txn, refund.amount, "DONE")
        ]
        if not done or (refund.number and all(done)):
            return False
        owed = [
            r.amount - r.paid_out
            for r in self.refunds
            if (r.topup_id, r.state) == (payment.topup_id, "REQUESTED")
        ]
        return refund.amount > sum(owed if payment.state == "CREDITED" else [])

    def _from_topup(self, refund, topup):
        refund.topup_id = topup.topup_id
        left = refund.amount
        for asked in self.refunds:
            if (asked.topup_id, asked.state) == (topup.topup_id, "REQUESTED"):
                part = min(left, asked.amount - asked.paid_out)
                asked.paid_out += part
                left -= part
                if asked.paid_out == asked.amount:
                    asked.state = "DONE"
        self._move("REFUNDS_PAYABLE", "CLEARING", refund.amount - left)
        if left:
            self._take(topup.user, left)
            topup.refunded += left

    def _take(self, user, amount):
        held = min(self.wallets[user], amount)
        self.wallets[user] -= held
        self._move("WALLET", "CLEARING", held)
        self._move("RECEIVABLE", "CLEARING", amount - held)

    # Suspense and settlement

    def resolve(self, txn, user=None):
        """Allocate parked money to a user, or return it; the reason why not."""
        payment = self.payments[txn]
        if payment.state != "SUSPENSE":
            return "suspense_resolved"
        if user is not None and payment.currency != "THB":
            return "foreign_currency"
        held = payment.amount - payment.refunded
        target = "CLEARING" if user is None else "WALLET"
        self._move("SUSPENSE", target, held, payment.currency)
        if user is not None:
            self.wallets[user] += held
        payment.state, payment.owner = "RESOLVED", user
        return None

    def settle(self, day, rows):
        """Book a file; ``rows`` are (payment, gross, fee, VAT, why it is held)."""
        settled = (self.payments.get(row[0].txn) for row in rows)
        if day in self.settled or any(p and p.settled_on for p in settled):
            return
        for paid, gross, fee, vat, hold in rows:
            self.receive(paid, hold=hold)
            self.payments[paid.txn].settled_on = day
            for kind, amount in (
                ("BANK", gross - fee - vat), ("FEES", fee), ("FEE_VAT", vat)
            ):  # fmt: skip
                self._move(kind, "CLEARING", amount)
        self.settled.add(day)

    def _move(self, source, target, amount, currency="THB"):
        self.sums[source, currency] -= amount
        self.sums[target, currency] += amount
