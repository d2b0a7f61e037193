"""Clients of ccxt, one request at a time to each, and how their failures are judged.

ccxt itself is used as it comes. It costs a second and 60 MB to load, so it is loaded by
who asks an exchange, and by nobody else. Its own throttle keeps to the exchange's rate;
an instance is not safe for threads, so requests to one exchange take turns.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from abtpro_saas.markets.sources.port import SourceAwayError, SourceRefusedError

TIMEOUT_MS = 15_000
SPOT, LINEAR = "spot", "linear"
"""Kinds of markets of Binance: pairs, and contracts settled in the quote currency."""


class Clients:
    """The clients of all exchanges; ``urls`` leads some elsewhere."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = dict(urls)
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def asking(self, exchange: str, symbol: str = "") -> Iterator[Any]:
        """Hold the client of an exchange for one request; judge how it fails.

        Raises:
            SourceAwayError: it cannot be asked now, or answers nonsense.
            SourceRefusedError: it has no such thing, or does not serve us.
        """
        import ccxt  # noqa: PLC0415 - see above

        with self._lock_of(exchange):
            client = self._client(exchange, symbol)
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
                raise SourceAwayError(f"{exchange} answers nonsense") from None

    def _lock_of(self, exchange: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(exchange, threading.Lock())

    def _client(self, exchange: str, symbol: str) -> Any:  # noqa: ANN401 - ccxt is untyped
        import ccxt  # noqa: PLC0415 - see above

        url = self._urls.get(exchange)
        kind = None if url is None else LINEAR if ":" in symbol else SPOT
        if (exchange, kind) not in self._clients:
            make: Callable[..., Any] = getattr(ccxt, exchange)
            client = make({"timeout": TIMEOUT_MS, "enableLastJsonResponse": True})
            if url is not None and kind is not None:
                lead_elsewhere(client, url, kind)
            self._clients[exchange, kind] = client
        return self._clients[exchange, kind]


def lead_elsewhere(client: Any, url: str, kind: str = SPOT) -> None:  # noqa: ANN401 - ccxt is untyped
    """Let a client of Binance ask ``url`` alone, and no real address any more.

    It learns of the markets of one kind: who asks for pairs pays for no contracts.
    """
    client.options |= {
        "fetchCurrencies": False,
        "fetchMargins": False,
        "defaultType": "spot",
        "fetchMarkets": {"types": [kind]},
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
        "fapiPublic": f"{url}/fapi/v1",
    }


def market_of(client: Any, exchange: str, symbol: str) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    """Return what a client knows of a market, having asked for all of them.

    Raises:
        SourceAwayError: it was told of none at all, as by a page in HTML.
        SourceRefusedError: it has no such market.
    """
    client.load_markets()
    if not client.markets:
        raise SourceAwayError(f"{exchange} tells of no markets")
    if symbol not in client.markets:
        raise SourceRefusedError(f"{exchange} has no symbol {symbol}", "symbol")
    found: Mapping[str, Any] = client.markets[symbol]
    return found


def _wanted_wait(headers: Mapping[str, str] | None) -> float | None:
    """Return the seconds of ``Retry-After``, which the exception does not carry."""
    lower = {name.lower(): text for name, text in (headers or {}).items()}
    text = lower.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else None


def _told(exchange: str, error: BaseException) -> str:
    """Return what failed in a few words: an exchange's answer may be a page."""
    return f"{exchange}: {type(error).__name__}"
