"""Binance's public endpoints for spot, as its unmodified clients ask them."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.markets.simulated.model import BAHT, MARKETS
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.simulators.exchange import feed
from abtpro_saas.simulators.exchange.feed import Asked, Feed

USUAL, MOST = 500, 1000
BAHT_PLACES, BAHT_VOLUME_PLACES = 0, 4


class RefusedError(Exception):
    """An answer with Binance's ``code``."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


async def ping(_: Request) -> Response:
    """Answer that the exchange is there."""
    return JSONResponse({})


async def server_time(request: Request) -> Response:
    """Tell the exchange's clock."""
    return JSONResponse({"serverTime": feed_of(request).now_ms})


async def exchange_info(request: Request) -> Response:
    """Tell what is traded here, and by which steps."""
    return JSONResponse(
        {
            "timezone": "UTC",
            "serverTime": feed_of(request).now_ms,
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": [_traded(name, symbol) for name, symbol in feed.MARKETS.items()],
        }
    )


async def klines(request: Request) -> Response:
    """Tell candles; the last one may not be over yet."""
    return candles_of(request, feed.MARKETS, MOST)


def candles_of(request: Request, markets: Mapping[str, str], most: int) -> Response:
    """Answer with the candles that a request asks for, of one of ``markets``."""
    query = request.query_params
    symbol = symbol_of(query, markets)
    interval = query.get("interval", "")
    if interval not in STEPS:
        raise RefusedError(-1120, "Invalid interval.")
    asked = Asked(
        symbol,
        STEPS[interval],
        whole(query, "startTime"),
        whole(query, "endTime"),
        min(whole(query, "limit") or USUAL, most),
    )
    return JSONResponse(_rows(feed_of(request).candles(asked)))


def symbol_of(query: Mapping[str, str], markets: Mapping[str, str]) -> str:
    """Return our name of the market that is asked for."""
    name = query.get("symbol", "")
    if name not in markets:
        raise RefusedError(-1121, "Invalid symbol.")
    return markets[name]


def _traded(name: str, symbol: str) -> dict[str, Any]:
    base, _, quote = symbol.partition("/")
    price, size = (10.0**-places for places in _places(symbol))
    return {
        "symbol": name,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "filters": [
            {"filterType": "PRICE_FILTER", **bounds(price, "Price", "tickSize")},
            {"filterType": "LOT_SIZE", **bounds(size, "Qty", "stepSize")},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
        ],
    }


def bounds(step: float, of: str, name: str) -> dict[str, str]:
    """Return the least, the most and the step of a filter."""
    return {
        f"min{of}": f"{step:.8f}",
        f"max{of}": "9000000.00000000",
        name: f"{step:.8f}",
    }


def _places(symbol: str) -> tuple[int, int]:
    if symbol == BAHT:
        return BAHT_PLACES, BAHT_VOLUME_PLACES
    return MARKETS[symbol].places, MARKETS[symbol].volume_places


def _rows(candles: Candles) -> list[list[Any]]:
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    found = []
    for n, opened in enumerate(candles.time.tolist()):
        opening, high, low, close, volume = (float(each[n]) for each in columns)
        closes = opened + candles.step - 1
        traded = volume * (opening + close) / 2
        trades = int(volume * 10) + 1
        texts = (f"{each:.8f}" for each in (opening, high, low, close, volume))
        half = (f"{volume / 2:.8f}", f"{traded / 2:.8f}")
        found.append([opened, *texts, closes, f"{traded:.8f}", trades, *half, "0"])
    return found


def whole(query: Mapping[str, str], name: str) -> int | None:
    """Return a parameter that is a whole number, or None where it was not sent."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise RefusedError(-1100, f"Illegal characters found in parameter '{name}'.")
    return int(text)


def feed_of(request: Request) -> Feed:
    """Return what the simulator knows."""
    found: Feed = request.app.state.feed
    return found


ROUTES = [
    Route("/api/v3/ping", ping),
    Route("/api/v3/time", server_time),
    Route("/api/v3/exchangeInfo", exchange_info),
    Route("/api/v3/klines", klines),
]
