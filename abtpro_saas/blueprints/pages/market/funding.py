"""A history of funding as its page shows it: a chart, and its rates by time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np
from flask import request
from flask_babel import gettext as _

from abtpro_saas.backtesting.reporting.writing import at_ms, number
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.backtests.charts import asked_whole
from abtpro_saas.blueprints.pages.backtests.findings.curves import (
    Curves,
    Span,
    curves,
)
from abtpro_saas.blueprints.pages.backtests.findings.curves import Series as Curve
from abtpro_saas.blueprints.pages.backtests.words import utc_day
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.tables import Series

ON_A_PAGE = 30
"""Rates of ten days, where there are three a day."""
MOST_PLACES = 240
"""Of longer histories a place of the chart stands for several rates."""
DIGITS = 4
YEAR_HOURS = 8_760


@dataclass(frozen=True)
class Rate:
    """A rate in percent, as it is written; ``mark`` is None where nobody knows it."""

    at: datetime
    percent: str
    mark: float | None


@dataclass(frozen=True)
class Facts:
    """What a history comes to; ``yearly`` is what a long position pays in a year."""

    interval: str
    least: str
    greatest: str
    mean: str
    yearly: str
    unknown_marks: int


@dataclass(frozen=True)
class History:
    """A history of funding, ready to be drawn; ``older`` is where the table goes on."""

    chart: Curves
    rates: Sequence[Rate]
    older: int | None
    is_first: bool


def history_of(series: Series) -> History:
    """Return the chart of all rates, and the newest ones before ``?before=`` in ms."""
    rates = FundingStore(house().settings.backtest_data_path).read(series.location)
    before = asked_whole("before")
    end = len(rates) if before is None else int(np.searchsorted(rates.time, before))
    start = max(end - ON_A_PAGE, 0)
    shown = rates[start:end]
    older = int(shown.time[0]) if start and len(shown) else None
    return History(_chart(rates), _rows(shown), older, "before" not in request.args)


def facts_of(passport: Mapping[str, Any]) -> Facts | None:
    """Return what a passport says of the rates, in percent; None where it does not."""
    hours, mean = passport.get("interval_hours"), passport.get("mean_rate")
    if mean is None:
        return None
    return Facts(
        _("every %(hours)s hours", hours=f"{hours:g}") if hours else "--",
        percent(passport["least_rate"]),
        percent(passport["greatest_rate"]),
        percent(mean),
        percent(mean * YEAR_HOURS / hours, digits=2) if hours else "--",
        passport["unknown_marks"],
    )


def percent(rate: float, *, digits: int = DIGITS) -> str:
    """Write a rate in percent."""
    return f"{number(100 * rate, digits=digits)}%"


def missing_of(series: Series) -> tuple[int, float]:
    """Return how many rates are missing between the first and the last, and the part.

    The part is of those there are, in percent.
    """
    missing = int(series.passport.get("missing", 0))
    return missing, 100 * series.rows / (series.rows + missing)


def _rows(rates: FundingRates) -> list[Rate]:
    columns = rates.time.tolist(), rates.rate.tolist(), rates.mark.tolist()
    rows = [
        Rate(at_ms(time), percent(rate), mark if isfinite(mark) else None)
        for time, rate, mark in zip(*columns, strict=True)
    ]
    return rows[::-1]


def _chart(rates: FundingRates) -> Curves:
    """Return the mean of each stretch of time, between its least and greatest rate."""
    count = min(len(rates), MOST_PLACES)
    parts = np.array_split(np.arange(len(rates)), count)
    stretches = [100 * rates.rate[part] for part in parts]
    labels = [utc_day(int(rates.time[part[0]])) for part in parts]
    title = str(_("Mean rate"))
    means = Curve("accent", title, [float(each.mean()) for each in stretches])
    lows = [float(each.min()) for each in stretches]
    highs = [float(each.max()) for each in stretches]
    band = Span("accent", str(_("Least to greatest rate")), lows, highs)
    bands = [band] if len(rates) > MOST_PLACES else []
    zero = Curve("quiet", "0", [0.0] * count)
    return curves([zero, means], _tick, labels, bands)


def _tick(value: float) -> str:
    return f"{value:.10g}%".replace("-", "\N{MINUS SIGN}")
