"""Book one settlement file: every payment by the usual path, then fees and totals.

Fees and their VAT are booked apart from what was credited. The same file twice changes
nothing; a crash in the middle is made good by reading the file again.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.accounts import get_account
from abtpro_saas.billing.gateway_tables import GatewayPayment, SettlementReading
from abtpro_saas.billing.gateways.port import PaymentStatus
from abtpro_saas.billing.gateways.settlement import Settlement, SettlementRow
from abtpro_saas.billing.incidents import close_by_itself, open_incident
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.messages import SettlementStanding
from abtpro_saas.billing.payments.crediting import Payment, held_as, receive
from abtpro_saas.billing.payments.gateway_refunds import payment_subject
from abtpro_saas.billing.topups.locking import lock_unknown
from abtpro_saas.billing.words import (
    AccountKind,
    IncidentKind,
    JournalKind,
    Outcome,
    PaymentState,
    SettlementState,
    Source,
)
from abtpro_saas.clock import bangkok_day
from abtpro_saas.database import lock, tenant_transaction, write_together
from abtpro_saas.ids import TenantId
from abtpro_saas.money import THB
from abtpro_saas.reruns import rerun

Ask = Callable[[SettlementRow], PaymentStatus | None]
"""Asks the gateway how a payment stands that is unknown here; None: no answer."""


@dataclass(frozen=True)
class Reading:
    """One account's file of one Bangkok day, on its way into the books."""

    engine: Engine
    tenant_id: TenantId
    account_id: UUID
    day: date
    now: datetime
    ask: Ask = field(default=lambda _row: None)

    def reject(self, error: str) -> SettlementStanding:
        """Note that the file cannot be believed; the next try may replace it."""
        incident = open_incident(
            self.tenant_id,
            IncidentKind.SETTLEMENT_REJECTED,
            self._subject,
            self.now,
            error=error,
        )
        with self._transaction() as session:
            write_together(session, incident)
        return SettlementStanding(SettlementState.REJECTED, error)

    def book(self, settlement: Settlement) -> SettlementStanding:
        """Book the file, once; what cannot be believed counts for nothing."""
        with self._transaction() as session:
            known = self._known(session)
            twice = self._settled_elsewhere(session, settlement)
        if known is not None:
            return self._again(known, settlement)
        if twice is not None:
            return self.reject(f"payment {twice} was settled on another day")
        # Each row in a transaction of its own: a file of thousands holds no lock long.
        mismatched = sum(
            rerun(partial(self._receive, row)) is Outcome.MISMATCH
            for row in settlement.rows
        )
        return rerun(partial(self._close, settlement, mismatched))

    def _known(self, session: Session) -> SettlementReading | None:
        key = (self.tenant_id, self.account_id, self.day)
        return session.get(SettlementReading, key)

    def _settled_elsewhere(
        self, session: Session, settlement: Settlement
    ) -> str | None:
        """Return a payment of this file that another day's file has settled."""
        listed = [row.gateway_txn_id for row in settlement.rows]
        txns = literal(listed, ARRAY(Text))
        return session.scalar(
            select(GatewayPayment.gateway_txn_id)
            .where(*self._ours(), GatewayPayment.gateway_txn_id == any_(txns))
            .where(GatewayPayment.settled_on != self.day)
            .limit(1)
        )

    def _again(
        self, known: SettlementReading, settlement: Settlement
    ) -> SettlementStanding:
        if known.fingerprint == settlement.fingerprint:
            return SettlementStanding(known.state, "read before, unchanged")
        incident = open_incident(
            self.tenant_id,
            IncidentKind.SETTLEMENT_MISMATCH,
            self._subject,
            self.now,
            reason="the gateway changed a file that was booked",
        )
        with self._transaction() as session:
            write_together(session, incident)
        return SettlementStanding(known.state, "changed since it was booked")

    def _receive(self, row: SettlementRow) -> Outcome:
        key = (self.tenant_id, self.account_id, row.gateway_txn_id)
        with self._transaction() as session:
            unknown = session.get(GatewayPayment, key) is None
        # A file does not say that a payment was given back meanwhile.
        status = self.ask(row) if unknown else None
        payment = Payment(
            self.account_id,
            row.gateway_txn_id,
            row.reference,
            row.gross,
            row.currency,
            row.paid_at,
            Source.SETTLEMENT,
            hold=held_as(status) if status else None,
        )
        with self._transaction() as session:
            outcome = receive(session, self.tenant_id, payment, self.now)
            known = lock(session, GatewayPayment, key)
            known.settled_on, known.missing_since = self.day, None
            kind, subject = IncidentKind.MISSING_IN_SETTLEMENT, payment.key
            close_by_itself(session, self.tenant_id, kind, subject, self.now)
        return outcome

    def _close(self, settlement: Settlement, mismatched: int) -> SettlementStanding:
        with self._transaction() as session:
            lock_unknown(session, self.tenant_id, f"settlement:{self._subject}")
            known = self._known(session)
            if known is None:
                known = self._book(session, settlement, mismatched)
                session.add(known)
                kind = IncidentKind.SETTLEMENT_REJECTED
                close_by_itself(session, self.tenant_id, kind, self._subject, self.now)
        return SettlementStanding(
            known.state,
            f"{known.rows} payments, {known.credited} credited late,"
            f" {known.parked} parked, {known.missing} missing,"
            f" {known.mismatched} mismatched",
        )

    def _book(
        self, session: Session, settlement: Settlement, mismatched: int
    ) -> SettlementReading:
        return SettlementReading(
            tenant_id=self.tenant_id,
            gateway_account_id=self.account_id,
            day=self.day,
            fingerprint=settlement.fingerprint,
            state=SettlementState.RECONCILED,
            rows=len(settlement.rows),
            credited=self._first_seen(session, PaymentState.CREDITED),
            parked=self._first_seen(session, PaymentState.SUSPENSE),
            missing=self._mark_missing(session),
            mismatched=mismatched,
            gross=settlement.gross,
            fees=settlement.fees,
            fee_vat=settlement.fee_vat,
            net=settlement.net,
            journal_id=self._book_fees(session, settlement),
            read_at=self.now,
        )

    def _first_seen(self, session: Session, state: PaymentState) -> int:
        """Count what this file told of first: in the rows, so a rerun counts it too."""
        query = select(func.count()).where(
            *self._ours(),
            GatewayPayment.settled_on == self.day,
            GatewayPayment.source == Source.SETTLEMENT,
            GatewayPayment.state == state,
        )
        return session.scalar(query) or 0

    def _book_fees(self, session: Session, settlement: Settlement) -> UUID | None:
        """Move what the gateway paid out and kept off the clearing account."""
        if not settlement.rows:
            return None
        account = get_account(session, self.tenant_id, self.account_id)
        kept = (
            (AccountKind.BANK, settlement.net),
            (AccountKind.FEES, settlement.fees),
            (AccountKind.FEE_VAT, settlement.fee_vat),
        )
        legs = [Leg(account.clearing_id, settlement.gross)]
        for kind, amount in kept:
            if amount:
                target = ledger.account(
                    session, self.tenant_id, kind, self.account_id, self.now
                )
                legs.append(Leg(target, -amount))
        source = f"settlement:{self._subject}"
        description = f"settlement of {self.day}"
        draft = Draft(JournalKind.SETTLEMENT, source, tuple(legs), description)
        return ledger.post(session, self.tenant_id, draft, self.now)

    def _mark_missing(self, session: Session) -> int:
        """Mark what came in baht on this day, has not gone back, and is in no file."""
        start, end = bangkok_day(self.day)
        missing = session.scalars(
            select(GatewayPayment)
            .where(
                *self._ours(),
                GatewayPayment.paid_at >= start,
                GatewayPayment.paid_at < end,
                GatewayPayment.settled_on.is_(None),
                GatewayPayment.currency == THB,
                GatewayPayment.refunded < GatewayPayment.amount,
            )
            .with_for_update()
        ).all()
        for payment in missing:
            payment.missing_since = self.now
            incident = open_incident(
                self.tenant_id,
                IncidentKind.MISSING_IN_SETTLEMENT,
                payment_subject(payment),
                self.now,
                day=str(self.day),
                amount=payment.amount,
            )
            write_together(session, incident)
        return len(missing)

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        return (
            GatewayPayment.tenant_id == self.tenant_id,
            GatewayPayment.gateway_account_id == self.account_id,
        )

    @property
    def _subject(self) -> str:
        return f"{self.account_id}:{self.day}"

    def _transaction(self) -> AbstractContextManager[Session]:
        return tenant_transaction(self.engine, self.tenant_id)
