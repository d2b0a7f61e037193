"""Candles for tests: random walks with ties, gaps and quiet times, and real ones."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from abtpro_saas.plugins.api.candles import Candles

HOUR = 3_600_000
START = 1_672_531_200_000
"""The year 2023 begins (UTC)."""


def made(close, *, step=HOUR, time=None, volume=None, symbol="BTC/USDT", wick=0.002):
    """Return candles with these closes; each opens where the one before closed."""
    close = np.asarray(close, dtype=np.float64)
    opens = np.concatenate((close[:1], close[:-1]))
    if time is None:
        time = START + step * np.arange(len(close))
    if volume is None:
        volume = np.full(len(close), 10.0)
    return Candles(
        symbol,
        step,
        np.asarray(time, dtype=np.int64),
        opens,
        np.maximum(opens, close) * (1.0 + wick),
        np.minimum(opens, close) * (1.0 - wick),
        close,
        np.asarray(volume, dtype=np.float64),
    )


def walk(seed, bars, *, tick=0.5, gaps=False, symbol="BTC/USDT", start=1_000.0):
    """Return a random walk in whole ticks, with trends, quiet stretches and jumps."""
    rng = np.random.default_rng(seed)
    pieces = bars // 25 + 1
    drift = np.repeat(rng.choice([-0.004, 0.0, 0.0, 0.004], pieces), 25)[:bars]
    wild = np.repeat(rng.choice([0.0, 0.003, 0.02], pieces), 25)[:bars]
    moves = drift * (wild > 0) + wild * rng.normal(size=bars)
    close = np.maximum(np.round(start * np.exp(np.cumsum(moves)) / tick), 1) * tick
    volume = np.round(np.exp(rng.normal(1.0, 1.0, bars)), 4) * (rng.random(bars) > 0.02)
    steps = np.ones(bars, dtype=np.int64)
    if gaps:
        steps += rng.integers(1, 40, bars) * (rng.random(bars) < 0.02)
    time = START + HOUR * (np.cumsum(steps) + int(rng.integers(0, 30)))
    return made(close, time=time, volume=volume, symbol=symbol)


def real(name):
    """Return the real candles of a file, or skip the test where there are none."""
    folder = os.environ.get("ABTPRO_TEST_CANDLES")
    file = Path(folder or "nowhere") / f"{name}.csv"
    if not file.is_file():
        pytest.skip(f"ABTPRO_TEST_CANDLES names no folder with {file.name}")
    with file.open(encoding="utf-8") as lines:
        rows = [list(map(float, row)) for row in list(csv.reader(lines))[1:]]
    time, opens, high, low, close, volume = np.array(rows).T.copy()
    step = int(np.diff(time).min())
    return Candles(name, step, time.astype(np.int64), opens, high, low, close, volume)
