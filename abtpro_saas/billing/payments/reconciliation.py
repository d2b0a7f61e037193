"""Hold a gateway's daily settlement file against what was credited here.

A payment that is unknown here is received by the same path as a notice; one that is
missing there is marked and looked at (``settling.py``). A file that contradicts itself
counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Engine, select, text, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.billing.acceptance import note_acceptance, noting_refusal
from abtpro_saas.billing.accounts import get_account, live
from abtpro_saas.billing.gateway_tables import SettlementReading
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.port import (
    GatewayAccount,
    GatewayBusyError,
    GatewayRequest,
    GatewayUnavailableError,
    PaymentGateway,
    PaymentStatus,
)
from abtpro_saas.billing.gateways.settlement import SettlementError, SettlementRow
from abtpro_saas.billing.messages import ReconcileSettlement, SettlementStanding
from abtpro_saas.billing.payments.settling import Reading
from abtpro_saas.clock import bangkok_date
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.ids import TenantId
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
        GatewayUnavailableError: the file is not there (yet), or our account is not
            accepted; ask again later.
        NotFoundError: the tenant has no such account.
    """
    tenant_id, account_id = TenantId(UUID(order.tenant_id)), UUID(order.account_id)
    day = date.fromisoformat(order.day)
    with tenant_transaction(engine, tenant_id) as session:
        row = get_account(session, tenant_id, account_id)
        account = live(keyring, row)
    driver = gateway(row.driver)
    reading = Reading(
        engine,
        tenant_id,
        account_id,
        day,
        order.at,
        lambda settled: _status(driver, account, settled),
    )
    try:
        with noting_refusal(engine, tenant_id, order.at):
            settlement = driver.settlement(account, day)
    except SettlementError as error:
        # It may be a page for signing in: it does not say that we are accepted.
        return reading.reject(str(error))
    standing = reading.book(settlement)
    with tenant_transaction(engine, tenant_id) as session:
        request = GatewayRequest.SETTLEMENT
        note_acceptance(session, tenant_id, account, request, order.at)
    return standing


def _status(
    driver: PaymentGateway, account: GatewayAccount, settled: SettlementRow
) -> PaymentStatus | None:
    """Return how the gateway says a settled payment stands; without answer, None.

    Raises:
        GatewayBusyError: it was not asked; the file is read again later.
    """
    if not settled.reference:
        return None
    days = [bangkok_date(settled.paid_at)]
    try:
        found = driver.inquire(account, settled.reference, days)
    except GatewayBusyError:
        raise
    except GatewayUnavailableError:
        return None
    txn = settled.gateway_txn_id
    return next((each.status for each in found if each.gateway_txn_id == txn), None)
