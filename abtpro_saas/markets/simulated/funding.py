"""Funding of the simulated market's perpetuals, made of its own candles.

A contract stands above its index while the price stands above what it was of late: its
premium is a small part of the price's distance from a slow average. From there on it is
Binance's rule: the mean of eight hours of premiums, later ones weighing more, and the
interest, held within a twentieth of a percent of each other. Nobody ever paid this.
Whole numbers and IEEE arithmetic alone, as in the model: the same bits on any machine.
"""

import numpy as np

from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.simulated.model import MARKETS, START_MS, NotModelledError
from abtpro_saas.markets.timeframes import HOUR
from abtpro_saas.plugins.api.candles import Candles, Floats

EVERY = 8
"""Hours between two rates: at 0:00, 8:00 and 16:00 (UTC)."""

PERPETUALS = {symbol: f"{symbol}:USDT" for symbol in MARKETS}
"""The perpetual of each market of the model that is quoted in USDT."""

_SLOW = 72
"""Hours of the slow average."""
_PART = 0.015
_NEAR, _CAP, _PLACES = 0.0005, 0.003, 8
_INTEREST = 0.0001
_WITHOUT_INTEREST = "BNB/USDT"
"""Binance asks no interest on it."""


def simulated_funding(symbol: str, hours: Candles) -> FundingRates:
    """Return the rates that were due while ``hours`` ran, from the first instant on.

    ``hours`` are the model's candles of ``symbol`` from their beginning, whole days of
    them. Each rate knows only what was over when it was due; its mark is the price
    then.

    Raises:
        NotModelledError: the model has no such perpetual.
    """
    if symbol not in PERPETUALS:
        raise NotModelledError(f"the market model has no perpetual of {symbol}")
    premium = _mean_premium(_premium(hours, MARKETS[symbol].places))
    interest = 0.0 if symbol == _WITHOUT_INTEREST else _INTEREST
    rate = premium + np.clip(interest - premium, -_NEAR, _NEAR)
    count = len(rate)
    return FundingRates(
        START_MS + EVERY * HOUR * np.arange(count, dtype=np.int64),
        np.rint(np.clip(rate, -_CAP, _CAP) * 10**_PLACES) / 10**_PLACES,
        hours.open[::EVERY].copy(),
    )


def _premium(hours: Candles, places: int) -> Floats:
    """Return how far the contract stands above its index as each hour ends."""
    ticks = np.rint(hours.close * 10**places).astype(np.int64)
    total = np.concatenate([[0], np.cumsum(ticks)])
    ends = np.arange(1, len(ticks) + 1)
    starts = np.maximum(ends - _SLOW, 0)
    slow = (total[ends] - total[starts]) / (ends - starts)
    return np.asarray(_PART * (ticks - slow) / slow, dtype=np.float64)


def _mean_premium(premium: Floats) -> Floats:
    """Return the weighted mean of the hours before each rate; of the first, none."""
    columns = premium.reshape(-1, EVERY).T
    mean = sum(weight * column for weight, column in enumerate(columns, 1))
    whole = EVERY * (EVERY + 1) / 2
    return np.concatenate([[0.0], np.asarray(mean)[:-1] / whole])
