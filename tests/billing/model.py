"""Money as it should be: a plain model of one tenant's till, with no database in it.

``Ledger`` says what each operation must come to. A campaign drives the same operations
into a ``Books`` (billing's services, or the API of a running platform) and compares.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

MOST = 999_999_999


@dataclass
class Topup:
    """What a user asked for, and what came of it. Amounts in satang."""

    user: int
    amount: int
    status: str = "PENDING"
    credited: int = 0
    refunded: int = 0
    flags: set = field(default_factory=set)


@dataclass
class Payment:
    """Money that came in, and where it is: credited, parked, returned, allocated."""

    reference: str
    amount: int
    currency: str
    state: str
    refunded: int = 0
    user: int | None = None


@dataclass
class Refund:
    """A refund that the gateway told of; not done while its payment is unknown."""

    txn: str
    amount: int
    currency: str
    done: bool = False


@dataclass
class Asked:
    """A refund that an admin asked for; ``owed`` is what is not paid out yet."""

    reference: str
    owed: int


class Books(Protocol):
    """What is driven: each operation's answer in the words of the model."""

    def create(self, user: int, amount: int) -> str:
        """Begin a top-up; return its reference."""

    def cancel(self, reference: str) -> bool:
        """Cancel it; tell whether that was allowed."""

    def tell(self, kind: str, event: str, txn: str, reference: str, amount: int,
             currency: str, *, late: bool) -> str:  # fmt: skip
        """Send a gateway's notice; return its outcome."""

    def refund(self, reference: str, amount: int) -> bool:
        """Refund as an admin; tell whether that was allowed."""

    def allocate(self, txn: str, user: int) -> bool:
        """Give parked money to a user; tell whether that was allowed."""

    def send_back(self, txn: str) -> bool:
        """Return parked money; tell whether that was allowed."""

    def settle(self, rows: list) -> None:
        """Read a settlement file of (txn, reference, gross, fee, vat) rows."""


