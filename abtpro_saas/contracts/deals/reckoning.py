"""How the amounts of a change were reckoned: which parts of which prices they are."""

from abtpro_saas.contracts.deals.changing import Preview
from abtpro_saas.contracts.deals.coming import share_left, share_to_come
from abtpro_saas.contracts.terms.proration import Share


def credit_share(found: Preview) -> Share | None:
    """Return which part of what was paid is given back, where anything is.

    What was refunded before lowers the credit further.
    """
    if found.running is None or not found.credit:
        return None
    return share_left(found.running, found.start)


def charge_share(found: Preview) -> Share | None:
    """Return which part of the full price is charged; None where it is no part."""
    if found.running is None or not found.keeps_end:
        return None
    return share_to_come(found.running, found.start)
