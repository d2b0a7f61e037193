"""Hold a gateway's daily settlement file against what was credited here.

A payment that is unknown here is received by the same path as a notice; one that is
missing there is marked and looked at; fees and their VAT are booked apart from what was
credited. The same file twice changes nothing; a file that contradicts itself counts
for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Engine, select, text, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.accounts import get_account, live
from abtpro_saas.billing.crediting import Payment, receive
from abtpro_saas.billing.gateway_tables import GatewayPayment, SettlementReading
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.settlement import (
    Settlement,
    SettlementError,
    SettlementRow,
)
from abtpro_saas.billing.incidents import open_incident
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.messages import ReconcileSettlement, SettlementStanding
from abtpro_saas.billing.words import (
    AccountKind,
    IncidentKind,
    JournalKind,
    Outcome,
    SettlementState,
    Source,
)
from abtpro_saas.clock import bangkok_day
from abtpro_saas.database import (
    TenantId,
    plain_transaction,
    tenant_transaction,
    write_together,
)
from abtpro_saas.reruns import rerun
from abtpro_saas.sealing import Keyring

_DUE = text("SELECT tenant_id, subject_id FROM due('settlement', :before, :most)")


@dataclass(frozen=True)
class DueAccount:
    """A gateway account whose settlement of a day has not been read."""

    tenant_id: TenantId
    account_id: UUID


def due_accounts(engine: Engine, before: datetime, most: int) -> list[DueAccount]:
    """Return accounts whose file of ``before``'s Bangkok day is still to be read."""
    with plain_transaction(engine) as session:
        rows = session.execute(_DUE, {"before": before, "most": most}).all()
    return [DueAccount(TenantId(row.tenant_id), row.subject_id) for row in rows]


def list_settlements(
    session: Session,
    tenant_id: TenantId,
    *,
    limit: int = 50,
    before: tuple[date, UUID] | None = None,
) -> Sequence[SettlementReading]:
    """Return what reading the tenant's files did, newest day first."""
    place = tuple_(SettlementReading.day, SettlementReading.gateway_account_id)
    query = select(SettlementReading).where(SettlementReading.tenant_id == tenant_id)
    if before is not None:
        query = query.where(place < before)
    order = SettlementReading.day.desc(), SettlementReading.gateway_account_id.desc()
    return session.scalars(query.order_by(*order).limit(limit)).all()


def reconcile(
    engine: Engine, keyring: Keyring, order: ReconcileSettlement
) -> SettlementStanding:
    """Fetch one account's file of one Bangkok day and book it, once.

    Raises:
        GatewayUnavailableError: the file is not there (yet); ask again later.
        NotFoundError: the tenant has no such account.
    """
    tenant_id, account_id = TenantId(UUID(order.tenant_id)), UUID(order.account_id)
    day = date.fromisoformat(order.day)
    with tenant_transaction(engine, tenant_id) as session:
        row = get_account(session, tenant_id, account_id)
        account = live(keyring, row)
    reading = _Reading(engine, tenant_id, account_id, day, order.at)
    try:
        settlement = gateway(row.driver).settlement(account, day)
    except SettlementError as error:
        return reading.reject(str(error))
    return reading.book(settlement)


def book_settlement(
    engine: Engine,
    tenant_id: TenantId,
    account_id: UUID,
    settlement: Settlement,
    now: datetime,
) -> SettlementStanding:
    """Book a file that is at hand, as ``reconcile`` does with one that it fetched."""
    return _Reading(engine, tenant_id, account_id, settlement.day, now).book(settlement)


