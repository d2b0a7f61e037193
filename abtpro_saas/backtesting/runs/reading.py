"""What a completed run has left, read back for its page."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.orders import order_from
from abtpro_saas.backtesting.result_store import ResultStore, location_of
from abtpro_saas.backtesting.results import EQUITY, TRADES, decode
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.store import CandlesMissingError, CandleStore
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles

REMEMBERED = 2
"""Records a process keeps: moving a chart asks for the same one again and again."""


def record_of(root: str, run: Backtest) -> Record:
    """Return the record of a completed run.

    Raises:
        ResultsAwayError: the store does not answer.
    """
    return _record(root, location_of(run.tenant_id, run.backtest_id))


@lru_cache(maxsize=REMEMBERED)
def _record(root: str, location: str) -> Record:
    # What a completed run has left never changes.
    store = ResultStore(root)
    with store.open(location, EQUITY) as equity, store.open(location, TRADES) as trades:
        return decode(equity, trades)


def series_now(session: Session, run: Backtest, symbol: int = 0) -> Series | None:
    """Return the series of one of a run's symbols, or None if it is gone."""
    named = UUID(run.series[symbol]["series_id"])
    return session.get(Series, (run.tenant_id, named))


def is_stale(session: Session, run: Backtest) -> bool:
    """Tell whether the data that a run was computed from have changed, or gone."""
    for place, remembered in enumerate(run.series):
        found = series_now(session, run, place)
        if found is None or found.fingerprint != remembered["fingerprint"]:
            return True
    return False


def candles_of(
    root: str, run: Backtest, series: Series, start: int, end: int
) -> Candles | None:
    """Return a run's candles that open in [start, end), or None if they are gone."""
    order = order_from(run.ordered)
    step = step_of(series.timeframe)
    low, high = max(start, order.start or start), min(end, order.end or end)
    try:
        found = CandleStore(root).read(series.location, series.symbol, step, low, high)
    except (CandlesMissingError, OSError):
        return None
    return resample(found, step_of(order.timeframe))
