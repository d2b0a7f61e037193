"""Binance's public endpoints for USD-M futures, as its unmodified clients ask them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from abtpro_saas.markets.simulated.model import MARKETS, START_MS
from abtpro_saas.simulators.exchange import feed
from abtpro_saas.simulators.exchange.binance import (
    bounds,
    candles_of,
    feed_of,
    ping,
    server_time,
    symbol_of,
    whole,
)
from abtpro_saas.simulators.exchange.feed import AskedFunding

MOST_CANDLES = 1500
USUAL_RATES, MOST_RATES = 100, 1000
NEVER_MS = 4_133_404_800_000
"""When a perpetual is delivered: in the year 2100."""


async def exchange_info(request: Request) -> Response:
    """Tell which perpetuals are traded here, and by which steps."""
    markets = feed.PERPETUAL_MARKETS.items()
    return JSONResponse(
        {
            "timezone": "UTC",
            "serverTime": feed_of(request).now_ms,
            "futuresType": "U_MARGINED",
            "rateLimits": [],
            "exchangeFilters": [],
            "assets": [{"asset": "USDT", "marginAvailable": True}],
            "symbols": [_traded(name, symbol) for name, symbol in markets],
        }
    )


async def klines(request: Request) -> Response:
    """Tell candles; the last one may not be over yet."""
    return candles_of(request, feed.PERPETUAL_MARKETS, MOST_CANDLES)


async def funding_rate(request: Request) -> Response:
    """Tell the funding that is over, oldest first."""
    query = request.query_params
    asked = AskedFunding(
        symbol_of(query, feed.PERPETUAL_MARKETS),
        whole(query, "startTime"),
        whole(query, "endTime"),
        min(whole(query, "limit") or USUAL_RATES, MOST_RATES),
    )
    found = feed_of(request).funding(asked)
    columns = (found.time.tolist(), found.rate.tolist(), found.mark.tolist())
    return JSONResponse(
        [
            {
                "symbol": query["symbol"],
                "fundingTime": due,
                "fundingRate": f"{rate:.8f}",
                "markPrice": f"{mark:.8f}",
            }
            for due, rate, mark in zip(*columns, strict=True)
        ]
    )


def _traded(name: str, symbol: str) -> dict[str, Any]:
    base, _, quote = symbol.partition("/")
    market = MARKETS[symbol]
    price, size = 10.0**-market.places, 10.0**-market.volume_places
    return {
        "symbol": name,
        "pair": name,
        "contractType": "PERPETUAL",
        "deliveryDate": NEVER_MS,
        "onboardDate": START_MS,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "marginAsset": quote,
        "pricePrecision": market.places,
        "quantityPrecision": market.volume_places,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "orderTypes": ["LIMIT", "MARKET", "STOP", "TAKE_PROFIT"],
        "timeInForce": ["GTC", "IOC", "FOK"],
        "filters": [
            {"filterType": "PRICE_FILTER", **bounds(price, "Price", "tickSize")},
            {"filterType": "LOT_SIZE", **bounds(size, "Qty", "stepSize")},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
    }


ROUTES = [
    Route("/fapi/v1/ping", ping),
    Route("/fapi/v1/time", server_time),
    Route("/fapi/v1/exchangeInfo", exchange_info),
    Route("/fapi/v1/klines", klines),
    Route("/fapi/v1/fundingRate", funding_rate),
]
