"""Where a result comes from: from how few trades and months, and over which data."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.searching.luck import moments_of
from abtpro_saas.markets.inspection.outliers import outliers
from abtpro_saas.markets.inspection.passport import find_gaps
from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.record import Reason, Record
from abtpro_saas.performance.tables import Period, by_period
from abtpro_saas.plugins.api.candles import Candles

LOOKED_AT = 4_000_000
"""Candles of all symbols together."""
FEW = 0.05
"""The share of trades that are called the best."""


def concentration(record: Record) -> dict[str, Any]:
    """Return which part of the net profit the best trades and the best month made.

    Shares are fractions, above 1 where the rest lost; None where nothing was earned.
    """
    trades = record.trades
    profits = np.sort(trades.profit)[::-1]
    net = float(record.equity[-1]) - record.initial
    months = [each.profit for each in by_period(record, Period.MONTH)]
    few = ceil(FEW * len(profits))
    still = trades.profit[trades.reason == Reason.OPEN]
    return {
        "net_profit": net,
        "best_trade": _share(float(profits[:1].sum()), net),
        "best_trades": _share(float(profits[:few].sum()), net),
        "few": few,
        "best_month": _share(max(months), net) if len(months) > 1 else None,
        "months": len(months),
        "open_trades": len(still),
        "open_share": _share(float(still.sum()), net),
    }


def _share(part: float, net: float) -> float | None:
    return part / net if net > 0 else None


def daily(record: Record) -> dict[str, Any]:
    """Return the moments of daily returns: per day, not of a year."""
    days = Days(record)
    found = moments_of(days.returns)
    return {
        "count": len(days.returns),
        "per_year": days.per_year,
        "sharpe": None if found is None else found.sharpe,
        "skewness": None if found is None else found.skewness,
        "kurtosis": None if found is None else found.kurtosis,
    }


def quality(market: Sequence[Candles]) -> dict[str, Any]:
    """Return what is odd about the candles: what is missing, what stands out.

    For what stands out no more than ``LOOKED_AT`` of the latest are looked at.
    """
    most = LOOKED_AT // len(market)
    gaps = [gap for each in market for gap in find_gaps(each.time, each.step)]
    bars, missing = sum(map(len, market)), sum(gap.bars for gap in gaps)
    return {
        "bars": bars,
        "gaps": len(gaps),
        "missing": missing,
        "longest_gap": max((gap.bars for gap in gaps), default=0),
        "outliers": sum(len(outliers(each[-most:])) for each in market),
        "symbols": len(market),
    }


def inside(record: Record) -> dict[str, Any] | None:
    """Return what is known of what went on within candles, if the engine says."""
    found = record.inside
    if found is None:
        return None
    return {
        "unclear": found.unclear,
        "trail": found.trail,
        "coarse": found.coarse,
        "final": float(record.equity[-1]),
    }
