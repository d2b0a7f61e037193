"""The exchange simulator answers as Binance does, wrongly too when it is told."""

import time

import httpx
import pytest

from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated.model import END_MS, START_MS, minutes
from abtpro_saas.markets.timeframes import STEPS
from tests.markets.conftest import DAY, HOUR, MINUTE, rows
from tests.markets.exchange import DAYS, serving

KLINES = "/api/v3/klines"


def asked(exchange, **query):
    query = {"symbol": "BTCUSDT", "interval": "1h"} | query
    answer = exchange.get(KLINES, **query)
    assert answer.status_code == 200, answer.text
    return [(row[0], *map(float, row[1:6])) for row in answer.json()]


def expected(step, symbol="BTC/USDT"):
    return rows(resample(minutes(symbol, days=DAYS), step))


@pytest.mark.parametrize("interval", list(STEPS))
def test_each_interval_is_made_of_the_models_minutes(exchange, interval):
    found = asked(exchange, interval=interval, startTime=START_MS, limit=1000)

    whole = [row for row in expected(STEPS[interval]) if row[0] >= START_MS]
    ended = [row for row in found if row[0] + STEPS[interval] <= START_MS + DAYS * DAY]
    assert ended == whole[:1000]


def test_a_page_holds_so_many_and_begins_where_it_is_asked(exchange):
    found = asked(exchange, interval="1m", startTime=START_MS + 90_001, limit=7)

    assert found == expected(MINUTE)[2:9]
    assert len(asked(exchange, interval="1m", startTime=START_MS)) == 500
    assert len(asked(exchange, interval="1m", startTime=START_MS, limit=5000)) == 1000


def test_a_page_ends_where_it_is_asked(exchange):
    end = START_MS + 5 * HOUR

    assert asked(exchange, startTime=START_MS, endTime=end) == expected(HOUR)[:6]
    assert asked(exchange, startTime=START_MS, endTime=end - 1) == expected(HOUR)[:5]


def test_without_a_start_the_latest_come(exchange):
    assert asked(exchange, limit=3) == expected(HOUR)[-3:]


def test_the_candle_that_runs_is_shown_as_it_is_so_far(exchange):
    exchange.sim("clock", now_ms=START_MS + 5 * HOUR + 30 * MINUTE + 12_345)
    minute = expected(MINUTE)[300:330]

    *_, before, last = asked(exchange, startTime=START_MS)

    assert before == expected(HOUR)[4]
    assert last[:5] == (
        START_MS + 5 * HOUR,
        minute[0][1],
        max(row[2] for row in minute),
        min(row[3] for row in minute),
        minute[-1][4],
    )
    told = exchange.get("/api/v3/time").json()
    assert told == {"serverTime": START_MS + 5 * HOUR + 30 * MINUTE + 12_345}


def test_nothing_is_shown_before_the_first_and_after_the_last(exchange):
    exchange.sim("clock", now_ms=END_MS)

    assert asked(exchange, startTime=0, limit=2) == expected(HOUR)[:2]
    assert asked(exchange, startTime=END_MS + DAY) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"symbol": "DOGEUSDT"}, -1121),
        ({"interval": "7m"}, -1120),
        ({"startTime": "soon"}, -1100),
    ],
)
def test_what_is_wrong_gets_binances_code(exchange, query, code):
    query = {"symbol": "BTCUSDT", "interval": "1h"} | query

    answer = exchange.get(KLINES, **query)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("kind", "status", "begins"),
    [
        ("rate_limited", 429, '{"code":-1003'),
        ("banned", 418, '{"code":-1003'),
        ("empty", 200, "[]"),
        ("blank", 200, ""),
        ("object", 200, "{}"),
        ("html", 502, "<html>"),
        ("html_ok", 200, "<html>"),
        ("unavailable", 503, '{"code":-1000'),
    ],
)
def test_an_answer_goes_wrong_as_often_as_told(exchange, kind, status, begins):
    exchange.sim("faults", kind=kind, times=2, seconds=7)

    wrong = [exchange.get(KLINES, symbol="BTCUSDT", interval="1h") for _ in "ab"]

    assert {each.status_code for each in wrong} == {status}
    assert all(each.text.startswith(begins) for each in wrong)
    if status in {429, 418}:
        assert wrong[0].headers["Retry-After"] == "7"
    assert asked(exchange, limit=1) == expected(HOUR)[-1:]


def test_an_answer_is_late_or_breaks_off(exchange):
    exchange.sim("faults", kind="slow", seconds=0.4)
    began = time.monotonic()
    assert len(asked(exchange, limit=2)) == 2
    assert time.monotonic() - began >= 0.4

    exchange.sim("faults", kind="dropped")
    with pytest.raises(httpx.RemoteProtocolError):
        exchange.get(KLINES, symbol="BTCUSDT", interval="1h")


def test_faults_wait_for_their_path_and_can_be_dropped(exchange):
    exchange.sim("faults", kind="html", times=3)

    assert exchange.get("/api/v3/time").status_code == 200
    assert len(exchange.faults["coming"]) == 3
    assert exchange.ask("DELETE", "/sim/faults").json()["coming"] == []


@pytest.mark.parametrize(
    "body", [{}, {"kind": "fire"}, {"kind": "html", "times": 0}, {"kind": 7, "x": 1}]
)
def test_a_fault_that_is_none_is_refused(exchange, body):
    assert exchange.ask("POST", "/sim/faults", json=body).status_code == 422


@pytest.mark.parametrize("now_ms", ["soon", 0, END_MS + 1])
def test_the_clock_stays_within_the_model(exchange, now_ms):
    answer = exchange.ask("POST", "/sim/clock", json={"now_ms": now_ms})

    assert answer.status_code == 422


def test_other_sites_pull_no_strings(exchange):
    evil = {"Origin": "http://evil.example"}
    answer = exchange.ask("DELETE", "/sim/faults", headers=evil)

    assert answer.status_code == 403
    odd = exchange.ask("GET", "/healthz", headers={"Host": "evil.example"})
    assert odd.status_code == 400


def test_before_its_candles_are_made_it_says_so(tmp_path):
    with serving(str(tmp_path)) as empty:
        answer = empty.get(KLINES, symbol="BTCUSDT", interval="1h")

    assert (answer.status_code, answer.json()["code"]) == (503, -1000)
