"""What a change of plan would do to the wallet, and how its amounts were reckoned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from abtpro_saas.contracts.deals.coming import share_left, share_to_come
from abtpro_saas.contracts.deals.paying import Price
from abtpro_saas.contracts.tables import Coupon, Period, Plan
from abtpro_saas.contracts.terms.proration import Share
from abtpro_saas.contracts.words import When
from abtpro_saas.money import Satang


@dataclass(frozen=True)
class Preview:
    """What a change would do. Amounts in satang; ``due`` is what the wallet loses.

    ``start`` is when the plan changes, ``end`` when what is paid then ends and given
    time of the length ``given`` begins; ``credit`` is what is given back of the stretch
    ``running``; ``coupon`` is what lowers ``charge``. ``then`` is what the first charge
    after that comes to: of a change that comes later, the one that begins it.
    """

    plan: Plan
    billing: str
    when: When
    start: datetime
    end: datetime
    credit: Satang
    charge: Satang
    then: Price
    balance: Satang
    running: Period | None
    keeps_end: bool = False
    given: timedelta = timedelta()
    coupon: Coupon | None = None

    @property
    def full_price(self) -> Satang:
        """What a whole period costs without a coupon."""
        return self.then.full

    @property
    def full_charge(self) -> Satang:
        """What is charged at once before the coupon, which lowers whole periods."""
        return self.charge if self.coupon is None else self.full_price

    @property
    def then_at(self) -> datetime:
        """When the first charge after that is due."""
        return self.start if self.when is When.PERIOD_END else self.end + self.given

    @property
    def agreed(self) -> Satang:
        """The amount to agree to: paid at once, or taken when the change comes."""
        return self.then.taken if self.when is When.PERIOD_END else self.due

    @property
    def due(self) -> Satang:
        """What the wallet loses in all; nothing where the change comes later."""
        return Satang(self.charge - self.credit)

    @property
    def balance_after(self) -> Satang:
        """What the wallet holds then; below zero where it does not suffice."""
        return Satang(self.balance - self.due)


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
