"""The candles that a task is computed from."""

from abtpro_saas.backtesting.engines.port import NOTHING, Beside
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.candles import Candles


def market_of(task: Task, order: Order) -> list[Candles]:
    """Return the candles of each symbol of an order, as long as it says."""
    store, traded = CandleStore(task.root), task.sources[: len(order.symbols)]
    return [_candles(store, order, each, order.timeframe) for each in traded]


def beside_of(task: Task, order: Order) -> Beside:
    """Return what an order asks for beside these candles: finer ones of its symbol."""
    finer, timeframe = task.sources[len(order.symbols) :], order.setup.detail_timeframe
    if not finer or timeframe is None:
        return NOTHING
    return Beside(_candles(CandleStore(task.root), order, finer[0], timeframe))


def _candles(
    store: CandleStore, order: Order, source: Source, timeframe: str
) -> Candles:
    step = step_of(source.timeframe)
    found = store.read(source.location, source.symbol, step, order.start, order.end)
    return resample(found, step_of(timeframe))
