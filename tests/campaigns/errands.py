"""What traders do during a campaign, and what must be true when it is over."""

from collections import Counter
from dataclasses import dataclass

from abtpro_saas.money import baht
from tests.campaigns.stage import COMPLETED, RUNNING

MOST = 1_000_000


@dataclass(frozen=True)
class Errand:
    """One top-up: asked for, perhaps cancelled, paid never, once or twice.

    ``told`` False loses the gateway's notice; ``before`` is told of it earlier.
    """

    amount: int
    paid: tuple[int, ...]
    times: int
    delay_s: float
    told: bool
    before: str | None
    cancelled: bool

    def run(self, trader, stage):
        topup = trader.create(self.amount)
        if self.before:
            stage.pay(trader, topup, event_type=self.before)
        if self.cancelled:
            trader.cancel(topup["id"])
        for amount in self.paid:
            stage.pay(
                trader,
                topup,
                amount=baht(amount),
                times=self.times,
                delay_s=self.delay_s,
                deliver=self.told,
            )

    @property
    def ends(self):
        """The states in which the top-up may be left."""
        if self.paid:
            return {"SUCCESS"}
        told = {"payment.failed": "FAILED", "payment.expired": "EXPIRED"}
        ends = {told[self.before]} if self.before else set()
        return ends | ({"CANCELLED"} if self.cancelled else set()) or {"PENDING"}


def errand(random, *, told=None):
    """Return an errand of a gateway that repeats, delays, loses and re-orders."""
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
    return Errand(
        amount,
        paid,
        times=random.randint(2, 5),
        delay_s=random.choice([0, 0, random.uniform(0, 2)]),
        told=random.random() > 0.15 if told is None else told,
        before=random.choice(before) if random.random() < 0.15 else None,
        cancelled=random.random() < 0.1,
    )


_TOPUPS = """
SELECT t.tenant_id, t.topup_id, t.reference, t.status, t.credited,
  (SELECT count(*) FROM notices n WHERE n.tenant_id = t.tenant_id
     AND n.kind = 'TOPUP_PAID' AND n.params ->> 'topup_id' = t.topup_id::text),
  (SELECT count(*) FROM mails m WHERE m.tenant_id = t.tenant_id
     AND m.kind = 'TOPUP_PAID' AND m.params ->> 'topup_id' = t.topup_id::text
     AND m.state = 'SENT')
FROM topups t
"""


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
        paid = self._stage.paid()
        return [
            f"{reference} {status}: credited {credited}, paid {paid.get(reference, 0)}"
            for _, _, reference, status, credited, _, _ in self._topups()
            if credited != paid.get(reference, 0)
            or (status == "SUCCESS") != bool(credited)
        ]

    def _messages(self):
        wrong = [
            f"{reference}: {notices} notices and {mails} mails of the receipt"
            for _, _, reference, status, _, notices, mails in self._topups()
            if (notices, mails) != ((1, 1) if status == "SUCCESS" else (0, 0))
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
        for trader in stage.traders:
            assert trader.statuses <= {200, 201, 409, 503}

    def _check_balances(self):
        stage, paid = self._stage, self._stage.paid()
        owners = stage.rows(
            "SELECT t.reference, u.email FROM topups t"
            " JOIN users u USING (tenant_id, user_id)"
        )
        wanted = Counter()
        for reference, email in owners:
            wanted[email] += paid.pop(reference, 0)
        assert paid == {}
        for trader in stage.traders:
            assert trader.balance == baht(wanted[trader.email])

    def _check_mailbox(self):
        stage = self._stage
        sent = stage.rows("SELECT mail_id::text FROM mails WHERE state = 'SENT'")
        files = [f.stem for f in stage.platform.home.glob("mailbox/*/*.eml")]
        assert sorted(files) == sorted(each for (each,) in sent)
