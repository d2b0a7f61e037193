"""Money that a gateway received becomes a user's balance, once.

However a payment becomes known (notice, inquiry, settlement file, slip), it passes
here. Its key at the gateway protects the money: the second time changes nothing. Money
whose owner is unknown is parked in suspense, never dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateways.port import PaymentStatus
from abtpro_saas.billing.incidents import open_incident
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.payments.gateway_refunds import apply_parked
from abtpro_saas.billing.topups.locking import (
    LockedTopup,
    flag,
    lock_topup,
    lock_unknown,
    tell,
)
from abtpro_saas.billing.topups.rules import Paid, flags_of
from abtpro_saas.billing.words import (
    AccountKind,
    Flag,
    IncidentKind,
    JournalKind,
    Outcome,
    PaymentState,
    Source,
)
from abtpro_saas.database import Write, run, write_together
from abtpro_saas.ids import TenantId, new_id
from abtpro_saas.money import THB, Satang
from abtpro_saas.outbox import leaving
from abtpro_saas.reruns import RaceLostError

RACE = "pk_gateway_payments"
"""The key on which two transactions meet that bring the same money at once."""


@dataclass(frozen=True)
class Payment:
    """Money received at a gateway account; ``amount`` in hundredths of ``currency``.

    ``told_at`` is when the gateway said so, where that differs from when it was paid.
    ``hold`` parks money that a person must look at, unless what is known explains it.
    """

    gateway_account_id: UUID
    gateway_txn_id: str
    reference: str
    amount: Satang
    currency: str
    paid_at: datetime
    source: Source
    told_at: datetime | None = None
    hold: IncidentKind | None = None

    @property
    def key(self) -> str:
        """What can be credited once: the journal's source."""
        return f"payment:{self.gateway_account_id}:{self.gateway_txn_id}"


def held_as(status: PaymentStatus) -> IncidentKind | None:
    """Return why money that an inquiry tells of is held, if it is.

    How much was refunded an inquiry does not say: the refund's own notice does.
    """
    refunded = status is PaymentStatus.REFUNDED
    return IncidentKind.REFUNDED_UNHEARD if refunded else None


_KNOWN = """
SELECT p.amount, p.currency, p.reference, p.topup_id,
       EXISTS (SELECT FROM refunds r
               WHERE r.tenant_id = %(tenant)s AND r.state = 'PARKED'
                 AND r.gateway_account_id = %(account)s
                 AND r.gateway_txn_id = %(txn)s) AS refunded
FROM (SELECT) AS asked LEFT JOIN gateway_payments p
  ON p.tenant_id = %(tenant)s AND p.gateway_account_id = %(account)s
 AND p.gateway_txn_id = %(txn)s
"""

_PAYMENT = """
INSERT INTO gateway_payments (tenant_id, gateway_account_id, gateway_txn_id, topup_id,
  reference, amount, currency, paid_at, received_at, source, state, reason, journal_id)
VALUES (%(p_tenant)s, %(p_account)s, %(p_txn)s, %(p_topup)s, %(p_reference)s,
  %(p_amount)s, %(p_currency)s, %(p_paid_at)s, %(p_now)s, %(p_source)s, %(p_state)s,
  %(p_reason)s, %(p_journal)s)
"""

_TOPUP = """
UPDATE topups SET status = 'SUCCESS', credited = credited + %(t_amount)s,
  flags = cast(%(t_flags)s AS text[]), completed_at = coalesce(completed_at, %(t_now)s),
  event_at = greatest(event_at, cast(%(t_told_at)s AS timestamptz))
WHERE tenant_id = %(t_tenant)s AND topup_id = %(t_topup)s
"""


def _nothing(_outcome: Outcome) -> tuple[Write, ...]:
    return ()


def receive(
    session: Session,
    tenant_id: TenantId,
    payment: Payment,
    now: datetime,
    record: Callable[[Outcome], tuple[Write, ...]] = _nothing,
) -> Outcome:
    """Credit ``payment`` to its top-up's wallet, or park it; once, whoever asks.

    What ``record`` makes of the outcome is written with it.

    Raises:
        RaceLostError: another transaction brings the same money; run again.
    """
    return _Receipt(session, tenant_id, payment, now, record).write()


