"""Candles for a command: from a file that somebody brings, or from the store here."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity import tenants
from abtpro_saas.ids import UserId
from abtpro_saas.markets.inspection.reading import read_file
from abtpro_saas.markets.inspection.trades import inspect_rows
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.service import find_source
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.runtime import house
from abtpro_saas.runtime.commands.arguments import needed_settings

NOBODY = UserId(UUID(int=0))
"""Who sees the tenant's shared candles, and nobody's own."""


@dataclass(frozen=True)
class Found:
    """The candles of each symbol, and where they are from."""

    market: Sequence[Candles]
    exchange: str
    simulated: bool = False


def from_file(file: Path, order: Order) -> Found:
    """Return the candles, or those of the trades, of a file within the order's time.

    Raises:
        OrderError: the order is of several symbols, or no candle is in its time.
        InvalidError: there is no such file, or it cannot be read.
    """
    if len(order.symbols) > 1:
        raise OrderError("a file has the candles of one symbol", "symbols")
    if not file.is_file():
        raise InvalidError(f"there is no file {file}")
    with file.open("rb") as opened:
        rows = read_file(opened, order.symbols[0], step_of(order.timeframe))
    now_ms, step = round(utc_now().timestamp() * 1000), step_of(order.timeframe)
    seen = inspect_rows(rows, order.symbols[0], step, now_ms)
    for reason, count in seen.put_aside.items():
        sys.stderr.write(f"{count:,} rows put aside: {reason}\n")
    return Found([_within(seen.candles, order)], "file")


def from_store(asked: argparse.Namespace, order: Order) -> Found:
    """Return the candles that a tenant of this installation shares.

    Raises:
        SeriesNotFoundError: there are none of a symbol.
    """
    step = step_of(order.timeframe)
    settings = needed_settings("house")
    store = CandleStore(settings.backtest_data_path)
    with house.opened(settings) as opened:
        with plain_transaction(opened.operators) as session:
            tenant_id = tenants.find_by_slug(session, asked.tenant).tenant_id
        with tenant_transaction(opened.app, tenant_id) as session:
            whose = session, tenant_id, NOBODY, order.exchange
            series = [find_source(*whose, s, order.timeframe) for s in order.symbols]
    bounds = order.start, order.end
    market = [
        store.read(each.location, each.symbol, step_of(each.timeframe), *bounds)
        for each in series
    ]
    return Found(
        [_within(resample(each, step), order) for each in market],
        series[0].exchange,
        any(each.simulated for each in series),
    )


def _within(candles: Candles, order: Order) -> Candles:
    after = order.start is None or candles.time >= order.start
    before = order.end is None or candles.time < order.end
    chosen = candles.time >= 0
    bars = (chosen & after & before).nonzero()[0]
    if not len(bars):
        raise OrderError("there are no candles in this time", "start_date")
    return candles[bars[0] : bars[-1] + 1]