@dataclass(frozen=True)
class _Reading:
    """One file of one account and day."""

    engine: Engine
    tenant_id: TenantId
    account_id: UUID
    day: date
    now: datetime

    def reject(self, error: str) -> SettlementStanding:
        """Note that the file cannot be believed; the next try may replace it."""
        incident = open_incident(
            self.tenant_id,
            IncidentKind.SETTLEMENT_REJECTED,
            f"{self.account_id}:{self.day}",
            self.now,
            error=error,
        )
        with tenant_transaction(self.engine, self.tenant_id) as session:
            write_together(session, incident)
        return SettlementStanding(SettlementState.REJECTED, error)

    def book(self, settlement: Settlement) -> SettlementStanding:
        known = self._known()
        if known is not None:
            return self._again(known, settlement)
        # Each row in a transaction of its own: a file of thousands holds no lock long.
        outcomes = [rerun(partial(self._receive, row)) for row in settlement.rows]
        return rerun(partial(self._close, settlement, outcomes))

    def _known(self) -> SettlementReading | None:
        with tenant_transaction(self.engine, self.tenant_id) as session:
            return session.get(
                SettlementReading, (self.tenant_id, self.account_id, self.day)
            )

    def _again(
        self, known: SettlementReading, settlement: Settlement
    ) -> SettlementStanding:
        if known.fingerprint == settlement.fingerprint:
            return SettlementStanding(known.state, "read before, unchanged")
        incident = open_incident(
            self.tenant_id,
            IncidentKind.SETTLEMENT_MISMATCH,
            f"{self.account_id}:{self.day}",
            self.now,
            reason="the gateway changed a file that was booked",
        )
        with tenant_transaction(self.engine, self.tenant_id) as session:
            write_together(session, incident)
        return SettlementStanding(known.state, "changed since it was booked")

    def _receive(self, row: SettlementRow) -> Outcome:
        payment = Payment(
            self.account_id,
            row.gateway_txn_id,
            row.reference,
            row.gross,
            row.currency,
            row.paid_at,
            Source.SETTLEMENT,
        )
        with tenant_transaction(self.engine, self.tenant_id) as session:
            outcome = receive(session, self.tenant_id, payment, self.now)
            key = (self.tenant_id, self.account_id, row.gateway_txn_id)
            known = session.get_one(GatewayPayment, key)
            known.settled_on, known.missing_since = self.day, None
        return outcome

    def _close(
        self, settlement: Settlement, outcomes: list[Outcome]
    ) -> SettlementStanding:
        with tenant_transaction(self.engine, self.tenant_id) as session:
            journal_id = self._book_fees(session, settlement)
            missing = self._mark_missing(session)
            reading = SettlementReading(
                tenant_id=self.tenant_id,
                gateway_account_id=self.account_id,
                day=self.day,
                fingerprint=settlement.fingerprint,
                state=SettlementState.RECONCILED,
                rows=len(settlement.rows),
                credited=outcomes.count(Outcome.CREDITED),
                parked=outcomes.count(Outcome.SUSPENSE),
                missing=missing,
                mismatched=outcomes.count(Outcome.MISMATCH),
                gross=settlement.gross,
                fees=settlement.fees,
                fee_vat=settlement.fee_vat,
                net=settlement.net,
                journal_id=journal_id,
                read_at=self.now,
            )
            session.add(reading)
        return SettlementStanding(
            reading.state,
            f"{reading.rows} payments, {reading.credited} credited late,"
            f" {reading.parked} parked, {missing} missing,"
            f" {reading.mismatched} mismatched",
        )

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
        source = f"settlement:{self.account_id}:{self.day}"
        description = f"settlement of {self.day}"
        draft = Draft(JournalKind.SETTLEMENT, source, tuple(legs), description)
        return ledger.post(session, self.tenant_id, draft, self.now)

    def _mark_missing(self, session: Session) -> int:
        """Mark what was credited for this day and is not in its file."""
        start, end = bangkok_day(self.day)
        missing = session.scalars(
            select(GatewayPayment).where(
                GatewayPayment.tenant_id == self.tenant_id,
                GatewayPayment.gateway_account_id == self.account_id,
                GatewayPayment.paid_at >= start,
                GatewayPayment.paid_at < end,
                GatewayPayment.settled_on.is_(None),
            )
        ).all()
        for payment in missing:
            payment.missing_since = self.now
            incident = open_incident(
                self.tenant_id,
                IncidentKind.MISSING_IN_SETTLEMENT,
                f"payment:{self.account_id}:{payment.gateway_txn_id}",
                self.now,
                day=str(self.day),
                amount=payment.amount,
            )
            write_together(session, incident)
        return len(missing)
