"""The exchange simulator answers for USD-M futures too, as Binance does."""

import numpy as np
import pytest

from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated.funding import simulated_funding
from abtpro_saas.markets.simulated.model import END_MS, START_MS, minutes
from abtpro_saas.markets.simulated.seeding import location_of
from tests.markets.conftest import DAY, HOUR, MINUTE, rows
from tests.markets.exchange import DAYS, serving

FUNDING, KLINES = "/fapi/v1/fundingRate", "/fapi/v1/klines"
EVERY = 8 * HOUR
EXPECTED = simulated_funding("BTC/USDT", resample(minutes("BTC/USDT", DAYS), HOUR))


def rates(exchange, **query):
    """Return (time, rate, mark) of what a request gets."""
    answer = exchange.get(FUNDING, **{"symbol": "BTCUSDT"} | query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {each["symbol"] for each in found} <= {"BTCUSDT"}
    names = ("fundingTime", "fundingRate", "markPrice")
    return [tuple(float(each[name]) for name in names) for each in found]


def expected(part=slice(None)):
    columns = (EXPECTED.time, EXPECTED.rate, EXPECTED.mark)
    return list(zip(*(column.tolist() for column in columns), strict=True))[part]


def test_funding_is_the_models(exchange):
    assert rates(exchange, startTime=START_MS, limit=1000) == expected()


def test_an_answer_has_binances_fields(exchange):
    answer = exchange.get(FUNDING, symbol="BTCUSDT", startTime=START_MS, limit=1)

    assert answer.json() == [
        {
            "symbol": "BTCUSDT",
            "fundingTime": START_MS,
            "fundingRate": "0.00010000",
            "markPrice": "46000.00000000",
        }
    ]
    assert answer.headers["X-MBX-USED-WEIGHT-1M"] == "1"


def test_both_ends_of_a_span_belong_to_it(exchange):
    first, last = START_MS + EVERY, START_MS + 3 * EVERY

    assert rates(exchange, startTime=first, endTime=last) == expected(slice(1, 4))
    assert rates(exchange, startTime=first + 1, endTime=last - 1) == expected(
        slice(2, 3)
    )


def test_a_page_begins_where_it_is_asked(exchange):
    assert rates(exchange, startTime=START_MS + 1, limit=2) == expected(slice(1, 3))
    assert rates(exchange, startTime=0, limit=2) == expected(slice(2))


def test_without_a_start_the_latest_come(exchange):
    end = START_MS + 5 * EVERY

    assert rates(exchange, limit=2) == expected(slice(-2, None))
    assert rates(exchange, endTime=end, limit=2) == expected(slice(4, 6))


def test_a_page_is_no_longer_than_binances(tmp_path):
    time = START_MS + EVERY * np.arange(1500, dtype=np.int64)
    many = FundingRates(time, np.full(1500, 1e-4), np.full(1500, 2e4))
    FundingStore(str(tmp_path)).write(location_of("BTC/USDT"), many)

    with serving(str(tmp_path)) as filled:
        assert len(rates(filled, startTime=START_MS)) == 100
        assert len(rates(filled, startTime=START_MS, limit=5000)) == 1000


def test_a_rate_to_come_is_not_told(exchange):
    exchange.sim("clock", now_ms=START_MS + 2 * EVERY - 1)
    assert rates(exchange) == expected(slice(2))

    exchange.sim("clock", now_ms=START_MS + 2 * EVERY)
    assert rates(exchange) == expected(slice(3))
    assert rates(exchange, startTime=START_MS, endTime=END_MS) == expected(slice(3))


def test_perpetuals_trade_at_the_models_prices(exchange):
    query = {"symbol": "BTCUSDT", "interval": "1m", "startTime": START_MS}

    spot = exchange.get("/api/v3/klines", **query, limit=700).json()
    perpetual = exchange.get(KLINES, **query, limit=700).json()

    assert perpetual == spot
    assert len(exchange.get(KLINES, **query, limit=9999).json()) == 1500


def test_the_candle_that_runs_is_shown(exchange):
    exchange.sim("clock", now_ms=START_MS + 5 * HOUR + 30 * MINUTE)
    query = {"symbol": "BTCUSDT", "interval": "1h", "startTime": START_MS}

    *_, last = exchange.get(KLINES, **query).json()

    half = rows(minutes("BTC/USDT", days=1))[300:330]
    assert (last[0], float(last[4])) == (START_MS + 5 * HOUR, half[-1][4])


def test_it_tells_its_clock_and_what_is_traded(exchange):
    exchange.sim("clock", now_ms=START_MS + DAY)
    told = exchange.get("/fapi/v1/exchangeInfo").json()

    assert exchange.get("/fapi/v1/time").json() == {"serverTime": START_MS + DAY}
    assert exchange.get("/fapi/v1/ping").json() == {}
    names = {each["symbol"]: each["contractType"] for each in told["symbols"]}
    coins = ("BTC", "ETH", "SOL", "BNB")
    assert names == dict.fromkeys((f"{coin}USDT" for coin in coins), "PERPETUAL")


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (FUNDING, {"symbol": "BTCTHB"}, -1121),
        (FUNDING, {}, -1121),
        (FUNDING, {"symbol": "BTCUSDT", "startTime": "soon"}, -1100),
        (KLINES, {"symbol": "BTCTHB", "interval": "1h"}, -1121),
        (KLINES, {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
    ],
)
def test_what_is_wrong_gets_binances_code(exchange, path, query, code):
    answer = exchange.get(path, **query)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("kind", "status", "begins"),
    [
        ("rate_limited", 429, '{"code":-1003'),
        ("banned", 418, '{"code":-1003'),
        ("empty", 200, "[]"),
        ("html_ok", 200, "<html>"),
    ],
)
def test_funding_goes_wrong_on_demand(exchange, kind, status, begins):
    exchange.sim("faults", kind=kind, path="/fundingRate", seconds=7)
    assert exchange.get(KLINES, symbol="BTCUSDT", interval="1h").status_code == 200

    wrong = exchange.get(FUNDING, symbol="BTCUSDT")

    assert (wrong.status_code, wrong.text[: len(begins)]) == (status, begins)
    assert rates(exchange) == expected()


def test_before_its_funding_is_made_it_says_so(tmp_path):
    with serving(str(tmp_path)) as empty:
        empty.sim("clock", now_ms=END_MS)
        answer = empty.get(FUNDING, symbol="BTCUSDT")

    assert (answer.status_code, answer.json()["code"]) == (503, -1000)
