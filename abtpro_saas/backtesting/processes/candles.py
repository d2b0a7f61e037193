"""The candles that a task is computed from."""

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.candles import Candles


def market_of(task: Task, order: Order) -> list[Candles]:
    """Return the candles of each source of a task, as long as those of the order."""
    store = CandleStore(task.root)
    return [_candles(store, order, each) for each in task.sources]


def _candles(store: CandleStore, order: Order, source: Source) -> Candles:
    step = step_of(source.timeframe)
    found = store.read(source.location, source.symbol, step, order.start, order.end)
    return resample(found, step_of(order.timeframe))
