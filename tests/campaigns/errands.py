"""What traders do during a campaign, and what must be true when it is over."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from abtpro_saas.money import baht
from tests.campaigns.stage import COMPLETED, RUNNING

MOST = 1_000_000


@dataclass(frozen=True)
class Errand:
    """One top-up: asked for, perhaps cancelled, paid never, once or twice.

    ``told`` False loses the gateway's notice, ``late`` has it delivered after all;
    ``before`` is told of it earlier. ``back`` is refunded, ``asked`` for or not.
    """

    amount: int
    paid: tuple[int, ...]
    times: int
    delay_s: float
    told: bool
    late: bool
    before: str | None
    cancelled: bool
    back: int
    asked: bool

    def run(self, trader, stage):
        """Do it all; return what is left for later, when it has been credited."""
        topup = trader.create(self.amount)
        if self.before:
            stage.pay(trader, topup, event_type=self.before)
        if self.cancelled:
            trader.cancel(topup["id"])
        txns = [f"txn_{uuid4().hex}" for _ in self.paid]
        for amount, txn in zip(self.paid, txns, strict=True):
            event = stage.pay(
                trader,
                topup,
                amount=baht(amount),
                transaction_id=txn,
                times=self.times,
                delay_s=self.delay_s,
                deliver=self.told,
            )
            if self.late:
                stage.deliver(event["event_id"], self.times)
        if not self.back:
            return None
        admin = next(each for each in stage.admins if each.slug == trader.slug)
        back = {"txn": txns[0], "amount": self.back, "asked": self.asked}
        return partial(stage.give_back, admin, trader, topup, **back)

    @property
    def ends(self):
        """The states in which the top-up may be left."""
        if self.paid:
            return {"SUCCESS"}
        told = {"payment.failed": "FAILED", "payment.expired": "EXPIRED"}
        ends = {told[self.before]} if self.before else set()
        return ends | ({"CANCELLED"} if self.cancelled else set()) or {"PENDING"}


def errand(random, *, loses):
    """Return an errand of a gateway that repeats, delays, re-orders, perhaps loses.

    What is lost is found by asking, up to half a minute later.
    """
    amount = random.randrange(100, MOST)
    odd = random.random()
    paid = (amount,)
    if odd < 0.1:
        paid = (amount, amount)
    elif odd < 0.2:
        paid = (random.randrange(100, MOST),)
    elif odd < 0.3:
        paid = ()
    before = ["payment.failed", "payment.expired"]
    told = random.random() > 0.15
    late = not told and not (loses and random.random() < 0.5)
    heard = paid and (told or late) and random.random() < 0.3
    return Errand(
        amount,
        paid,
        times=random.randint(2, 5),
        delay_s=random.choice([0, 0, random.uniform(0, 2)]),
        told=told,
        late=late,
        before=random.choice(before) if random.random() < 0.15 else None,
        cancelled=random.random() < 0.1,
        back=max(1, paid[0] * random.choice([10, 50, 100]) // 100) if heard else 0,
        asked=random.random() < 0.5,
    )


_TOPUPS = """
SELECT t.tenant_id, t.topup_id, t.reference, t.status, t.credited, t.refunded,
  ARRAY(SELECT n.kind FROM notices n WHERE n.tenant_id = t.tenant_id
     AND n.kind IN ('REFUNDED', 'TOPUP_PAID')
     AND n.params ->> 'topup_id' = t.topup_id::text ORDER BY n.kind),
  ARRAY(SELECT m.kind FROM mails m WHERE m.tenant_id = t.tenant_id
     AND m.kind IN ('REFUNDED', 'TOPUP_PAID') AND m.state = 'SENT'
     AND m.params ->> 'topup_id' = t.topup_id::text ORDER BY m.kind)
FROM topups t
"""


_UNSETTLED = """
SELECT 'refund', r.state, r.gateway_txn_id FROM refunds r WHERE r.state <> 'DONE'
UNION ALL
SELECT 'incident', i.kind, i.detail::text FROM incidents i WHERE i.closed_at IS NULL
"""


def _told_of(status, refunded):
    paid = ["TOPUP_PAID"] if status == "SUCCESS" else []
    return ["REFUNDED", *paid] if refunded else paid


class Audit:
    """Compares what the gateway received with what became of it."""

    def __init__(self, stage):
        self._stage = stage

    def is_wrong(self):
        """Return what is not (yet) as it must be, or nothing."""
        return self._money() or self._messages() or self._processes()

    def _topups(self):
        return self._stage.rows(_TOPUPS)

    def _money(self):
        paid, given = self._stage.paid(), self._stage.given_back
        return [
            f"{reference} {status}: credited {credited}, paid {paid.get(reference, 0)};"
            f" refunded {refunded}, given back {given[reference]}"
            for _, _, reference, status, credited, refunded, _, _ in self._topups()
            if (credited, refunded) != (paid.get(reference, 0), given[reference])
            or (status == "SUCCESS") != bool(credited)
        ] + self._stage.rows(_UNSETTLED)

    def _messages(self):
        wrong = [
            f"{reference}: notices of {notices}, mails of {mails}"
            for _, _, reference, status, _, refunded, notices, mails in self._topups()
            if not (notices == mails == _told_of(status, refunded))
        ]
        count = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
        waiting = self._stage.rows(count)[0][0]
        return wrong + ([f"{waiting} messages in the outbox"] if waiting else [])

    def _processes(self):
        wanted = {
            f"payment:{tenant}:{topup}": COMPLETED if status == "SUCCESS" else RUNNING
            for tenant, topup, _, status, *_ in self._topups()
        }
        found = self._stage.standings(wanted)
        return [f"{p} is {found[p]}" for p in wanted if found[p] != wanted[p]]

    def check(self):
        """Compare everything once more, now that it must be right."""
        stage = self._stage
        assert self.is_wrong() == []
        states = dict(stage.rows("SELECT topup_id::text, status FROM topups"))
        known = [each for trader in stage.traders for each in trader.topups]
        assert sorted(known) == sorted(states)
        self._check_balances()
        self._check_mailbox()
        assert set(stage.deliveries()) <= {"DELIVERED", "PENDING"}
        for caller in [*stage.traders, *stage.admins]:
            assert caller.statuses <= {200, 201, 409, 503}

    def _check_balances(self):
        stage, paid = self._stage, self._stage.paid()
        owners = stage.rows(
            "SELECT t.reference, u.email FROM topups t"
            " JOIN users u USING (tenant_id, user_id)"
        )
        wanted = Counter()
        for reference, email in owners:
            wanted[email] += paid.pop(reference, 0) - stage.given_back[reference]
        assert paid == {}
        for trader in stage.traders:
            assert trader.balance == baht(wanted[trader.email])
            self._check_statement(trader, wanted[trader.email])

    def _check_statement(self, trader, balance):
        at = 0
        for opening, moved, closing in trader.pages(limit=3):
            assert (opening, closing) == (at, at + moved)
            at = closing
        assert at == balance

    def _check_mailbox(self):
        stage = self._stage
        sent = stage.rows("SELECT mail_id::text FROM mails WHERE state = 'SENT'")
        files = [f.stem for f in stage.platform.home.glob("mailbox/*/*.eml")]
        assert sorted(files) == sorted(each for (each,) in sent)
