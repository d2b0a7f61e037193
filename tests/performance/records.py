"""Records to measure: from a few figures, or at random."""

import numpy as np

from abtpro_saas.performance.record import Reason, Record, Trades

DAY = 86_400_000
HOUR = 3_600_000
BEGIN = 1_672_531_200_000  # 2023-01-01 UTC, a Sunday

COLUMNS = {
    "symbol": 0,
    "side": 1,
    "entry": 0,
    "exit": 1,
    "entry_price": 100.0,
    "exit_price": 100.0,
    "size": 1.0,
    "profit": 0.0,
    "fees": 0.0,
    "funding": 0.0,
    "slippage": 0.0,
    "mae": 0.0,
    "mfe": 0.0,
    "reason": Reason.SIGNAL,
}


def trades(*rows):
    """Return trades from dictionaries of what differs from COLUMNS."""
    columns = {
        name: np.array(
            [row.get(name, usual) for row in rows],
            np.float64 if isinstance(usual, float) else np.int64,
        )
        for name, usual in COLUMNS.items()
    }
    return Trades(**columns)


def record(equity, *rows, initial=100.0, step=DAY, market=None, exposure=None):
    """Return a record with one bar for each equity; the market stands still."""
    bars = len(equity)
    return Record(
        symbols=("BTC/USDT",),
        step=step,
        time=BEGIN + step * np.arange(bars, dtype=np.int64),
        initial=initial,
        equity=np.array(equity, np.float64),
        exposure=np.array([0.0] * bars if exposure is None else exposure, np.float64),
        benchmark=np.array([50.0] * bars if market is None else market, np.float64),
        trades=trades(*rows),
    )


def random_record(seed, bars=2_000, count=60, step=HOUR, drift=0.0):
    """Return an account that wanders, beside a market of which it follows a part."""
    draw = np.random.default_rng(seed)
    moves = draw.standard_t(4, bars) * 0.006 + drift
    own = 0.6 * moves + draw.normal(drift, 0.004, bars)
    equity = 10_000 * np.cumprod(1 + np.clip(own, -0.5, 0.5))
    entries = np.sort(draw.integers(0, bars - 1, count))
    rows = [
        {
            "side": int(draw.choice((1, -1))),
            "entry": int(entry),
            "exit": int(min(entry + draw.integers(0, 40), bars - 1)),
            "entry_price": float(draw.uniform(50, 150)),
            "exit_price": float(draw.uniform(50, 150)),
            "size": float(draw.uniform(0.1, 5)),
            "profit": float(draw.normal(1, 40)),
            "fees": float(draw.uniform(0, 2)),
            "funding": float(draw.normal(0, 1)),
            "slippage": float(draw.uniform(0, 1)),
            "mae": float(-draw.uniform(0, 0.2)),
            "mfe": float(draw.uniform(0, 0.2)),
            "reason": int(draw.integers(1, 8)),
        }
        for entry in entries
    ]
    rows[-1] |= {"exit": bars - 1, "reason": Reason.OPEN}
    rows = sorted(rows, key=lambda row: (row["reason"] == Reason.OPEN, row["exit"]))
    market = 100 * np.cumprod(1 + np.clip(moves, -0.5, 0.5))
    exposure = equity * draw.uniform(0, 2, bars) * (draw.random(bars) < 0.5)
    return record(
        equity, *rows, initial=10_000.0, step=step, market=market, exposure=exposure
    )
