"""What the API says of a charge to come."""

from datetime import datetime
from typing import Any

from abtpro_saas.contracts.deals.paying import Price
from abtpro_saas.contracts.tables import Plan


def charge_answer(
    price: Price, at: datetime, plan: Plan, billing: str
) -> dict[str, Any]:
    """Return what will be taken, when, for which plan, and what lowers it."""
    return {
        "amount": price.taken,
        "price": price.full,
        "discount": price.discount,
        "coupon": price.code,
        "at": at,
        "plan": plan.code,
        "billing_period": billing,
    }
