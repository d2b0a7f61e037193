"""All metrics of a year of minutes: beside a dozen of empyrical, and one look."""

import time
from collections.abc import Callable
from dataclasses import replace

import empyrical
import numpy as np

from _rig import compete, report, say
from abtpro_saas.performance.metrics import CATALOGUE, measure
from abtpro_saas.performance.record import Reason, Record, Trades

MINUTE = 60_000
YEAR, TRADES = 525_600, 3_600
BEGIN = 1_672_531_200_000
ALL, LOOK, DOZEN = "all metrics", "each column summed once", "empyrical, 12 metrics"
SECONDS = 1.0


def make_record(bars: int, trades: int) -> Record:
    """Return a seeded account of minutes, always in the market for half of the time."""
    draw = np.random.default_rng(4)
    moves = draw.normal(0, 0.0005, bars)
    equity = 10_000 * np.cumprod(1 + moves)
    entry = np.sort(draw.integers(0, bars - 100, trades))
    floats = {
        name: draw.uniform(1, 2, trades)
        for name in ("entry_price", "exit_price", "size", "fees", "funding", "slippage")
    }
    return Record(
        ("BTC/USDT",),
        MINUTE,
        BEGIN + MINUTE * np.arange(bars, dtype=np.int64),
        10_000.0,
        equity,
        equity * (draw.random(bars) < 0.5),
        30_000 * np.cumprod(1 + 0.5 * moves + draw.normal(0, 0.0005, bars)),
        Trades(
            symbol=np.zeros(trades, np.int64),
            side=np.ones(trades, np.int64),
            entry=entry,
            exit=entry + 50,
            profit=draw.normal(1, 40, trades),
            mae=-draw.random(trades),
            mfe=draw.random(trades),
            reason=np.full(trades, Reason.SIGNAL, np.int64),
            **floats,
        ),
    )


def look(record: Record) -> None:
    """Read what has to be read at least."""
    for column in (record.time, record.equity, record.exposure, record.benchmark):
        column.sum()


def dozen(record: Record) -> None:
    """Work out what empyrical has of our list, from bar to bar."""
    returns = np.diff(record.equity) / record.equity[:-1]
    market = np.diff(record.benchmark) / record.benchmark[:-1]
    for of in (
        empyrical.cum_returns_final,
        empyrical.annual_return,
        empyrical.annual_volatility,
        empyrical.sharpe_ratio,
        empyrical.sortino_ratio,
        empyrical.calmar_ratio,
        empyrical.omega_ratio,
        empyrical.max_drawdown,
        empyrical.tail_ratio,
        empyrical.value_at_risk,
    ):
        of(returns)
    empyrical.alpha_beta(returns, market)


def rate(work: Callable[[Record], object], record: Record) -> tuple[float, None]:
    """Return how often a second the work is done."""
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        work(record)
        count += 1
    return count / (time.perf_counter() - begun), None


def main() -> None:
    """Print the rates for a year, and how time grows with the bars."""
    begun = time.perf_counter()
    year = make_record(YEAR, TRADES)
    measure(replace(year))
    say(f"{len(CATALOGUE)} metrics; with compiling {time.perf_counter() - begun:.1f} s")
    works = {ALL: measure, LOOK: look, DOZEN: dozen}
    figures = compete(
        {name: lambda work=work: rate(work, year) for name, work in works.items()}
    )
    report(f"{YEAR:,} bars, {TRADES:,} trades", figures, DOZEN)
    for bars in (50_000, 500_000, 5_000_000):
        best = rate(measure, make_record(bars, TRADES))[0]
        say(f"  {bars:>10,} bars  {1000 / best:8.1f} ms")


if __name__ == "__main__":
    main()
