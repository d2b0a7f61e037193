"""How many results a user has seen of a market, and how far they lie apart.

A market is its symbols, wherever they are traded and whatever the time frame: who tries
hours after days, one exchange after another, or the same file under another name has
seen the same prices, and a series that has gone on is no new one.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from math import sqrt

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.canonical import digest
from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.tables import Backtest, TrialCount
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.performance.arithmetic.calendar import DAY_MS, YEAR_MS


def market_of(run: Backtest) -> str:
    """Return by what the trials of a run are counted."""
    pairs = {symbol.partition(":")[0] for symbol in run.symbols}
    return digest(sorted(pairs))


def count_trials(
    session: Session, run: Backtest, tried: TrialStats, now: datetime
) -> None:
    """Add trials to those of a run's user and market; nothing takes them back.

    The caller sees to it that each is added once.
    """
    if not tried.count:
        return
    sums = _exact(tried.sharpe_sum), _exact(tried.sharpe_square_sum)
    counted = insert(TrialCount).values(
        tenant_id=run.tenant_id,
        user_id=run.user_id,
        market=market_of(run),
        trials=tried.count,
        sharpes=tried.sharpes,
        sharpe_sum=sums[0],
        sharpe_square_sum=sums[1],
        last_at=now,
    )
    added = {
        "trials": TrialCount.trials + tried.count,
        "sharpes": TrialCount.sharpes + tried.sharpes,
        "sharpe_sum": TrialCount.sharpe_sum + sums[0],
        "sharpe_square_sum": TrialCount.sharpe_square_sum + sums[1],
        "last_at": now,
    }
    session.execute(
        counted.on_conflict_do_update(constraint="pk_backtest_trials", set_=added)
    )


def counted_trials(session: Session, run: Backtest) -> TrialStats:
    """Return all trials that a run's user has made of its market."""
    where = run.tenant_id, run.user_id, market_of(run)
    found = session.get(TrialCount, where, populate_existing=True)
    if found is None:
        return TrialStats(0)
    return TrialStats(
        found.trials,
        found.sharpes,
        float(found.sharpe_sum),
        float(found.sharpe_square_sum),
    )


def trial_of(metrics: Mapping[str, float | None], timeframe: str) -> TrialStats:
    """Return one run as a trial: with the Sharpe ratio of its daily returns, if any."""
    yearly = metrics.get("sharpe_ratio")
    if yearly is None:
        return TrialStats(1)
    daily = yearly / sqrt(YEAR_MS / max(step_of(timeframe), DAY_MS))
    return TrialStats(1, 1, daily, daily * daily)


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value)))
