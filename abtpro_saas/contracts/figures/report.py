"""Business figures, month by month: what each is, and what follows from another.

docs/figures.md says how each is counted.
"""

from dataclasses import dataclass

from abtpro_saas.contracts.figures.months import Month, Months
from abtpro_saas.money import Satang

_WHOLE_BPS = 10_000


def share_bps(part: int, whole: int) -> int | None:
    """Return ``part`` of ``whole`` in basis points, half up; of nothing it is None."""
    if not whole:
        return None
    return (2 * part * _WHOLE_BPS + whole) // (2 * whole)


@dataclass(frozen=True)
class Mrr:
    """What is paid a month by those with access, and why it changed; in satang."""

    opening: Satang
    new: Satang
    reactivation: Satang
    expansion: Satang
    contraction: Satang
    churn: Satang
    closing: Satang

    @property
    def change(self) -> Satang:
        """The sum of the movements."""
        gains = self.new + self.reactivation + self.expansion
        return Satang(gains - self.contraction - self.churn)


@dataclass(frozen=True)
class Topups:
    """How many top-ups were begun, have been paid, or can still be paid."""

    created: int = 0
    paid: int = 0
    waiting: int = 0

    @property
    def decided(self) -> int:
        """Those that were paid, or that nobody can pay any more."""
        return self.created - self.waiting

    @property
    def rate_bps(self) -> int | None:
        """The part that was paid, of those that are decided."""
        return share_bps(self.paid, self.decided)


@dataclass(frozen=True)
class ShortPeriods:
    """Periods of less than a day that were paid for, which MRR leaves out."""

    periods: int
    paid: Satang


@dataclass(frozen=True)
class Renewals:
    """How many periods came due, were renewed in time, or are still in grace."""

    due: int = 0
    renewed: int = 0
    waiting: int = 0

    @property
    def lapsed(self) -> int:
        """Those that ended for good, or until the renter came back too late."""
        return self.due - self.renewed - self.waiting

    @property
    def decided(self) -> int:
        """Those that were renewed, or lapsed."""
        return self.due - self.waiting

    @property
    def rate_bps(self) -> int | None:
        """The part that was renewed, of those that are decided."""
        return share_bps(self.renewed, self.decided)


@dataclass(frozen=True)
class Revenue:
    """What was sold without its VAT, in satang: by documents, and by the ledger."""

    invoiced: Satang
    credited: Satang
    net: Satang
    vat: Satang

    @property
    def agrees(self) -> bool:
        """Tell whether the ledger holds what the documents say."""
        return self.net == self.invoiced - self.credited


@dataclass(frozen=True)
class Enforcement:
    """How late ends of periods and of grace were written down, in milliseconds.

    Access ends by itself; this is how late somebody was told. ``missed`` counts the
    contracts that the sweep found forgotten.
    """

    measured: int = 0
    median_ms: int | None = None
    p99_ms: int | None = None
    longest_ms: int | None = None
    missed: int = 0


@dataclass(frozen=True)
class MonthFigures:
    """The figures of one month; ``is_over`` once they stay."""

    month: Month
    is_over: bool
    mrr: Mrr
    paying: int
    with_access: int
    topups: Topups
    renewals: Renewals
    revenue: Revenue
    enforcement: Enforcement
    short: ShortPeriods


@dataclass(frozen=True)
class Cohort:
    """Those whose first contract began in ``month``.

    ``kept`` tells how many had access one, two, three … months after it, at the end of
    each month that is over.
    """

    month: Month
    size: int
    kept: tuple[int, ...]

    @property
    def kept_bps(self) -> tuple[int | None, ...]:
        """The parts that were kept."""
        return tuple(share_bps(each, self.size) for each in self.kept)


@dataclass(frozen=True)
class Figures:
    """A tenant's figures of some months; ``enforcement`` is of all of them together."""

    months: Months
    lines: tuple[MonthFigures, ...]
    cohorts: tuple[Cohort, ...]
    enforcement: Enforcement

    @property
    def topups(self) -> Topups:
        """The top-ups of all months."""
        each = [line.topups for line in self.lines]
        return Topups(
            sum(t.created for t in each),
            sum(t.paid for t in each),
            sum(t.waiting for t in each),
        )

    @property
    def short(self) -> ShortPeriods:
        """The short periods of all months."""
        each = [line.short for line in self.lines]
        paid = Satang(sum(s.paid for s in each))
        return ShortPeriods(sum(s.periods for s in each), paid)

    @property
    def renewals(self) -> Renewals:
        """The renewals of all months."""
        each = [line.renewals for line in self.lines]
        return Renewals(
            sum(r.due for r in each),
            sum(r.renewed for r in each),
            sum(r.waiting for r in each),
        )

    @property
    def revenue(self) -> Revenue:
        """The revenue of all months."""
        each = [line.revenue for line in self.lines]
        return Revenue(
            Satang(sum(r.invoiced for r in each)),
            Satang(sum(r.credited for r in each)),
            Satang(sum(r.net for r in each)),
            Satang(sum(r.vat for r in each)),
        )

    @property
    def mrr(self) -> Mrr:
        """The movements of all months, from the first opening to the last closing."""
        each = [line.mrr for line in self.lines]
        return Mrr(
            each[0].opening,
            Satang(sum(m.new for m in each)),
            Satang(sum(m.reactivation for m in each)),
            Satang(sum(m.expansion for m in each)),
            Satang(sum(m.contraction for m in each)),
            Satang(sum(m.churn for m in each)),
            each[-1].closing,
        )
