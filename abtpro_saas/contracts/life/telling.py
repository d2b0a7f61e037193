"""What a user is told of a contract: in the product, and by mail."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from abtpro_saas.billing import grants
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.contracts.deals.paying import Price
from abtpro_saas.contracts.offers.plans import get_plan, period_of
from abtpro_saas.contracts.tables import Contract, Period, Plan
from abtpro_saas.contracts.terms.standing import access_ends_at
from abtpro_saas.money import NOTHING, Satang, baht
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify

_HOURS = timedelta(hours=2)


def tell_started(
    session: Session, contract: Contract, plan: Plan, period: Period, now: datetime
) -> None:
    """Tell that the first period is paid, or that the trial has begun."""
    kind = NoticeKind.TRIAL_STARTED if contract.trial else NoticeKind.CONTRACT_STARTED
    _tell(session, contract, plan, kind, now, **_charged(session, period))


def tell_renewed(
    session: Session, contract: Contract, plan: Plan, period: Period, now: datetime
) -> None:
    """Tell that another period is paid."""
    kind = NoticeKind.CONTRACT_RENEWED
    _tell(session, contract, plan, kind, now, **_charged(session, period))


def tell_changed(
    session: Session,
    contract: Contract,
    plan: Plan,
    period: Period,
    now: datetime,
    *,
    note: Document | None,
) -> None:
    """Tell that another plan runs from now on: charged, given back, and paid in all."""
    said = _charged(session, period) | {"amount_returned": baht(NOTHING)}
    if note is not None:
        due = Satang(period.paid - note.total)
        granted = Satang(_granted(session, period) - note.granted)
        said |= {"amount_returned": baht(note.total), "note": note.number}
        said |= {"amount_due": baht(due), "amount_granted": baht(granted)}
    _tell(session, contract, plan, NoticeKind.CONTRACT_CHANGED, now, **said)


def tell_change_planned(
    session: Session, contract: Contract, plan: Plan, price: Price, now: datetime
) -> None:
    """Tell that another plan begins with the next period, and what that one costs."""
    kind = NoticeKind.CONTRACT_CHANGE_PLANNED
    said = {"amount": baht(price.taken), "amount_off": baht(price.discount)}
    _tell(session, contract, plan, kind, now, **said)


def tell_change_dropped(session: Session, contract: Contract, now: datetime) -> None:
    """Tell that the plan stays, which was to change with the next period."""
    _tell(session, contract, None, NoticeKind.CHANGE_DROPPED, now)


def tell_resumed(session: Session, contract: Contract, now: datetime) -> None:
    """Tell that the contract goes on, which had been cancelled."""
    _tell(session, contract, None, NoticeKind.CONTRACT_RESUMED, now)


def tell_cancelled(session: Session, contract: Contract, now: datetime) -> None:
    """Tell that the contract ends, and when."""
    _tell(session, contract, None, NoticeKind.CONTRACT_CANCELLED, now)


def tell_ending(
    session: Session,
    contract: Contract,
    plan: Plan,
    now: datetime,
    *,
    price: Satang,
    missing: Satang,
) -> None:
    """Remind of a period's end: who pays, how much, and whether it is there."""
    if contract.cancelled_at is not None:
        kind = NoticeKind.CONTRACT_ENDS
    elif not contract.auto_renew:
        kind = NoticeKind.RENEWAL_DUE
    else:
        kind = NoticeKind.RENEWAL_SHORT if missing else NoticeKind.RENEWAL_COMES
    held = grants.granted_balance(session, contract.tenant_id, contract.user_id, now)
    amounts = {"amount": price, "amount_missing": missing}
    amounts["amount_granted"] = min(held, price)
    said = {name: baht(amount) for name, amount in amounts.items()}
    _tell(session, contract, plan, kind, now, **said)


