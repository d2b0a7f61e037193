"""The one question about features for the whole program, answered from SQL when asked.

No job has to run before access ends or comes back: it follows from the contract's row
and the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from abtpro_saas.contracts.offers.plans import plans
from abtpro_saas.contracts.tables import Contract, Plan, plan_id_at
from abtpro_saas.contracts.terms.features import Features, allows, limit_of
from abtpro_saas.contracts.terms.standing import (
    access_ends_at,
    has_access,
    renews_itself_until,
    status_of,
)
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.errors import PaymentRequiredError
from abtpro_saas.ids import TenantId, UserId

BUY_AT = "/pricing"
RENEW_AT = "/contract"


class FeatureNeededError(PaymentRequiredError):
    """The user's contract does not give this feature, or not now."""

    code = "feature_needed"

    def __init__(self, message: str, members: dict[str, Any]) -> None:
        super().__init__(message)
        self.members = members


@dataclass(frozen=True)
class Entitlement:
    """What a user has at one instant; no status means that there is no contract.

    ``may_renew`` says that the period is over and a renewal might bring it back now.
    """

    status: ContractStatus | None = None
    plan: str | None = None
    features: Features | None = None
    access_until: datetime | None = None
    may_renew: bool = False
    paid_until: datetime | None = None

    def allows(self, feature: str) -> bool:
        """Tell whether the user has ``feature``, be it a flag or any of a limit."""
        return self.features is not None and allows(self.features, feature)

    def limit(self, feature: str) -> int:
        """Return how many of a limit the user has; -1 for any number."""
        return limit_of(self.features or {}, feature)


def _current(tenant_id: TenantId, user_id: UserId, now: datetime) -> Select[Any]:
    same_plan = (Plan.tenant_id == Contract.tenant_id) & (
        Plan.plan_id == plan_id_at(now)
    )
    return (
        select(
            Contract.trial,
            Contract.period_end,
            Contract.grace_ends_at,
            Contract.cancelled_at,
            Contract.blocked_at,
            Contract.auto_renew,
            Plan.code,
            Plan.features,
        )
        .join_from(Contract, Plan, same_plan)
        .where(
            Contract.tenant_id == tenant_id,
            Contract.user_id == user_id,
            Contract.closed_at.is_(None),
        )
    )


def entitlement(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> Entitlement:
    """Return what the user has at ``now``."""
    row: Any = session.execute(_current(tenant_id, user_id, now)).one_or_none()
    if row is None:
        return Entitlement()
    return Entitlement(
        status_of(row, now),
        row.code,
        row.features if has_access(row, now) else None,
        access_ends_at(row),
        row.auto_renew
        and not row.cancelled_at
        and not row.blocked_at
        and row.period_end <= now < renews_itself_until(row),
        row.period_end,
    )


def has_feature(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    feature: str,
    now: datetime,
) -> bool:
    """Tell whether the user has ``feature`` at ``now``."""
    return entitlement(session, tenant_id, user_id, now).allows(feature)


def require_feature(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    feature: str,
    now: datetime,
    *,
    beside: Sequence[str] = (),
) -> Entitlement:
    """Return what the user has, which ``feature`` is a part of.

    Raises:
        FeatureNeededError: it is not; says which plan has it, and what is needed
            ``beside`` it, and where to buy it.
    """
    found = entitlement(session, tenant_id, user_id, now)
    if not found.allows(feature):
        raise needed(session, tenant_id, found, feature, now, beside=beside)
    return found


def needed(
    session: Session,
    tenant_id: TenantId,
    found: Entitlement,
    feature: str,
    now: datetime,
    *,
    beside: Sequence[str] = (),
) -> FeatureNeededError:
    """Return the refusal of somebody who has ``found`` and lacks ``feature``.

    A plan that has what is needed ``beside`` it comes before one that has it alone.
    """
    sold = plans(session, tenant_id, now)
    having = [plan.code for plan in sold if _has(plan, feature, *beside)]
    having = having or [plan.code for plan in sold if _has(plan, feature)]
    lapsed = found.features is None and found.plan in having
    best = found.plan if lapsed else next(iter(having), None)
    message = f"this needs {feature}"
    if lapsed:
        message += ", and your contract is suspended or has ended: renew it"
    elif best:
        message += f", which the plan {best} has"
    members = {
        "feature": feature,
        "plan": best,
        "contract_status": found.status,
        "buy_at": RENEW_AT if lapsed else BUY_AT,
    }
    return FeatureNeededError(message, members)


def _has(plan: Plan, *features: str) -> bool:
    return all(allows(plan.features, feature) for feature in features)
