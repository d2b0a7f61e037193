"""Funding histories by ccxt, whichever end of a long answer an exchange leaves out.

Some give the oldest rates of the span that they are asked for, others the newest; some
know no end of it, or give what they have whatever they are asked. So each page is a
span that holds a page at the usual eight hours, what lies outside it does not count,
and where rates seem to be missing at either end, they are asked for again.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abtpro_saas.markets.funding.rates import FundingRates, merged
from abtpro_saas.markets.sources.ccxt_clients import Clients, market_of
from abtpro_saas.markets.sources.port import (
    FundingOrder,
    FundingPage,
    SourceAwayError,
    SourceRefusedError,
)
from abtpro_saas.markets.timeframes import HOUR

PER_PAGE: Mapping[str, int] = {"binance": 1000, "bybit": 200}
"""How many rates come at once; others are asked for ``USUAL``."""
USUAL = 100
EVERY = 8 * HOUR
"""How long it is from one rate to the next, where nothing is known of it."""

_UNTIL = {"okx": "after"}
"""What some call the end of a span, for whom ccxt does not translate ``until``."""


def next_page(clients: Clients, order: FundingOrder) -> FundingPage:
    """Return the rates of the next span.

    Raises:
        SourceAwayError: the exchange cannot be asked now, or answers nonsense.
        SourceRefusedError: it has no such perpetual, or tells no funding.
    """
    since_ms, limit = order.since_ms, _limit(order.exchange)
    end_ms = min(since_ms + limit * EVERY, order.end_ms)
    found = _ask_twice(clients, order, since_ms, end_ms)
    while len(found) and found.time[0] - since_ms > _longest(found):
        earlier = _ask_twice(clients, order, since_ms, int(found.time[0]))
        if not len(earlier):
            break
        found = merged(earlier, found)
    return FundingPage(found, _go_on(found, end_ms, limit))


def _ask_twice(
    clients: Clients, order: FundingOrder, since_ms: int, end_ms: int
) -> FundingRates:
    """Return the rates of a span; an empty answer is believed when it comes twice."""
    found = _ask(clients, order, since_ms, end_ms)
    return found if len(found) else _ask(clients, order, since_ms, end_ms)


def _ask(
    clients: Clients, order: FundingOrder, since_ms: int, end_ms: int
) -> FundingRates:
    exchange, symbol = order.exchange, order.symbol
    until = {"until": end_ms - 1}
    if exchange in _UNTIL:
        until[_UNTIL[exchange]] = end_ms
    with clients.asking(exchange, symbol) as client:
        _check(client, order)
        found = client.fetch_funding_rate_history(
            symbol, since_ms, _limit(exchange), until
        )
        heard = client.last_json_response
    # ccxt makes an empty list of a page in HTML, of {} and of nothing at all.
    if heard is None or heard == {} or not _are_rates(found):
        raise SourceAwayError(f"{exchange} answers what is no funding rate")
    told = [each for each in found if each["fundingRate"] is not None]
    return _rates([each for each in told if since_ms <= each["timestamp"] < end_ms])


def _check(client: Any, order: FundingOrder) -> None:  # noqa: ANN401 - ccxt is untyped
    if not client.has.get("fetchFundingRateHistory"):
        raise SourceRefusedError(
            f"{order.exchange} tells no funding rates", "timeframe"
        )
    market = market_of(client, order.exchange, order.symbol)
    if not market["swap"]:
        raise SourceRefusedError(
            f"{order.symbol} of {order.exchange} is no perpetual and has no funding",
            "symbol",
        )


def _are_rates(found: object) -> bool:
    """Tell whether these are times with rates; a time may lack its rate."""
    return isinstance(found, list) and all(
        isinstance(each, Mapping)
        and isinstance(each.get("timestamp"), int)
        and isinstance(each.get("fundingRate", ""), int | float | None)
        and math.isfinite(each["fundingRate"] or 0)
        for each in found
    )


def _rates(found: Sequence[Mapping[str, Any]]) -> FundingRates:
    """Return them in the order of their times, the first of each."""
    time = np.array([each["timestamp"] for each in found], dtype=np.int64)
    rate = np.array([each["fundingRate"] for each in found], dtype=np.float64)
    mark = np.array([_mark(each.get("info")) for each in found], dtype=np.float64)
    times, places = np.unique(time, return_index=True)
    return FundingRates(times, rate[places], mark[places])


def _mark(info: object) -> float:
    """Return the price at which positions were valued; NaN where it is not told."""
    text = info.get("markPrice") if isinstance(info, Mapping) else None
    try:
        mark = float(str(text))
    except ValueError:
        return math.nan
    return mark if 0 < mark < math.inf else math.nan


def _go_on(found: FundingRates, end_ms: int, limit: int) -> int:
    """Return where the next page begins: behind the last rate if more may be due."""
    if not len(found):
        return end_ms
    last = int(found.time[-1])
    cut = len(found) >= limit or end_ms - last > _longest(found)
    return last + 1 if cut else end_ms


def _longest(found: FundingRates) -> int:
    """Return how long it may be from one rate to the next with none between."""
    usual = np.median(np.diff(found.time)) if len(found) > 1 else EVERY
    return int(usual * 3 // 2)


def _limit(exchange: str) -> int:
    return PER_PAGE.get(exchange, USUAL)
