"""How a contract's row comes to say what was paid for, and what a change gives back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.contracts.deals.coming import share_left
from abtpro_saas.contracts.deals.paying import Span
from abtpro_saas.contracts.offers.plans import get_plan, grace_of
from abtpro_saas.contracts.tables import Contract, Period, Plan
from abtpro_saas.contracts.terms.durations import after
from abtpro_saas.contracts.words import PeriodKind
from abtpro_saas.money import NOTHING, Satang


def take_period(
    contract: Contract, span: Span, anchor: datetime, number: int, now: datetime
) -> None:
    """Let the row say that ``span``, counted from ``anchor``, was paid for."""
    ahead = now < span.start
    contract.former_plan_id = contract.plan_at(now) if ahead else None
    contract.plan_id, contract.billing = span.plan.plan_id, span.billing
    contract.price, contract.trial = span.price, False
    contract.anchor_at, contract.number = anchor, number
    contract.period_start, contract.period_end = span.start, span.end
    contract.grace_ends_at = after(span.end, grace_of(span.plan))
    contract.next_plan_id = contract.next_billing = None
    contract.coupon_left = max(contract.coupon_left - 1, 0)
    contract.renewed_at, contract.tried_at = now, None
    contract.reminded_at = now


def take_change(
    contract: Contract, span: Span, *, keeps_end: bool, now: datetime
) -> None:
    """Let the row say that another plan was paid for from ``now`` on."""
    grace_end = after(span.end, grace_of(span.plan))
    if keeps_end:  # days that are paid for buy no longer grace
        grace_end = min(contract.grace_ends_at, grace_end)
    elif contract.trial:
        contract.coupon_left = max(contract.coupon_left - 1, 0)
    contract.plan_id, contract.billing = span.plan.plan_id, span.billing
    contract.price, contract.trial = span.price, False
    contract.period_start, contract.former_plan_id = now, None
    contract.next_plan_id = contract.next_billing = None
    contract.renewed_at = now
    if not keeps_end:
        contract.anchor_at, contract.number = now, 1
        contract.period_end, contract.reminded_at = span.end, now
    contract.grace_ends_at = grace_end


def take_gift(
    session: Session, contract: Contract, start: datetime, end: datetime, now: datetime
) -> None:
    """Let the row say that [start, end) was given; periods are counted from ``end``."""
    given = Period(
        tenant_id=contract.tenant_id,
        contract_id=contract.contract_id,
        period_start=start,
        period_end=end,
        counted_from=start,
        plan_id=contract.plan_id,
        billing=contract.billing,
        kind=PeriodKind.EXTENSION,
        price=NOTHING,
        paid=NOTHING,
        created_at=now,
    )
    session.add(given)
    plan = get_plan(session, contract.tenant_id, contract.plan_id)
    contract.anchor_at, contract.number = end, 0
    contract.period_end, contract.grace_ends_at = end, after(end, grace_of(plan))
    contract.reminded_at, contract.tried_at = now, None


def leave_gifts(session: Session, given: Sequence[Period], now: datetime) -> None:
    """End given time ``now``; of what has not begun nothing is left."""
    for each in given:
        if each.period_start < now:
            each.left_at = now
        else:
            session.delete(each)
    session.flush()


def own_money(note: Document | None) -> Satang:
    """Return what a credit note gave back to the wallet, granted credit left out."""
    return NOTHING if note is None else Satang(note.total - note.granted)


def give_back(
    session: Session, running: Period, to: Plan, amount: Satang, now: datetime
) -> Document | None:
    """Leave a stretch for the plan ``to``; credit what is unused of it, in satang."""
    running.left_at = now
    session.flush()
    if running.document_id is None or not amount:
        return None
    share, paid = share_left(running, now), running.paid
    refunded = share.of(paid) > amount
    line = issuing.Line(
        f"ส่วนที่ยังไม่ได้ใช้ก่อนเปลี่ยนเป็น {to.name_th}: {share.words(paid, 'th')}"
        f"{' หักส่วนที่คืนเงินไปแล้ว' * refunded}",
        f"Unused before the change to {to.name_en}: {share.words(paid, 'en')}"
        f"{', less what was refunded' * refunded}",
        amount,
    )
    credit = issuing.Credit(
        running.document_id,
        f"change:{running.document_id}:{now.isoformat()}",
        amount,
        f"เปลี่ยนแพ็กเกจเป็น {to.name_th} / Change to {to.name_en}",
        (line,),
    )
    return issuing.credit(session, running.tenant_id, credit, now)
