"""Value-added tax: how much of a price it is, counted once for each document."""

from typing import NamedTuple

from abtpro_saas.money import Satang

WHOLE = 10_000
"""Basis points of the whole: 7 % are 700 of them."""


class Vat(NamedTuple):
    """An amount, in satang, and the tax in it: ``net + vat == total``."""

    net: Satang
    vat: Satang
    total: Satang


def split(total: Satang, basis_points: int) -> Vat:
    """Return how much of ``total``, which includes the tax, is tax.

    ``total * bp / (10000 + bp)``, rounded half up to the satang; the rest is net.
    """
    vat = Satang(_half_up(total * basis_points, WHOLE + basis_points))
    return Vat(Satang(total - vat), vat, total)


def gross(price: Satang, basis_points: int, *, included: bool) -> Satang:
    """Return what a buyer pays for ``price``, to which tax is added if not included.

    The tax, ``price * bp / 10000``, is rounded half up to the satang. Of a seller who
    is not registered the rate is zero, whatever the setting says: see
    ``parties.vat_rate``.
    """
    if included:
        return price
    return Satang(price + _half_up(price * basis_points, WHOLE))


def part(whole: Vat, credited: Vat, amount: Satang, basis_points: int) -> Vat:
    """Return the tax in ``amount`` of what is left of ``whole`` after ``credited``.

    The tax of the amount alone, except as far as the rest could not hold what then
    remains: so the last part takes all that is left, and the parts sum to the whole.
    """
    left_vat = whole.vat - credited.vat
    left_after = whole.total - credited.total - amount
    least = left_vat - left_after
    vat = Satang(min(max(split(amount, basis_points).vat, least), left_vat))
    return Vat(Satang(amount - vat), vat, amount)


def _half_up(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)