@dataclass(frozen=True)
class _Receipt:
    """One payment on its way into the ledger."""

    session: Session
    tenant_id: TenantId
    payment: Payment
    now: datetime
    record: Callable[[Outcome], tuple[Write, ...]]

    def write(self) -> Outcome:
        session, tenant_id, payment = self.session, self.tenant_id, self.payment
        account_id, txn = payment.gateway_account_id, payment.gateway_txn_id
        topup = lock_topup(session, tenant_id, account_id, payment.reference)
        if topup is None:
            lock_unknown(session, tenant_id, txn)
        # Asked after the lock, so that a payment which we waited for is seen.
        asked = {"tenant": tenant_id, "account": account_id, "txn": txn}
        known: Any = run(session, _KNOWN, asked).fetchone()
        if known.amount is not None:
            return self._repeat(known)
        outcome = self._first(topup, refunded=known.refunded)
        if known.refunded:
            apply_parked(session, tenant_id, account_id, txn, self.now)
        return outcome

    def _first(self, topup: LockedTopup | None, *, refunded: bool) -> Outcome:
        try:
            if topup is None:
                return self._park(None, IncidentKind.UNKNOWN_REFERENCE)
            doubt = self._doubt(topup, refunded=refunded)
            return self._credit(topup) if doubt is None else self._park(topup, doubt)
        except ledger.PostedError as error:
            raise RaceLostError from error
        except IntegrityError as error:
            cause = error.orig
            if isinstance(cause, psycopg.Error) and cause.diag.constraint_name == RACE:
                raise RaceLostError from error
            raise

    def _doubt(self, topup: LockedTopup, *, refunded: bool) -> IncidentKind | None:
        """Return why a person must look before this money goes to the wallet."""
        payment = self.payment
        if payment.currency != THB:
            return IncidentKind.WRONG_CURRENCY
        # The limit may have been lowered since the QR was made.
        if payment.amount > max(topup.most, topup.standing.amount):
            return IncidentKind.ABOVE_LIMIT
        return None if refunded else payment.hold

    def _credit(self, topup: LockedTopup) -> Outcome:
        payment, journal_id = self.payment, new_id()
        flags = flags_of(topup.standing, Paid(payment.amount, payment.paid_at))
        changed = {
            "t_tenant": self.tenant_id,
            "t_topup": topup.topup_id,
            "t_amount": payment.amount,
            "t_flags": list(flags),
            "t_now": self.now,
            "t_told_at": payment.told_at or payment.paid_at,
        }
        message = WatchTopup(str(self.tenant_id), str(topup.topup_id))
        ledger.post_with(
            self.session,
            self._row(journal_id, topup, None),
            *self._posting(
                JournalKind.TOP_UP, topup.clearing_id, topup.wallet_id, journal_id
            ),
            Write(_TOPUP, changed),
            *self.record(Outcome.CREDITED),
            leaving(self.session, message, self.now),
        )
        tell(self.session, self.tenant_id, topup)
        return Outcome.CREDITED

    def _park(self, topup: LockedTopup | None, reason: IncidentKind) -> Outcome:
        """Hold money until a person has found whose it is, or sends it back."""
        payment, journal_id = self.payment, new_id()
        clearing, suspense = (
            ledger.account(
                self.session,
                self.tenant_id,
                kind,
                payment.gateway_account_id,
                self.now,
                currency=payment.currency,
            )
            for kind in (AccountKind.CLEARING, AccountKind.SUSPENSE)
        )
        ledger.post_with(
            self.session,
            self._row(journal_id, topup, reason),
            *self._posting(JournalKind.SUSPENSE, clearing, suspense, journal_id),
            *self.record(Outcome.SUSPENSE),
            self._incident(reason, reference=payment.reference, amount=payment.amount),
        )
        return Outcome.SUSPENSE

    def _repeat(self, known: Any) -> Outcome:  # noqa: ANN401 - a row of _KNOWN
        """Answer for money that was received before: the same, or told differently."""
        payment, outcome = self.payment, Outcome.DUPLICATE
        writes: tuple[Write, ...] = ()
        if payment.reference not in ("", known.reference):
            outcome = Outcome.MISMATCH
            kind = IncidentKind.REFERENCE_MISMATCH
            told = {"known": known.reference, "told": payment.reference}
            writes = (self._incident(kind, **told),)
        if (known.amount, known.currency) != (payment.amount, payment.currency):
            outcome = Outcome.MISMATCH
            kind = IncidentKind.AMOUNT_MISMATCH
            writes += (
                self._incident(kind, credited=known.amount, told=payment.amount),
            )
            if known.topup_id is not None:
                what = Flag.AMOUNT_MISMATCH
                flag(self.session, self.tenant_id, known.topup_id, what, self.now)
        writes += self.record(outcome)
        if writes:
            write_together(self.session, *writes)
        return outcome

    def _incident(self, kind: IncidentKind, **detail: object) -> Write:
        currency = self.payment.currency
        return open_incident(
            self.tenant_id,
            kind,
            self.payment.key,
            self.now,
            currency=currency,
            **detail,
        )

    def _posting(
        self, kind: JournalKind, source: UUID, target: UUID, journal_id: UUID
    ) -> tuple[Write, Write]:
        payment = self.payment
        legs = (
            ledger.Leg(source, -payment.amount),
            ledger.Leg(target, payment.amount),
        )
        draft = ledger.Draft(
            kind, payment.key, legs, payment.reference, payment.currency
        )
        return ledger.posting(self.tenant_id, draft, self.now, journal_id)

    def _row(
        self, journal_id: UUID, topup: LockedTopup | None, reason: IncidentKind | None
    ) -> Write:
        payment = self.payment
        return Write(
            _PAYMENT,
            {
                "p_tenant": self.tenant_id,
                "p_account": payment.gateway_account_id,
                "p_txn": payment.gateway_txn_id,
                "p_topup": topup.topup_id if topup else None,
                "p_reference": payment.reference,
                "p_amount": payment.amount,
                "p_currency": payment.currency,
                "p_paid_at": payment.paid_at,
                "p_now": self.now,
                "p_source": payment.source,
                "p_state": PaymentState.SUSPENSE if reason else PaymentState.CREDITED,
                "p_reason": reason,
                "p_journal": journal_id,
            },
        )
