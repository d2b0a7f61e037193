"""Candles of any exchange that ccxt knows, one request at a time to each.

ccxt itself is used as it comes. It costs a second and 60 MB to load, so it is loaded by
who asks an exchange, and by nobody else. Its own throttle keeps to the exchange's rate;
an instance is not safe for threads, so requests to one exchange take turns.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from abtpro_saas.markets.sources.port import (
    Origin,
    Page,
    PageOrder,
    SourceAwayError,
    SourceRefusedError,
)
from abtpro_saas.markets.timeframes import floor_to, name_of
from abtpro_saas.plugins.api.candles import Candles

TIMEOUT_MS = 15_000
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
        self._clients: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

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
        import ccxt  # noqa: PLC0415 - see above

        with self._asking(exchange) as client:
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

    def _ask(self, order: PageOrder) -> Sequence[Sequence[float]]:
        limit = self._limit(order.exchange)
        with self._asking(order.exchange) as client:
            client.load_markets()
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

    @contextmanager
    def _asking(self, exchange: str) -> Iterator[Any]:
        """Hold the client of an exchange for one request; judge how it fails."""
        import ccxt  # noqa: PLC0415 - see above

        with self._lock_of(exchange):
            client = self._client(exchange)
            # What an earlier request left says nothing of this one.
            client.last_json_response = client.last_response_headers = None
            try:
                yield client
            except ccxt.BadSymbol:
                raise SourceRefusedError(
                    f"{exchange} has no such symbol", "symbol"
                ) from None
            except ccxt.OperationFailed as error:
                wait_s = _wanted_wait(client.last_response_headers)
                raise SourceAwayError(_told(exchange, error), wait_s) from None
            except ccxt.BaseError as error:
                raise SourceRefusedError(_told(exchange, error)) from None
            except (TypeError, ValueError, KeyError, AttributeError):
                # Its readers take for granted that an answer has its usual shape.
                raise SourceAwayError(f"{exchange} answers what is no candle") from None

    def _lock_of(self, exchange: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(exchange, threading.Lock())

    def _client(self, exchange: str) -> Any:  # noqa: ANN401 - ccxt is untyped
        import ccxt  # noqa: PLC0415 - see above

        if exchange not in self._clients:
            make: Callable[..., Any] = getattr(ccxt, exchange)
            client = make({"timeout": TIMEOUT_MS, "enableLastJsonResponse": True})
            if exchange in self._urls:
                lead_elsewhere(client, self._urls[exchange])
            self._clients[exchange] = client
        return self._clients[exchange]


def lead_elsewhere(client: Any, url: str) -> None:  # noqa: ANN401 - ccxt is untyped
    """Let a client of Binance ask ``url`` alone, and no real address any more."""
    client.options |= {
        "fetchCurrencies": False,
        "fetchMargins": False,
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
    }
    addresses = client.urls["api"]
    if not isinstance(addresses, dict):
        addresses = client.urls["api"] = {"public": addresses}
    for name, address in list(addresses.items()):
        addresses[name] = f"{url}/blocked" if isinstance(address, str) else {}
    addresses |= {
        "public": f"{url}/api/v3",
        "private": f"{url}/api/v3",
        "v1": f"{url}/api/v1",
    }


def _check(client: Any, order: PageOrder) -> None:  # noqa: ANN401 - ccxt is untyped
    if order.symbol not in client.markets:
        raise SourceRefusedError(
            f"{order.exchange} has no symbol {order.symbol}", "symbol"
        )
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


def _wanted_wait(headers: Mapping[str, str] | None) -> float | None:
    """Return the seconds of ``Retry-After``, which the exception does not carry."""
    lower = {name.lower(): text for name, text in (headers or {}).items()}
    text = lower.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else None


def _told(exchange: str, error: BaseException) -> str:
    """Return what failed in a few words: an exchange's answer may be a page."""
    return f"{exchange}: {type(error).__name__}"
