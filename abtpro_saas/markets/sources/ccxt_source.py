"""Candles and funding of any exchange that ccxt knows."""

from collections.abc import Mapping, Sequence
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
from abtpro_saas.plugins.api.candles import Candles

PER_PAGE: Mapping[str, int] = {
    "binance": 1000, "bybit": 1000, "kraken": 720, "okx": 300, "upbit": 200,
}  # fmt: skip
"""How many candles come at once; others are asked for ``USUAL``."""
USUAL = 500
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
            return Origin(f"The exchange simulator, in the place of {exchange}", True)
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
        found = self._ask(order) or self._ask(order)
        rows = [row for row in found if order.since_ms <= row[0] < order.end_ms]
        columns = np.array(rows, dtype=np.float64).reshape(-1, COLUMNS).T
        time, *values = (np.ascontiguousarray(column) for column in columns)
        candles = Candles(order.symbol, order.step, time.astype(np.int64), *values)
        return Page(candles, self._go_on(order, found))

    def fetch_funding(self, order: FundingOrder) -> FundingPage:
        """Return the next page of funding; an empty one is believed the second time."""
        return ccxt_funding.next_page(self._clients, order)

    def _ask(self, order: PageOrder) -> Sequence[Sequence[float]]:
        limit = self._limit(order.exchange)
        with self._clients.asking(order.exchange, order.symbol) as client:
            market_of(client, order.exchange, order.symbol)
            _check(client, order)
            found = client.fetch_ohlcv(
                order.symbol, name_of(order.step), order.since_ms, limit
            )
            heard = client.last_json_response
        # ccxt makes an empty list of a page in HTML, of {} and of nothing at all.
        if heard is None or heard == {} or not _are_candles(found):
            raise SourceAwayError(f"{order.exchange} answers what is no candle")
        return sorted(found, key=lambda row: row[0])

    def _go_on(self, order: PageOrder, found: Sequence[Sequence[float]]) -> int:
        """Return where the next page begins; the last one's time would stall."""
        if found:
            last = floor_to(int(found[-1][0]), order.step) + order.step
        else:
            last = order.since_ms + self._limit(order.exchange) * order.step
        return min(max(last, order.since_ms + order.step), order.end_ms)

    @staticmethod
    def _limit(exchange: str) -> int:
        return PER_PAGE.get(exchange, USUAL)


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
