"""Candles for a command: from a file that somebody brings, or from the store here."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.runs.matching import match_funding
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity import tenants
from abtpro_saas.ids import UserId
from abtpro_saas.markets.finding import find_source
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.imports.provenance import is_brought
from abtpro_saas.markets.inspection.reading import read_file
from abtpro_saas.markets.inspection.trades import inspect_rows
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.runtime import house
from abtpro_saas.runtime.commands.arguments import needed_settings, this_installation
from abtpro_saas.settings import SettingError

NOBODY = UserId(UUID(int=0))
"""Who sees the tenant's shared candles, and nobody's own."""


@dataclass(frozen=True)
class Found:
    """The candles of each symbol, what is asked for beside, and where they are from."""

    market: Sequence[Candles]
    exchange: str
    simulated: bool = False
    detail: Candles | None = None
    funding: FundingRates | None = None
    brought: bool = False

    @property
    def candles(self) -> Sequence[Candles]:
        """All candles, as a certificate names them."""
        return [*self.market, *([] if self.detail is None else [self.detail])]


def from_file(file: Path, order: Order, detail: Path | None = None) -> Found:
    """Return the candles, or those of the trades, of a file within the order's time.

    Raises:
        OrderError: the order is of several symbols, no candle is in its time, or finer
            ones are asked for and not given.
        InvalidError: there is no such file, or it cannot be read.
    """
    if len(order.symbols) > 1:
        raise OrderError("a file has the candles of one symbol", "symbols")
    timeframe = order.setup.detail_timeframe
    if timeframe is None:
        return Found([_read(file, order, order.timeframe)], "file")
    if detail is None:
        raise OrderError("give its candles as --detail-file", "detail_timeframe")
    market = [_read(file, order, order.timeframe)]
    return Found(market, "file", detail=_read(detail, order, timeframe))


def _read(file: Path, order: Order, timeframe: str) -> Candles:
    if not file.is_file():
        raise InvalidError(f"there is no file {file}")
    now_ms, step = round(utc_now().timestamp() * 1000), step_of(timeframe)
    with file.open("rb") as opened:
        rows = read_file(opened, order.symbols[0], step)
    seen = inspect_rows(rows, order.symbols[0], step, now_ms)
    for reason, count in seen.put_aside.items():
        sys.stderr.write(f"{count:,} rows put aside: {reason}\n")
    return _within(seen.candles, order)


def from_store(asked: argparse.Namespace, order: Order) -> Found:
    """Return the candles, and the funding, that a tenant of this installation shares.

    Raises:
        SeriesNotFoundError: there are none of a symbol.
        SettingError: there is no installation here, or its database does not answer.
    """
    timeframes = [order.timeframe] * len(order.symbols)
    symbols, detail = list(order.symbols), order.setup.detail_timeframe
    if detail is not None:
        symbols, timeframes = [*symbols, symbols[0]], [*timeframes, detail]
    asked_for = list(zip(symbols, timeframes, strict=True))
    with _opened() as opened:
        with plain_transaction(opened.operators) as session:
            tenant_id = tenants.find_by_slug(session, asked.tenant).tenant_id
        with tenant_transaction(opened.app, tenant_id) as session:
            whose = session, tenant_id, NOBODY, order.exchange
            series = [find_source(*whose, *each) for each in asked_for]
            matched = replace(order, exchange=series[0].exchange)
            histories = match_funding(session, tenant_id, NOBODY, matched)
    root = opened.settings.backtest_data_path
    store, rates = CandleStore(root), FundingStore(root)
    bounds = order.start, order.end
    candles = [
        store.read(each.location, each.symbol, step_of(each.timeframe), *bounds)
        for each in series
    ]
    made = [
        _within(resample(each, step_of(timeframe)), order)
        for each, timeframe in zip(candles, timeframes, strict=True)
    ]
    traded = len(order.symbols)
    funding = [rates.read(each.location, *bounds) for each in histories]
    return Found(
        made[:traded],
        series[0].exchange,
        any(each.simulated for each in series),
        made[traded] if detail else None,
        funding[0] if funding else None,
        any(is_brought(each) for each in [*series, *histories]),
    )


@contextmanager
def _opened() -> Iterator[house.House]:
    try:
        with house.opened(needed_settings("house")) as opened:
            yield opened
    except SettingError as error:
        here = this_installation(new=False)
        raise SettingError(
            f"{error}. ABTPRO_HOME names the folder of the installation whose candles"
            f" are meant (now {here.home}), ABTPRO_PORT its port (now"
            f" {here.settings.port}); or give candles as --file"
        ) from None


def _within(candles: Candles, order: Order) -> Candles:
    after = order.start is None or candles.time >= order.start
    before = order.end is None or candles.time < order.end
    chosen = candles.time >= 0
    bars = (chosen & after & before).nonzero()[0]
    if not len(bars):
        raise OrderError("there are no candles in this time", "start_date")
    return candles[bars[0] : bars[-1] + 1]
