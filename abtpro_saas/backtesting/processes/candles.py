"""The candles that a task is computed from, and what is known beside them."""

from abtpro_saas.backtesting.engines.port import Beside
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.markets.funding.gaps import around
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.markets.words import FUNDING
from abtpro_saas.plugins.api.candles import Candles


def market_of(task: Task, order: Order) -> list[Candles]:
    """Return the candles of each symbol of an order, as long as it says."""
    store, traded = CandleStore(task.root), task.sources[: len(order.symbols)]
    return [_candles(store, order, each, order.timeframe) for each in traded]


def beside_of(task: Task, order: Order) -> Beside:
    """Return what an order asks for beside these candles: finer ones, and funding."""
    finer = [each for each in _beside(task, order) if each.timeframe != FUNDING]
    timeframe, funding = order.setup.detail_timeframe, funding_of(task, order)
    if not finer or timeframe is None:
        return Beside(funding=funding)
    detail = _candles(CandleStore(task.root), order, finer[0], timeframe)
    return Beside(detail, funding)


def funding_of(task: Task, order: Order) -> FundingRates | None:
    """Return what is known of the funding of an order's market, if it asks for it.

    What lies around its time comes too: it says where rates are missing.
    """
    found = [each for each in _beside(task, order) if each.timeframe == FUNDING]
    if not found:
        return None
    history = FundingStore(task.root).read(found[0].location)
    return around(history, order.start, order.end)


def _beside(task: Task, order: Order) -> list[Source]:
    return list(task.sources[len(order.symbols) :])


def _candles(
    store: CandleStore, order: Order, source: Source, timeframe: str
) -> Candles:
    step = step_of(source.timeframe)
    found = store.read(source.location, source.symbol, step, order.start, order.end)
    return resample(found, step_of(timeframe))
