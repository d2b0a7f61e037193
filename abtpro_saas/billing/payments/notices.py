"""What a gateway's signed notice does: credit, fail, expire, refund; once each.

Money always counts, in whatever order notices come. What only describes a state is
ignored when something newer has been heard.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.billing.gateway_tables import DeadLetter, GatewayEvent
from abtpro_saas.billing.gateways.port import EventType, Notice
from abtpro_saas.billing.incidents import open_incident
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.payments.crediting import Payment, receive
from abtpro_saas.billing.payments.gateway_refunds import gateway_refunded
from abtpro_saas.billing.topups.locking import LockedTopup, flag, lock_topup, tell
from abtpro_saas.billing.words import Flag, IncidentKind, Outcome, Source, TopupStatus
from abtpro_saas.database import Write, write_together
from abtpro_saas.ids import TenantId
from abtpro_saas.outbox import leaving

_EVENT = """
INSERT INTO gateway_events (tenant_id, gateway_account_id, event_id, event_type,
  gateway_txn_id, reference, amount, currency, occurred_at, received_at, outcome)
VALUES (%(e_tenant)s, %(e_account)s, %(e_event)s, %(e_type)s, %(e_txn)s,
  %(e_reference)s, %(e_amount)s, %(e_currency)s, %(e_occurred_at)s, %(e_now)s,
  %(e_outcome)s)
ON CONFLICT (tenant_id, gateway_account_id, event_id) DO NOTHING
"""

_STATE = """
UPDATE topups SET status = %(s_status)s, event_at = %(s_event_at)s
WHERE tenant_id = %(s_tenant)s AND topup_id = %(s_topup)s AND status = 'PENDING'
"""


def accept_notice(
    session: Session,
    tenant_id: TenantId,
    account_id: UUID,
    notice: Notice,
    now: datetime,
) -> Outcome:
    """Do what a verified notice says; a repeat changes nothing.

    Raises:
        RaceLostError: its twin is being accepted at this moment; run again.
    """

    def record(outcome: Outcome) -> tuple[Write, ...]:
        return (_event_row(tenant_id, account_id, notice, outcome, now),)

    match notice.event_type:
        case EventType.SUCCEEDED:
            return receive(
                session, tenant_id, _payment(account_id, notice), now, record
            )
        case EventType.REFUNDED:
            outcome = gateway_refunded(session, tenant_id, account_id, notice, now)
        case EventType.FAILED | EventType.EXPIRED:
            outcome = _state_told(session, tenant_id, account_id, notice, now)
    write_together(session, *record(outcome))
    return outcome


def bury(
    session: Session,
    tenant_id: TenantId,
    account_id: UUID,
    *,
    body: bytes,
    error: str,
    now: datetime,
) -> None:
    """Keep a notice that was signed but cannot be used, once, for a person to look at.

    It may tell of money. What really arrived is told again by inquiry and settlement.
    """
    letter_id = UUID(bytes=sha256(account_id.bytes + body).digest()[:16])
    letter = {
        "tenant_id": tenant_id,
        "dead_letter_id": letter_id,
        "gateway_account_id": account_id,
        "body": body,
        "error": error,
        "received_at": now,
    }
    session.execute(insert(DeadLetter).values(letter).on_conflict_do_nothing())
    kind = IncidentKind.UNREADABLE_NOTICE
    incident = open_incident(tenant_id, kind, str(letter_id), now, error=error)
    write_together(session, incident)


def _payment(account_id: UUID, notice: Notice) -> Payment:
    return Payment(
        account_id,
        notice.gateway_txn_id,
        notice.reference,
        notice.amount,
        notice.currency,
        notice.paid_at or notice.created_at,
        Source.NOTICE,
        notice.created_at,
    )


def _state_told(
    session: Session,
    tenant_id: TenantId,
    account_id: UUID,
    notice: Notice,
    now: datetime,
) -> Outcome:
    topup = lock_topup(session, tenant_id, account_id, notice.reference)
    if _is_known(session, tenant_id, account_id, notice.event_id):
        return Outcome.DUPLICATE
    if topup is None or (topup.event_at and notice.created_at < topup.event_at):
        return Outcome.IGNORED
    failed = notice.event_type is EventType.FAILED
    if topup.standing.status is TopupStatus.SUCCESS:
        if not failed:
            return Outcome.IGNORED
        return _failed_after_paid(session, tenant_id, topup, notice, now)
    if topup.standing.status is not TopupStatus.PENDING:
        return Outcome.IGNORED
    outcome = Outcome.FAILED if failed else Outcome.EXPIRED
    write_together(
        session,
        Write(
            _STATE,
            {
                "s_status": TopupStatus(outcome),
                "s_event_at": notice.created_at,
                "s_tenant": tenant_id,
                "s_topup": topup.topup_id,
            },
        ),
        leaving(session, WatchTopup(str(tenant_id), str(topup.topup_id)), now),
    )
    tell(session, tenant_id, topup)
    return outcome


def _is_known(
    session: Session, tenant_id: TenantId, account_id: UUID, event_id: str
) -> bool:
    return session.get(GatewayEvent, (tenant_id, account_id, event_id)) is not None


def _failed_after_paid(
    session: Session,
    tenant_id: TenantId,
    topup: LockedTopup,
    notice: Notice,
    now: datetime,
) -> Outcome:
    """The money stays where it is; somebody asks the gateway what it means."""
    flag(session, tenant_id, topup.topup_id, Flag.FAILED_AFTER_PAID, now)
    incident = open_incident(
        tenant_id,
        IncidentKind.FAILED_AFTER_PAID,
        str(topup.topup_id),
        now,
        reference=notice.reference,
        event_id=notice.event_id,
    )
    write_together(session, incident)
    tell(session, tenant_id, topup)
    return Outcome.FLAGGED


def _event_row(
    tenant_id: TenantId,
    account_id: UUID,
    notice: Notice,
    outcome: Outcome,
    now: datetime,
) -> Write:
    return Write(
        _EVENT,
        {
            "e_tenant": tenant_id,
            "e_account": account_id,
            "e_event": notice.event_id,
            "e_type": notice.event_type,
            "e_txn": notice.gateway_txn_id,
            "e_reference": notice.reference,
            "e_amount": notice.amount,
            "e_currency": notice.currency,
            "e_occurred_at": notice.created_at,
            "e_now": now,
            "e_outcome": outcome,
        },
    )
