"""What a report shows beside its chart: months, the spread of days, all metrics."""

from flask_babel import gettext as _

from abtpro_saas import formats
from abtpro_saas.backtesting.reporting import figures
from abtpro_saas.backtesting.reporting.figures import Shelf, Year
from abtpro_saas.backtesting.reporting.writing import at_ms, percent
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.figures.plots import Part, columns
from abtpro_saas.blueprints.pages.figures.view import Chart, Label
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.performance.charts import daily_histogram
from abtpro_saas.performance.record import Record

BINS = 31
_EVERY = 5
"""An axis of the histogram has room for every fifth edge."""


def years(record: Record) -> list[Year]:
    """Return the heat map of months, oldest year first."""
    return figures.years(record, language())


def month_names() -> list[str]:
    """Return the twelve months as the head of the heat map names them."""
    days = [at_ms(0).date().replace(month=month) for month in range(1, 13)]
    return [formats.format_month_short(day, language()) for day in days]


def spread(record: Record) -> Chart:
    """Return how daily returns are spread, drawn as columns."""
    found = daily_histogram(record, BINS)
    stacks, labels = [], []
    pairs = zip(found.edges[:-1].tolist(), found.edges[1:].tolist(), strict=True)
    for place, ((low, high), count) in enumerate(
        zip(pairs, found.counts.tolist(), strict=True)
    ):
        # Days without a position are in the middle, and neither won nor lost.
        tone = "quiet" if low < 0 < high else "up" if low >= 0 else "down"
        days = _("%(count)s days", count=f"{count:,}")
        told = f"{percent(low)} … {percent(high)}: {days}"
        stacks.append([Part(count, tone, told)])
        named = not place % _EVERY and place < BINS - _EVERY // 2
        text = percent(low) if named else ""
        labels.append(Label(text, not place % (_EVERY * 2)))
    plot = columns(stacks)
    ticks = tuple(f"{tick.amount:,}" for tick in plot.ticks)
    return Chart(plot, ticks, tuple(labels))


def shelves(run: Backtest) -> list[Shelf]:
    """Return every metric under the heading of its group."""
    return figures.shelves(run, language())