def tell_grace(
    session: Session,
    contract: Contract,
    plan: Plan,
    now: datetime,
    *,
    price: Satang,
    missing: Satang,
    first: bool,
    last: bool,
) -> None:
    """Tell that the period has ended unpaid, and how long access is kept.

    The ``first`` notice says what has happened, the ``last`` that no other follows.
    """
    kind = NoticeKind.CONTRACT_GRACE if first else NoticeKind.GRACE_GOES_ON
    said = {
        "amount": baht(price),
        "amount_missing": baht(missing),
        "left": str(_seconds(contract.grace_ends_at - now)),
    }
    _tell(session, contract, plan, NoticeKind.GRACE_ENDS if last else kind, now, **said)


def tell_suspended(session: Session, contract: Contract, now: datetime) -> None:
    """Tell that access has ended, that nothing is lost, and how to come back."""
    _tell(session, contract, None, NoticeKind.CONTRACT_SUSPENDED, now)


def tell_ended(session: Session, contract: Contract, now: datetime) -> None:
    """Tell that a cancelled contract is over."""
    _tell(session, contract, None, NoticeKind.CONTRACT_ENDED, now)


def tell_extended(
    session: Session, contract: Contract, reason: str, now: datetime
) -> None:
    """Tell of time that an admin has given."""
    _tell(session, contract, None, NoticeKind.CONTRACT_EXTENDED, now, reason=reason)


def tell_blocked(
    session: Session, contract: Contract, reason: str, now: datetime
) -> None:
    """Tell that an admin has suspended the contract, or has lifted that."""
    blocked = contract.blocked_at is not None
    kind = NoticeKind.CONTRACT_BLOCKED if blocked else NoticeKind.CONTRACT_UNBLOCKED
    said = {"reason": reason, "at_access_end": access_ends_at(contract).isoformat()}
    _tell(session, contract, None, kind, now, **said)


def tell_refunded(
    session: Session, contract: Contract, note: Document, now: datetime
) -> None:
    """Tell that an admin has given back a part of what was paid."""
    kind, amount = NoticeKind.RENTAL_REFUNDED, baht(note.total)
    said = {"amount": amount, "reason": note.reason or "", "document": note.number}
    said["amount_granted"] = baht(note.granted)
    _tell(session, contract, None, kind, now, **said)


def tell_price(
    session: Session,
    contract: Contract,
    plan: Plan,
    now: datetime,
    *,
    price: Satang,
) -> None:
    """Tell what the next period will cost, where that has changed."""
    _tell(session, contract, plan, NoticeKind.PRICE_CHANGES, now, amount=baht(price))


def _seconds(left: timedelta) -> int:
    """Return a length in seconds; from hours on, to the minute.

    A look that comes seconds late would make 23 hours of a day.
    """
    seconds = round(left.total_seconds())
    return seconds if left < _HOURS else round(seconds / 60) * 60


def _charged(session: Session, period: Period) -> dict[str, str]:
    """Return what a period's payment is told with."""
    paper = _paper(session, period)
    return {
        "amount": baht(period.paid),
        "amount_granted": baht(_granted(session, period)),
        "document": paper.number if paper else "",
    }


def _granted(session: Session, period: Period) -> Satang:
    """Return what of a period's payment granted credit paid."""
    paper = _paper(session, period)
    return paper.granted if paper else NOTHING


def _paper(session: Session, period: Period) -> Document | None:
    """Return a period's document, which the session holds; None of nothing paid."""
    if period.document_id is None:
        return None
    return session.get_one(Document, (period.tenant_id, period.document_id))


def _tell(
    session: Session,
    contract: Contract,
    plan: Plan | None,
    kind: NoticeKind,
    now: datetime,
    **params: str,
) -> None:
    named = plan or get_plan(session, contract.tenant_id, contract.plan_id)
    params |= {
        "plan_th": named.name_th,
        "plan_en": named.name_en,
        "at": now.isoformat(),
        "at_end": contract.period_end.isoformat(),
        "at_grace_end": contract.grace_ends_at.isoformat(),
    }
    if period_of(named, contract.billing).is_short:
        params["exact"] = "yes"
    notify(session, contract.tenant_id, contract.user_id, kind, params, now)
