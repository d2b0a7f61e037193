"""A contract for whom a test needs to have one: its row alone, nothing told or paid."""

from datetime import timedelta

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.contracts.offers import plans
from abtpro_saas.contracts.tables import Contract


def give(session, tenant_id, user_id, plan="ENTERPRISE", *, ends_in=30, **values):
    """Let a user rent ``plan`` for so many days, ended ones if negative.

    Grace is three days. Who has a contract keeps it.
    """
    found = find_contract(session, tenant_id, user_id)
    if found is not None:
        return found
    now = utc_now()
    end = now + timedelta(days=ends_in)
    made = Contract(
        tenant_id=tenant_id,
        user_id=user_id,
        plan_id=plans.plan(session, tenant_id, plan, now).plan_id,
        **{
            "price": 0,
            "anchor_at": end - timedelta(days=30),
            "period_start": end - timedelta(days=30),
            "period_end": end,
            "grace_ends_at": end + timedelta(days=3),
            "created_at": end - timedelta(days=30),
            "reminded_at": now,
        }
        | values,
    )
    session.add(made)
    session.flush()
    return made
