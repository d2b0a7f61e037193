"""What every page says of its reader's contract, while something must be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.features import present
from abtpro_saas.blueprints.pages.contracts.outlook import Outlook, find_outlook
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.identity.caller import Caller
from abtpro_saas.identity.roles import Role

LAST_DAYS = timedelta(days=3)
"""How long before its end a trial is spoken of."""

_URGENT = frozenset({ContractStatus.GRACE, ContractStatus.SUSPENDED})


@dataclass(frozen=True)
class Standing:
    """Why a page speaks of the contract; of a trial's last days only ``until``."""

    status: ContractStatus
    until: datetime
    outlook: Outlook | None = None


def standing_of(session: Session, who: Caller, now: datetime) -> Standing | None:
    """Return what pages say of a trader's contract, or None while nothing is to do.

    One query, unless there is something to say. A renewal that is due is tried first.
    """
    if who.role is not Role.TRADER:
        return None
    found = g.get("entitlement") or present(session, who, now)
    g.entitlement = found
    status, ends = found.status, found.paid_until
    if status is None or ends is None:
        return None
    if status in _URGENT:
        seen = find_outlook(session, who.tenant_id, who.user_id, now)
        return None if seen is None else Standing(seen.status, seen.until, seen)
    last_days = ends - LAST_DAYS <= now
    if status is ContractStatus.TRIAL and last_days:
        return Standing(status, ends)
    return None
