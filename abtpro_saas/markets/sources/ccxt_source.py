"""Candles and funding of any exchange that ccxt knows."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from abtpro_saas.markets.sources import ccxt_funding
from abtpro_saas.markets.sources.ccxt_clients import Clients, market_of
from abtpro_saas.markets.sources.port import (
    FundingOrder,
    FundingPage,
    Origin,
    Page,
    PageOrder,
    SourceAwayError,
    SourceRefusedError,
)
from abtpro_saas.markets.timeframes import floor_to, name_of
from abtpro_saas.markets.words import OriginKind
from abtpro_saas.plugins.api.candles import Candles

MOST, USUAL = 1000, 100
"""How many candles are asked for at once: what ccxt knows of an exchange, at most
``MOST``, and few where it knows nothing. An empty page is stepped over by as many, so
no exchange may have a lower limit of its own."""
LATEST: Mapping[str, int] = {"kraken": 720}
"""Exchanges that tell so many of their latest candles alone, whatever is asked: see
https://docs.kraken.com/api/docs/rest-api/get-ohlc-data."""
COLUMNS = 6


class CcxtSource:
    """The driver ``ccxt``; ``urls`` leads exchanges elsewhere, as to the simulator."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = dict(urls)
        self._clients = Clients(urls)

    def knows(self, exchange: str) -> bool:
        """Tell whether ccxt has an exchange of this name, without loading it."""
        spec = find_spec("ccxt")
        folder = Path(spec.origin).parent if spec and spec.origin else Path()
        return exchange.isalnum() and (folder / f"{exchange}.py").is_file()

    def origin(self, exchange: str) -> Origin:
        """Return where its candles come from."""
        if exchange in self._urls:
            told = f"The exchange simulator, in the place of {exchange}"
            return Origin(told, True, OriginKind.MODEL)
        return Origin(f"{exchange}, asked by ccxt", False)

    def clock(self, exchange: str) -> int:
        """Return the exchange's own time."""
        import ccxt  # noqa: PLC0415 - for who asks an exchange alone

        with self._clients.asking(exchange) as client:
            if not client.has["fetchTime"]:
                return int(ccxt.Exchange.milliseconds())
            found = client.fetch_time()
        if not isinstance(found, int):
            raise SourceAwayError(f"{exchange} does not tell its time")
        return found

    def fetch(self, order: PageOrder) -> Page:
        """Return the next page; an empty one is believed when it comes twice."""
        _check_reach(order)
        found, limit = self._ask(order)
        if not found:
            found, limit = self._ask(order)
        rows = [row for row in found if order.since_ms <= row[0] < order.end_ms]
        columns = np.array(rows, dtype=np.float64).reshape(-1, COLUMNS).T
        time, *values = (np.ascontiguousarray(column) for column in columns)
        candles = Candles(order.symbol, order.step, time.astype(np.int64), *values)
        return Page(candles, _go_on(order, found, limit))

    def fetch_funding(self, order: FundingOrder) -> FundingPage:
        """Return the next page of funding; an empty one is believed the second time."""
        return ccxt_funding.next_page(self._clients, order)

    def _ask(self, order: PageOrder) -> tuple[Sequence[Sequence[float]], int]:
        """Return what is told, and how many candles were asked for."""
        with self._clients.asking(order.exchange, order.symbol) as client:
            market_of(client, order.exchange, order.symbol)
            _check(client, order)
            limit = limit_of(client, order.symbol)
            found = client.fetch_ohlcv(
                order.symbol, name_of(order.step), order.since_ms, limit
            )
            heard = client.last_json_response
        # ccxt makes an empty list of a page in HTML, of {} and of nothing at all.
        if heard is None or heard == {} or not _are_candles(found):
            raise SourceAwayError(f"{order.exchange} answers what is no candle")
        return sorted(found, key=lambda row: row[0]), limit


def limit_of(client: Any, symbol: str) -> int:  # noqa: ANN401 - ccxt is untyped
    """Return how many candles of a market a client tells at once."""
    known = client.feature_value(symbol, "fetchOHLCV", "limit")
    return min(int(known), MOST) if known else USUAL


def _go_on(order: PageOrder, found: Sequence[Sequence[float]], limit: int) -> int:
    """Return where the next page begins; the last one's time would stall."""
    if found:
        last = floor_to(int(found[-1][0]), order.step) + order.step
    else:
        last = order.since_ms + limit * order.step
    return min(max(last, order.since_ms + order.step), order.end_ms)


def _check_reach(order: PageOrder) -> None:
    """Refuse what an exchange would answer with other candles than were asked for."""
    many = LATEST.get(order.exchange)
    if many is None:
        return
    first = floor_to(round(time.time() * 1000), order.step) - (many - 1) * order.step
    if order.since_ms < first:
        begins = datetime.fromtimestamp(first / 1000, UTC)
        raise SourceRefusedError(
            f"{order.exchange} tells its latest {many} candles alone, here those from"
            f" {begins:%Y-%m-%d %H:%M} (UTC) on: begin later, or bring a file",
            "start",
        )


def _check(client: Any, order: PageOrder) -> None:  # noqa: ANN401 - ccxt is untyped
    if name_of(order.step) not in (client.timeframes or {}):
        there = ", ".join(client.timeframes or {})
        raise SourceRefusedError(
            f"{order.exchange} has no candles of {name_of(order.step)}; it has {there}",
            "timeframe",
        )


def _are_candles(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(row, list)
        and len(row) >= COLUMNS
        and all(isinstance(each, int | float) for each in row[:COLUMNS])
        for row in found
    )
