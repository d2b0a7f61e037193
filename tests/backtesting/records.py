"""Records made by hand, for who needs one and no engine."""

import numpy as np

from abtpro_saas.performance.record import Record, Trades

HOUR = 3_600_000
START = 1_672_531_200_000
"""The first of January 2023, in milliseconds."""


def record(bars=10, trades=2, *, seed=1, symbols=("BTC/USDT",)):
    """Return a record of so many bars and trades, any numbers in it."""
    random = np.random.default_rng(seed)
    return Record(
        symbols=symbols,
        step=HOUR,
        time=START + HOUR * np.arange(bars),
        initial=10_000.0,
        equity=10_000 + random.normal(0, 50, bars).cumsum(),
        exposure=random.uniform(0, 10_000, bars),
        benchmark=20_000 + random.normal(0, 90, bars).cumsum(),
        trades=Trades(**{name: _column(name, trades, random) for name in _NAMES}),
    )


_NAMES = tuple(Trades.__dataclass_fields__)
_WHOLE = {"symbol", "side", "entry", "exit", "reason"}


def _column(name, count, random):
    if name in _WHOLE:
        return random.integers(0, 1 if name in {"entry", "exit"} else 2, count)
    return random.normal(0, 1, count)
