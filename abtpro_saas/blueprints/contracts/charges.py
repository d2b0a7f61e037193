"""What the API says of a charge to come."""

from datetime import datetime
from typing import Any

from abtpro_saas.contracts.deals.paying import Price
from abtpro_saas.contracts.tables import Plan

WAITS = "waits_for_money"
"""Why no instant is named: the charge is due, and is taken once the money is there."""


def charge_answer(
    price: Price, at: datetime | None, plan: Plan, billing: str
) -> dict[str, Any]:
    """Return what will be taken, when, for which plan, and what lowers it.

    ``at`` is None where the charge is due already, and waits for money.
    """
    return {
        "amount": price.taken,
        "price": price.full,
        "discount": price.discount,
        "coupon": price.code,
        "at": at,
        "reason": None if at else WAITS,
        "plan": plan.code,
        "billing_period": billing,
    }
