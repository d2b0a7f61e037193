"""One tenant of the random operations: its people, gateway, model and clock."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import uuid4

import httpx
from sqlalchemy import Engine

from abtpro_saas.billing import accounts
from abtpro_saas.billing.gateways.port import EventType, Notice
from abtpro_saas.billing.payments import notices
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.clock import bangkok_date
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import DomainError
from abtpro_saas.identity.people import create_user
from abtpro_saas.identity.roles import Role
from abtpro_saas.money import Satang, baht
from abtpro_saas.reruns import rerun
from abtpro_saas.sealing import Keyring
from tests.campaigns import view
from tests.campaigns.crashes import CRASHES, Crashes
from tests.campaigns.model import Model
from tests.campaigns.records import Payment, Topup
from tests.conftest import NOON

MOST = 1_000_000
SECRET = "whsec_of_the_campaign"
BILLER = "000000000000101"


@dataclass(frozen=True)
class Place:
    """What all worlds share: the servers, the keys, the killer, the reader."""

    engine: Engine
    crashes: Crashes
    keyring: Keyring
    http: httpx.Client
    new_tenant: object
    reader: view.Reader
    done: Counter = field(default_factory=Counter)


@dataclass
class Lost:
    """A payment that the gateway keeps to itself until it is asked."""

    paid: Payment
    hold: str | None = None


class World:
    """A fresh tenant, and what its books must say."""

    def __init__(self, place):
        self.place, self.engine = place, place.engine
        self.crashes, self.keyring = place.crashes, place.keyring
        self.now = NOON
        self.tenant = place.new_tenant()
        with self.transaction() as session:
            people = [
                self._person(session, r) for r in (Role.ADMIN, *[Role.TRADER] * 2)
            ]
            account = accounts.open_account(
                session,
                self.keyring,
                self.tenant,
                accounts.Merchant(
                    f"m{uuid4().hex[:16]}",
                    base_url=str(place.http.base_url).rstrip("/"),
                    biller_id=BILLER,
                    most=Satang(MOST),
                ),
                secret=SECRET,
                now=NOON,
            )
        self.admin, *self.traders = people
        self.account_id, self.merchant_id = (
            account.gateway_account_id,
            account.merchant_id,
        )
        self.model = Model([str(u) for u in self.traders], MOST)
        self.told, self.lost, self.promised = [], [], []
        self._numbers = 0
        self._ask(
            "/sim/accounts",
            merchant_id=self.merchant_id,
            secrets=[SECRET],
            callback_url="http://127.0.0.1:9/",
            name="Campaign",
        )

    def transaction(self):
        return tenant_transaction(self.engine, self.tenant)

    def _person(self, session, role):
        email = f"{uuid4().hex[:12]}@example.com"
        person = create_user(
            session, self.tenant, email=email, name="Mali", role=role, now=NOON
        )
        return person.user_id

    def pass_time(self, seconds=1):
        self.now += timedelta(seconds=seconds)

    def number(self, prefix):
        """Return a number that repeats with the seed, unlike a random one."""
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    # One transaction, and what it must have done

    def once(self, work, expect, crash=None, *, repeated=True):
        """Run one transaction that may crash; the books show all of it or nothing.

        ``repeated`` says that whoever asked for it asks again until it is answered.
        """
        try:
            with self.crashes.at(crash):
                outcome = rerun(work)
        except CRASHES:
            self._after_crash(work, expect, repeated=repeated)
        else:
            assert outcome == expect(self.model)

    def _after_crash(self, work, expect, *, repeated):
        done = deepcopy(self.model)
        expect(done)
        seen = self.place.reader.read(self.tenant).money
        possible = [m for m in (self.model, done) if view.of_model(m) == seen]
        assert possible, "a crash left half of a transaction"
        self.model = possible[0]
        if repeated:
            outcome = rerun(work)
            ends = [(expect(model), model) for model in possible]
            assert outcome in [end for end, _ in ends]
            self.model = next(model for end, model in ends if end == outcome)

    def in_steps(self, work, expect, crash=None):
        """Run several transactions; after a crash they are all run again."""
        try:
            with self.crashes.at(crash):
                work()
        except CRASHES:
            assert self.place.reader.read(self.tenant).broken == []
            work()
        expect(self.model)

    def check(self):
        """Compare the books with the model, and with what is true of all books."""
        books = self.place.reader.read(self.tenant)
        assert books.money == view.of_model(self.model)
        assert books.broken == []
        assert books.seen_by_stranger == 0

    # The gateway's side

    def lose(self, paid):
        """Let the gateway receive money that it tells nobody of."""
        self._ask(
            "/sim/pay",
            merchant_id=self.merchant_id,
            reference_id=paid.reference,
            amount=baht(paid.amount),
            transaction_id=paid.txn,
            paid_at=paid.paid_at.isoformat(),
            deliver=False,
        )
        self.lost.append(Lost(paid))

    def lose_refund(self, lost):
        """Let the gateway give such money back, and tell nobody either."""
        self._ask(
            "/sim/pay",
            merchant_id=self.merchant_id,
            reference_id=lost.paid.reference,
            amount=baht(lost.paid.amount),
            transaction_id=lost.paid.txn,
            event_type=EventType.REFUNDED,
            deliver=False,
        )
        lost.hold = "REFUNDED_UNHEARD"

    def heard(self, topup):
        """Return what an inquiry for a top-up brings, oldest payment first."""
        found = [x for x in self.lost if x.paid.reference == topup.reference]
        found.sort(key=lambda each: each.paid.paid_at)
        return [(each.paid, each.hold) for each in found]

    def _ask(self, path, **body):
        self.place.http.post(path, json=body).raise_for_status()

    def payment(self, reference, amount, *, currency="THB", lag_s=0, txn=None):
        return Payment(
            txn or self.number("txn"),
            reference,
            amount,
            currency,
            self.now - timedelta(seconds=lag_s),
        )

    def notice(
        self, paid, event_type=EventType.SUCCEEDED, told_at=None, refund_id=None
    ):
        return Notice(
            self.number("evt"),
            event_type,
            paid.txn,
            paid.reference,
            Satang(paid.amount),
            paid.currency,
            paid.paid_at,
            told_at or paid.paid_at,
            livemode=True,
            refund_id=refund_id,
        )

    def accepting(self, notice):
        """Return the work that accepts a notice now, and what it must come to."""
        now = self.now

        def work():
            with self.transaction() as session:
                return str(
                    notices.accept_notice(
                        session, self.tenant, self.account_id, notice, now
                    )
                )

        return work, partial(_expected, notice)

    # Top-ups

    def creating(self, user, amount):
        with self.transaction() as session:
            return topups.create_topup(
                session,
                self.keyring,
                self.tenant,
                user,
                amount=Satang(amount),
                description="",
                now=self.now,
            )

    def adopt(self, row):
        """Add a top-up that was made to the model."""
        self.model.topups[str(row.topup_id)] = Topup(
            str(row.topup_id),
            str(row.user_id),
            row.reference,
            row.amount,
            row.created_at,
            row.expires_at,
        )

    def topup(self, which):
        """Return one of the top-ups, the newest for 0."""
        found = list(self.model.topups.values())
        return found[-1 - which % len(found)]

    @property
    def today(self):
        return bangkok_date(self.now)


def _expected(notice, model):
    paid = Payment(
        notice.gateway_txn_id,
        notice.reference,
        notice.amount,
        notice.currency,
        notice.paid_at,
    )
    if notice.event_type is EventType.SUCCEEDED:
        return model.receive(paid, notice.created_at)
    if notice.event_type is EventType.REFUNDED:
        return model.gateway_refunded(
            notice.event_id, paid.txn, paid.amount, paid.currency, notice.refund_id
        )
    return model.state_told(
        notice.event_id, notice.event_type, notice.reference, notice.created_at
    )


def refusal(work):
    """Return the code with which the rules of the house refuse, or None."""
    try:
        work()
    except DomainError as error:
        return error.code
    return None