class Ledger:
    """What must be true after each operation."""

    def __init__(self, users: int) -> None:
        self.wallets = [0] * users
        self.sums: Counter = Counter()
        self.topups: dict[str, Topup] = {}
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refund] = {}
        self.asked: list[Asked] = []
        self.events: set[str] = set()
        self.settled: set[str] = set()

    def move(self, currency: str, **amounts: int) -> None:
        """Post one journal: its legs sum to zero."""
        assert sum(amounts.values()) == 0
        for kind, amount in amounts.items():
            self.sums[kind, currency] += amount

    # Each of these changes the model and returns the outcome that must follow.

    def succeeded(self, txn, reference, amount, currency, *, late):
        """Follow ``payment.succeeded``."""
        known = self.payments.get(txn)
        if known is not None:
            return self._repeated(known, reference, amount, currency)
        topup = self.topups.get(reference)
        limit = max(MOST, topup.amount) if topup else 0
        if topup is None or currency != "THB" or amount > limit:
            self.payments[txn] = Payment(reference, amount, currency, "PARKED")
            self.move(currency, CLEARING=-amount, SUSPENSE=amount)
            outcome = "SUSPENSE"
        else:
            self._credit(topup, amount, late=late)
            paid = Payment(reference, amount, currency, "CREDITED", user=topup.user)
            self.payments[txn] = paid
            outcome = "CREDITED"
        for refund in self.refunds.values():
            if refund.txn == txn and not refund.done:
                self._refund(refund)
        return outcome

    def _repeated(self, known, reference, amount, currency):
        same = (known.amount, known.currency) == (amount, currency)
        topup = self.topups.get(known.reference)
        if not same and topup is not None:
            topup.flags.add("AMOUNT_MISMATCH")
        return "DUPLICATE" if same and reference == known.reference else "MISMATCH"

    def _credit(self, topup, amount, *, late):
        if topup.credited:
            topup.flags.add("PAID_TWICE")
        elif amount != topup.amount:
            topup.flags.add("UNDERPAID" if amount < topup.amount else "OVERPAID")
        if late or topup.status == "CANCELLED":
            topup.flags.add("PAID_LATE")
        topup.status = "SUCCESS"
        topup.credited += amount
        self.wallets[topup.user] += amount
        self.move("THB", CLEARING=-amount, WALLET=amount)

    def told(self, kind, event, reference):
        """Follow ``payment.failed`` or ``payment.expired``."""
        if event in self.events:
            return "DUPLICATE"
        topup = self.topups.get(reference)
        failed = kind == "payment.failed"
        if topup is None or topup.status not in {"PENDING", "SUCCESS"}:
            return "IGNORED"
        if topup.status == "SUCCESS":
            topup.flags |= {"FAILED_AFTER_PAID"} if failed else set()
            return "FLAGGED" if failed else "IGNORED"
        topup.status = "FAILED" if failed else "EXPIRED"
        return topup.status

    def refunded(self, event, txn, amount, currency):
        """Follow ``payment.refunded``; one that could not be booked is tried again."""
        refund = self.refunds.setdefault(event, Refund(txn, amount, currency))
        return "DUPLICATE" if refund.done else self._refund(refund)

    def _refund(self, refund):
        paid, amount, currency = (
            self.payments.get(refund.txn),
            refund.amount,
            refund.currency,
        )
        if paid is None:
            return "PARKED"
        if currency != paid.currency or amount > paid.amount - paid.refunded:
            return "MISMATCH"
        if self._may_be_booked(refund, paid):
            return "PARKED"
        refund.done = True
        paid.refunded += amount
        if paid.state == "PARKED":
            self.move(currency, SUSPENSE=-amount, CLEARING=amount)
            if paid.refunded == paid.amount:
                paid.state = "RETURNED"
        elif paid.state == "CREDITED":
            self._take_back(self.topups[paid.reference], amount, paid.reference)
        elif paid.state == "ALLOCATED":
            self._out_of(paid.user, amount)
        return "REFUNDED"

    def _may_be_booked(self, refund, paid):
        told = (refund.txn, refund.amount, refund.currency)
        done = [r for r in self.refunds.values() if r.done]
        if told not in [(r.txn, r.amount, r.currency) for r in done]:
            return False
        asked = [a.owed for a in self.asked if a.reference == paid.reference]
        return refund.amount > sum(asked if paid.state == "CREDITED" else [])

    def _take_back(self, topup, amount, reference):
        for asked in [a for a in self.asked if a.reference == reference]:
            part = min(asked.owed, amount)
            asked.owed -= part
            amount -= part
            self.move("THB", REFUNDS_PAYABLE=-part, CLEARING=part)
        topup.refunded += amount
        self._out_of(topup.user, amount)

    def _out_of(self, user, amount):
        held = min(self.wallets[user], amount)
        self.wallets[user] -= held
        self.move("THB", WALLET=-held, RECEIVABLE=held - amount, CLEARING=amount)

    def refund_asked(self, reference, amount):
        """Follow an admin's refund; tell whether it is allowed."""
        topup = self.topups[reference]
        left = topup.credited - topup.refunded
        if not 0 < amount <= min(left, self.wallets[topup.user]):
            return False
        topup.refunded += amount
        self.wallets[topup.user] -= amount
        self.move("THB", WALLET=-amount, REFUNDS_PAYABLE=amount)
        self.asked.append(Asked(reference, amount))
        return True

    def allocated(self, txn, user):
        """Follow an admin who gives parked money to a user."""
        paid = self.payments[txn]
        if paid.state != "PARKED" or paid.currency != "THB":
            return False
        held = paid.amount - paid.refunded
        paid.state, paid.user = "ALLOCATED", user
        self.wallets[user] += held
        self.move("THB", SUSPENSE=-held, WALLET=held)
        return True

    def sent_back(self, txn):
        """Follow an admin who returns parked money."""
        paid = self.payments[txn]
        if paid.state != "PARKED":
            return False
        held = paid.amount - paid.refunded
        paid.state = "RETURNED"
        self.move(paid.currency, SUSPENSE=-held, CLEARING=held)
        return True

    def settled_by(self, rows):
        """Follow a settlement file."""
        for txn, reference, gross, fee, vat in rows:
            self.succeeded(txn, reference, gross, "THB", late=False)
            self.settled.add(txn)
            net = gross - fee - vat
            self.move("THB", CLEARING=gross, BANK=-net, FEES=-fee, FEE_VAT=-vat)

    def totals(self):
        """Return {(kind, currency): satang} of what is not at zero."""
        return {key: total for key, total in self.sums.items() if total}
