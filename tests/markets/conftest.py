"""Candles of a small random market, clean and dirty."""

import numpy as np
import pytest

from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.exchange import DAYS, fill, serving

NEW_YEAR_2023 = 1_672_531_200_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = NEW_YEAR_2023 + 3000 * DAY


def made(count, *, step=MINUTE, start=NEW_YEAR_2023, seed=1, places=2, keep=None):
    """Return ``count`` clean candles, or those of them that ``keep`` chooses."""
    random = np.random.default_rng(seed)
    close = 20_000 * np.cumprod(1 + random.normal(0, 1e-3, count))
    opened = np.concatenate([[20_000.0], close[:-1]])
    high = np.maximum(opened, close) * (1 + random.random(count) * 1e-3)
    low = np.minimum(opened, close) * (1 - random.random(count) * 1e-3)
    volume = random.gamma(1.0, 10.0, count)
    values = (np.round(v, places) for v in (opened, high, low, close, volume))
    time = start + step * np.arange(count, dtype=np.int64)
    candles = Candles("BTC/USDT", step, time, *values)
    return candles if keep is None else chosen(candles, keep)


def chosen(candles, places):
    """Return the candles at ``places``: a mask, or numbers in any order."""
    columns = ("time", "open", "high", "low", "close", "volume")
    parts = (getattr(candles, name)[places] for name in columns)
    return Candles(candles.symbol, candles.step, *parts)


def changed(candles, **columns):
    """Return the candles with other values; each column is {place: value}."""
    arrays = {
        name: getattr(candles, name).copy()
        for name in ("time", "open", "high", "low", "close", "volume")
    }
    for name, values in columns.items():
        for place, value in values.items():
            arrays[name][place] = value
    return Candles(candles.symbol, candles.step, **arrays)


def rows(candles):
    """Return the candles as tuples of Python numbers."""
    columns = ("time", "open", "high", "low", "close", "volume")
    return list(zip(*(getattr(candles, n).tolist() for n in columns), strict=True))


@pytest.fixture
def store(tmp_path):
    return CandleStore(str(tmp_path / "data"))


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The exchange simulator with the first ten days of two symbols."""
    root = str(tmp_path_factory.mktemp("exchange"))
    fill(root, "BTC/USDT", "BTC/THB")
    with serving(root) as running:
        yield running


@pytest.fixture
def exchange(served):
    """The exchange simulator, all well and its clock at the end of the ten days."""
    served.ask("DELETE", "/sim/faults")
    served.sim("clock", now_ms=START_MS + DAYS * DAY)
    return served
