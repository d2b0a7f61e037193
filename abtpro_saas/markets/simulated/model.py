"""A seeded market: minutes of candles that look like a market's and are nobody's.

Returns have a trend that turns, volatility that clusters (GARCH(1,1) by the hour,
Bollerslev 1986, times a regime by the day), jumps, and the day's cycle; volumes follow
movement and the hour. A seed gives the same bits on any machine: raw random numbers,
whose stream never changes, and nothing but + - * / and roots, which IEEE 754 rounds in
one way. What follows from it is always labelled as simulated.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from numpy.random import PCG64

from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets.timeframes import DAY, MINUTE
from abtpro_saas.plugins.api.candles import Candles, Floats

VERSION = 1
"""Another number, and it is another market."""

START_MS = int(datetime(2022, 1, 1, tzinfo=UTC).timestamp()) * 1000
END_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1000
DAYS = (END_MS - START_MS) // DAY

_MINUTES = DAY // MINUTE
_HOURS = 24
_SHORT = 1 << 16
_NORMAL = math.sqrt(4 * (_SHORT * _SHORT - 1) / 12)
"""The deviation of the sum of four whole numbers of 16 bits."""

_PULL = 0.025
"""Which part of its distance from the path a price makes up for in a day."""
_ARCH, _GARCH, _WILDEST = 0.10, 0.88, 16.0
_REGIMES = (0.55, 1.0, 1.9)
_STAY = 0.965
_JUMPS = 2
"""Of 65,536 minutes so many jump."""
_HOURLY = (
    0.85, 0.80, 0.78, 0.76, 0.74, 0.75, 0.80, 0.92, 1.02, 1.04, 1.00, 0.98,
    1.05, 1.28, 1.42, 1.38, 1.26, 1.15, 1.10, 1.05, 1.04, 0.98, 0.92, 0.90,
)  # fmt: skip
"""How lively each hour of the day (UTC) is; London and New York make the peak."""
_WEEKLY = (1.0, 1.05, 1.05, 1.05, 1.0, 0.72, 0.70)
_THURSDAY = 3
"""The day of the week on which 1970 began, from Monday as 0."""


class NotModelledError(NotFoundError):
    """The model has no such market."""

    code = "not_modelled"


@dataclass(frozen=True)
class Market:
    """What makes one market differ from another; ``path`` is (day, price) to follow.

    ``with_market`` is how much of its movement is that of all; ``liveliness`` its
    deviation in a day of average volatility; ``volume`` its units in such a minute.
    """

    symbol: str
    seed: int
    path: tuple[tuple[int, float], ...]
    places: int
    liveliness: float
    with_market: float
    volume: float
    volume_places: int


MARKETS: Mapping[str, Market] = {
    market.symbol: market
    for market in (
        Market(
            "BTC/USDT", 101,
            ((0, 46_000), (170, 22_000), (330, 17_500), (460, 27_000), (640, 30_000),
             (800, 66_000), (950, 58_000), (1090, 96_000), (1200, 84_000),
             (1370, 112_000), (1461, 92_000)),
            places=1, liveliness=0.024, with_market=0.96,
            volume=14.0, volume_places=3,
        ),
        Market(
            "ETH/USDT", 102,
            ((0, 3_600), (170, 1_250), (330, 1_300), (460, 1_850), (640, 1_750),
             (800, 3_500), (950, 2_600), (1090, 3_500), (1200, 1_900),
             (1370, 4_200), (1461, 3_100)),
            places=2, liveliness=0.032, with_market=0.85,
            volume=180.0, volume_places=2,
        ),
        Market(
            "SOL/USDT", 103,
            ((0, 150), (170, 38), (330, 16), (460, 23), (640, 26), (800, 165),
             (950, 145), (1090, 215), (1200, 125), (1370, 210), (1461, 130)),
            places=2, liveliness=0.045, with_market=0.75,
            volume=2_400.0, volume_places=1,
        ),
        Market(
            "BNB/USDT", 104,
            ((0, 480), (170, 240), (330, 265), (460, 320), (640, 220), (800, 540),
             (950, 560), (1090, 680), (1200, 600), (1370, 1_050), (1461, 860)),
            places=2, liveliness=0.027, with_market=0.80,
            volume=220.0, volume_places=2,
        ),
    )
}  # fmt: skip

BAHT, BAHT_OF = "BTC/THB", "BTC/USDT"
_BAHT_SEED, _BAHT_RATE, _BAHT_STEP, _BAHT_PULL = 201, 34.6, 0.12, 0.01
_BAHT_VOLUME, _BAHT_VOLUME_PLACES = 0.02, 4
"""Of what is traded for dollars so much is traded for baht."""

SYMBOLS = ("BTC/USDT", "ETH/USDT", "BTC/THB", "SOL/USDT", "BNB/USDT")


def minutes(symbol: str, days: int = DAYS) -> Candles:
    """Return the finished minutes of ``days`` from 2022-01-01; 24 hours a day.

    Raises:
        NotModelledError: the model has no such market.
    """
    if symbol == BAHT:
        return _in_baht(minutes(BAHT_OF, days))
    if symbol not in MARKETS:
        raise NotModelledError(f"the market model has no {symbol}")
    market = MARKETS[symbol]
    columns = np.empty((5, days * _MINUTES))
    for day, part in enumerate(_days(market, days)):
        columns[:, day * _MINUTES : (day + 1) * _MINUTES] = part
    return Candles(symbol, MINUTE, _times(days), *columns)


def _times(days: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return START_MS + MINUTE * np.arange(days * _MINUTES, dtype=np.int64)


def _days(market: Market, days: int) -> Iterator[Floats]:
    """Yield each day's open, high, low, close and volume, shape (5, 1440)."""
    common, own = PCG64(1), PCG64(market.seed)
    volatility = _volatility(market, days)
    alone = math.sqrt(1 - market.with_market**2)
    path = _path(market, days)
    last = _rounded(path[:1], market.places)[0]
    for day in range(days):
        moves = market.with_market * _normals(common) + alone * _normals(own)
        chances = _shorts(own.random_raw(_MINUTES))
        scale = np.repeat(volatility[day], _MINUTES // _HOURS)
        change = scale * moves + _jumps(chances[3], chances[2])
        drift = _PULL * (path[day] / last - 1) / _MINUTES
        close = _rounded(last * np.cumprod(1 + change + drift), market.places)
        opened = np.concatenate([[last], close[:-1]])
        yield np.stack(_drawn(market, opened, close, scale, chances))
        last = close[-1]


def _path(market: Market, days: int) -> Floats:
    """Return the price to follow on each day, straight from turn to turn."""
    found = []
    for (day, price), (end, target) in pairwise(market.path):
        step = (target - price) / (end - day)
        found += [price + step * n for n in range(end - day)]
    return np.array(found[:days])


def _drawn(
    market: Market, opened: Floats, close: Floats, scale: Floats, chances: Floats
) -> tuple[Floats, ...]:
    """Give a day's opens and closes their wicks and volumes."""
    reach = 0.9 * scale * opened
    high = np.maximum(opened, close) + reach * chances[0] * chances[0]
    low = np.minimum(opened, close) - reach * chances[1] * chances[1]
    moved = (high - low) / (scale * opened)
    lively = scale / (market.liveliness / math.sqrt(_MINUTES))
    # A few minutes trade many times the usual: the tail of 1 / u.
    crowd = 0.06 / (chances[2] + 0.03)
    volume = market.volume * lively * (0.2 + 0.5 * moved) * (0.4 + crowd)
    return (
        opened,
        _rounded(high, market.places),
        _rounded(low, market.places),
        close,
        _some(volume, market.volume_places),
    )


def _volatility(market: Market, days: int) -> Floats:
    """Return the deviation of a minute in each hour, shape (days, 24)."""
    hourly = np.array(_HOURLY)
    first = (START_MS // DAY + _THURSDAY) % 7
    weekly = np.array([_WEEKLY[(first + day) % 7] for day in range(days)])
    a_minute = market.liveliness / math.sqrt(_MINUTES)
    swing = np.sqrt(_garch(market.seed, days * _HOURS)).reshape(days, _HOURS)
    whole = a_minute * swing * hourly * (weekly * _regimes(days))[:, None]
    return np.asarray(whole, dtype=np.float64)


def _garch(seed: int, count: int) -> Floats:
    """Return the variance of each hour, 1 in the long run."""
    news = _normals(PCG64(seed + 1000), count)
    found, variance = np.empty(count), 1.0
    for place, shock in enumerate((news * news).tolist()):
        found[place] = variance
        variance = 1 - _ARCH - _GARCH + variance * (_ARCH * shock + _GARCH)
        variance = min(variance, _WILDEST)
    return found


def _regimes(days: int) -> Floats:
    """Return how wild each day is; all markets share it, and it stays for weeks."""
    found, now = [], 1
    for stay, turn in zip(*_shorts(PCG64(2).random_raw(days))[:2], strict=True):
        if stay >= _STAY:
            now = 1 if now != 1 else 2 * int(turn >= 0.6)  # noqa: PLR2004 - calm more often than wild
        found.append(_REGIMES[now])
    return np.array(found)


def _jumps(whether: Floats, how: Floats) -> Floats:
    """Return sudden changes: rarely any, from 0.8 to 4 percent either way."""
    size = 0.008 + 0.032 * how * how
    way = np.where(how * _SHORT % 2 < 1, 1.0, -1.0)
    return np.where(whether < _JUMPS / _SHORT, size * way, 0.0)


def _in_baht(dollars: Candles) -> Candles:
    """Return the same market in baht, at a rate that wanders by itself."""
    days = len(dollars) // _MINUTES
    rate = _baht_rate(days)
    close = _rounded(dollars.close * rate, 0)
    opened = np.concatenate([_rounded(dollars.open[:1] * rate[:1], 0), close[:-1]])
    high = np.maximum(np.maximum(opened, close), _rounded(dollars.high * rate, 0))
    low = np.minimum(np.minimum(opened, close), _rounded(dollars.low * rate, 0))
    volume = _some(dollars.volume * _BAHT_VOLUME, _BAHT_VOLUME_PLACES)
    return Candles(BAHT, MINUTE, dollars.time, opened, high, low, close, volume)


def _baht_rate(days: int) -> Floats:
    """Return the baht for a dollar at each minute, straight from day to day."""
    found = [_BAHT_RATE]
    for shock in _normals(PCG64(_BAHT_SEED), days).tolist():
        back = _BAHT_PULL * (_BAHT_RATE - found[-1])
        found.append(found[-1] + back + _BAHT_STEP * shock)
    starts, ends = np.array(found[:-1]), np.array(found[1:])
    within = np.arange(_MINUTES) / _MINUTES
    rate = starts[:, None] + (ends - starts)[:, None] * within
    return np.asarray(rate.reshape(-1), dtype=np.float64)


def _normals(source: PCG64, count: int = _MINUTES) -> Floats:
    """Return numbers of mean 0 and deviation 1, nearly normal, from whole numbers."""
    raw = source.random_raw(count).view(np.uint16).reshape(count, 4)
    total = raw.sum(axis=1, dtype=np.int64) - 2 * (_SHORT - 1)
    return np.asarray(total / _NORMAL, dtype=np.float64)


def _shorts(raw: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> Floats:
    """Return four numbers of [0, 1) for each raw one, shape (4, n)."""
    parts = raw.astype("<u8").view("<u2").reshape(len(raw), 4)
    return np.ascontiguousarray(parts.T) / _SHORT


def _some(values: Floats, places: int) -> Floats:
    least = 1 / 10**places
    return np.asarray(np.maximum(_rounded(values, places), least), dtype=np.float64)


def _rounded(values: Floats, places: int) -> Floats:
    return np.asarray(np.rint(values * 10**places) / 10**places, dtype=np.float64)
