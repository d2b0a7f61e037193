"""Exchanges with odd ways, over real HTTP, and what asks them for funding."""

import asyncio
from collections import Counter

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.sources.port import FundingOrder
from tests.markets.conftest import DAY, HOUR, MINUTE
from tests.markets.exchange import DAYS

EVERY = 8 * HOUR
END = START_MS + DAYS * DAY
PERPETUAL = {
    "symbol": "BTCUSDT",
    "contractType": "PERPETUAL",
    "deliveryDate": 4_133_404_800_000,
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "filters": [],
}
QUARTERLY = PERPETUAL | {
    "symbol": "BTCUSDT_260327",
    "contractType": "CURRENT_QUARTER",
    "deliveryDate": 1_774_569_600_000,
}


class Odd:
    """An exchange with ways of its own; ``answer`` gives times, or whole rates."""

    def __init__(self, answer):
        self.asked = Counter()
        self.at_once = self.most_at_once = 0
        self._answer = answer
        names = ("exchangeInfo", "fundingRate", "klines")
        here = [Route(f"/fapi/v1/{name}", getattr(self, name)) for name in names]
        spot = [Route(f"/api/v3/{name}", getattr(self, name)) for name in names]
        self.app = Starlette(routes=[*here, *spot])

    async def exchangeInfo(self, request):  # noqa: N802 - Binance's word
        self.asked[request.url.path] += 1
        spot = {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT"}
        there = [PERPETUAL, QUARTERLY] if "fapi" in request.url.path else [spot]
        return JSONResponse({"symbols": there})

    async def fundingRate(self, request):  # noqa: N802 - as above
        self.asked[request.url.path] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        query = request.query_params
        told = self._answer(int(query["startTime"]), int(query["endTime"]))
        told = [each if isinstance(each, dict) else rate(each) for each in told]
        return JSONResponse(told[: int(query["limit"])])

    async def klines(self, request):
        self.asked[request.url.path] += 1
        return JSONResponse([[START_MS, *["1"] * 5, START_MS + MINUTE - 1]])


def rate(time, value="0.0001", mark="20000"):
    return {
        "symbol": "BTCUSDT", "fundingTime": time,
        "fundingRate": value, "markPrice": mark,
    }  # fmt: skip


def due(since, end, every=EVERY):
    """Return when rates are due in [since, end]."""
    first = -(-since // every) * every
    return list(range(first, end + 1, every))


def order(since=START_MS, end=END, symbol="BTC/USDT:USDT", exchange="binance"):
    return FundingOrder(exchange, symbol, since, end)


def rows(rates):
    columns = (rates.time, rates.rate, rates.mark)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def all_pages(source, asked):
    """Return (time, rate, mark) of all pages, and how many pages there were."""
    found, count, since = [], 0, asked.since_ms
    while since < asked.end_ms:
        page = source.fetch_funding(order(since, asked.end_ms, asked.symbol))
        assert since < page.next_ms <= asked.end_ms
        found, since, count = found + rows(page.rates), page.next_ms, count + 1
    return found, count
