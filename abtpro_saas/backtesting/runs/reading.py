"""What a completed run has left, read back for its page."""

from collections.abc import Iterator
from functools import lru_cache
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.orders import order_from
from abtpro_saas.backtesting.processes.tasks import Source
from abtpro_saas.backtesting.result_store import ResultStore, location_of
from abtpro_saas.backtesting.results import EQUITY, TRADES, decode
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.markets.resampling import resampled
from abtpro_saas.markets.store import CandleStore
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


def candles_of(
    root: str, run: Backtest, source: Source, start: int, end: int
) -> Iterator[Candles]:
    """Yield a run's candles that open in [start, end), a part at a time.

    Raises:
        CandlesMissingError: they are gone.
    """
    order = order_from(run.ordered)
    step = step_of(source.timeframe)
    span = max(start, order.start or start), min(end, order.end or end)
    parts = CandleStore(root).parts(source.location, source.symbol, step, *span)
    return resampled(parts, step_of(order.timeframe))
