"""An order that cannot succeed is refused by name; one that can is a run."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from abtpro_saas.backtesting.orders import OrderError, order_from
from abtpro_saas.backtesting.runs import ordering
from abtpro_saas.backtesting.runs.ordering import TooManyRunsError
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.contracts.entitlements import FeatureNeededError
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.resampling import resample
from tests.backtesting.candles_for import START, walk

HOUR = 3_600_000


def test_a_run_says_all_that_will_be_done(order, series):
    run = order(strategy_name="sma_cross", commission=0.001, start_date="2023-01-03")

    stored = order_from(run.ordered)
    assert (run.status, run.progress, run.strategy) == ("PENDING", 0, "SMA_CROSS")
    assert (run.symbols, run.timeframe, run.engine) == (["BTC/USDT"], "1h", "compiled")
    assert (stored.start, stored.end) == (START + 48 * HOUR, START + 600 * HOUR)
    assert stored.exchange == "simulated"
    assert (stored.parameters["fast"], stored.parameters["slow"]) == (5, 20)
    assert stored.setup.costs.taker == 0.001
    assert run.fingerprint == series.fingerprint


def test_a_run_names_the_series_and_that_they_are_simulated(order, series):
    (named,) = order().series

    assert named == {
        "series_id": str(series.series_id),
        "exchange": "simulated",
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "fingerprint": series.fingerprint,
        "simulated": True,
        "brought": False,
        "location": series.location,
    }


@pytest.mark.parametrize("origins", [["file"], ["exchange", "trades"]])
def test_a_run_names_series_that_somebody_brought(order, candles, origins):
    candles(exchange="binance", origins=origins)

    (named,) = order(exchange="binance").series

    assert (named["exchange"], named["brought"]) == ("binance", True)


def test_parameters_that_are_not_given_are_written_too(order):
    stored = order_from(order(parameters={}).ordered)

    assert {"fast", "slow"} <= set(stored.parameters)


def test_a_trader_runs_on_candles_of_their_own(order, candles, owner):
    mine = candles(owner_id=owner, exchange="mine")

    (named,) = order(exchange="mine").series

    assert named["series_id"] == str(mine.series_id)
    assert named["simulated"] is False


def test_longer_candles_are_made_of_shorter_ones(order, series):
    run = order(timeframe="4h", parameters={"fast": 2, "slow": 9})

    assert run.timeframe == "4h"
    assert run.series[0]["series_id"] == str(series.series_id)


def test_an_engine_is_chosen(order):
    assert order(engine="backtrader").engine == "backtrader"


DAYS = "2023-01-25"
"""The candles end within the day after."""

REFUSED = [
    ({"strategy_name": "MAGIC"}, "strategy_name"),
    ({"symbol": "DOGE/USDT"}, "symbol"),
    ({"timeframe": "7m"}, "timeframe"),
    ({"timeframe": "1m"}, "timeframe"),
    ({"exchange": "nowhere"}, "exchange"),
    ({"symbols": ["BTC/USDT", "ETH/USDT"]}, "symbols"),
    ({"parameters": {"fast": 0}}, "parameters.fast"),
    ({"parameters": {"fast": "5"}}, "parameters.fast"),
    ({"parameters": {"speed": 5}}, "parameters.speed"),
    ({"parameters": {"fast": 50, "slow": 20}}, "parameters.fast"),
    ({"start_date": "2022-06-01"}, "start_date"),
    ({"start_date": "2024-06-01"}, "start_date"),
    ({"end_date": "2023-06-01"}, "end_date"),
    ({"end_date": "2022-12-30"}, "end_date"),
    ({"start_date": DAYS, "end_date": "2023-01-24"}, "end_date"),
    ({"start_date": DAYS, "parameters": {"fast": 5, "slow": 30}}, "start_date"),
]


@pytest.mark.parametrize(("members", "field"), REFUSED, ids=str)
def test_what_cannot_succeed_is_refused_before_it_runs(order, open_, members, field):
    with pytest.raises(InvalidError) as refusal:
        order(**members)

    assert refusal.value.field == field
    with open_() as session:
        assert session.scalar(select(func.count()).select_from(Backtest)) == 0


def test_a_part_of_a_day_is_what_a_date_means(order):
    run = order(start_date="2023-01-01", end_date="2023-01-25")
    last_day = order(start_date="2023-01-05", end_date="2023-01-26")

    end = datetime(2023, 1, 26, tzinfo=UTC)
    assert order_from(run.ordered).end == round(end.timestamp() * 1000)
    assert order_from(last_day.ordered).end == START + 600 * HOUR


def test_data_with_gaps_are_refused_unless_they_are_tolerated(order, candles):
    candles(symbol="ETH/USDT", without=range(100, 120))

    with pytest.raises(OrderError, match="20 of 600 candles of ETH/USDT") as refusal:
        order(symbol="ETH/USDT")

    assert refusal.value.field == "gap_tolerance"
    assert order(symbol="ETH/USDT", gap_tolerance=0.05).status == "PENDING"


def test_gaps_count_in_candles_of_the_order_not_of_what_they_are_made_of(
    order, candles
):
    candles(9_000, symbol="ETH/USDT", timeframe="1m", without=range(3_010, 3_250))

    with pytest.raises(OrderError, match="5 of 150 candles of ETH/USDT"):
        order(symbol="ETH/USDT")

    assert order(symbol="ETH/USDT", gap_tolerance=0.04).status == "PENDING"


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        (range(3_030, 4_200, 60), 20),  # a minute of each of twenty hours
        ((3_010, 3_020, 3_050), 1),  # three holes in one hour
        ((3_010, *range(3_050, 3_070)), 2),
        ((*range(3_010, 3_130), 3_140), 3),
    ],
    ids=str,
)
def test_a_candle_that_lacks_any_part_is_missing_once(order, candles, without, gone):
    candles(9_000, symbol="ETH/USDT", timeframe="1m", without=without)
    there = len(resample(walk(9_000, "1m", without=without), HOUR))

    told = rf"{gone} of 150 candles of ETH/USDT"
    with pytest.raises(OrderError, match=told):
        order(symbol="ETH/USDT", gap_tolerance=0)

    assert there == 150 - gone
    assert order(symbol="ETH/USDT", gap_tolerance=gone / 150).status == "PENDING"


def test_a_time_that_is_all_gap_is_refused_when_it_is_ordered(order, candles):
    candles(symbol="ETH/USDT", without=range(100, 200))
    inside = {"start_date": "2023-01-05T14:30:00Z", "end_date": "2023-01-08T14:30:00Z"}

    with pytest.raises(OrderError) as refusal:
        order(symbol="ETH/USDT", gap_tolerance=1.0, **inside)

    assert refusal.value.field == "start_date"


def test_what_gaps_leave_must_be_enough_to_decide(order, candles):
    candles(symbol="ETH/USDT", without=range(10, 595))

    with pytest.raises(OrderError, match="here are 15") as refusal:
        order(symbol="ETH/USDT", gap_tolerance=1.0)

    assert refusal.value.field == "start_date"


def test_a_gap_outside_the_time_does_no_harm(order, candles):
    candles(symbol="ETH/USDT", without=range(100, 120))

    assert order(symbol="ETH/USDT", start_date="2023-01-10").status == "PENDING"


@pytest.mark.parametrize(
    ("plan", "strategy", "lacks"),
    [
        (None, "SMA_CROSS", "backtesting"),
        ("BASIC", "SMA_CROSS", "backtesting"),
    ],
)
def test_who_has_not_rented_it_is_told_which_plan_has_it(
    order, trader, plan, strategy, lacks
):
    with pytest.raises(FeatureNeededError) as refusal:
        order(trader(plan), strategy_name=strategy)

    assert refusal.value.members["feature"] == lacks
    assert refusal.value.members["plan"] is not None


def test_a_contract_that_has_ended_runs_nothing(order, trader):
    with pytest.raises(FeatureNeededError):
        order(trader(ends_in=-9))


def test_strangers_candles_are_not_there(order, candles, trader, new_tenant):
    candles(owner_id=trader(), exchange="theirs")
    candles(tenant_id=new_tenant(), exchange="elsewhere")

    for exchange in ("theirs", "elsewhere"):
        with pytest.raises(OrderError) as refusal:
            order(exchange=exchange)
        assert refusal.value.field == "exchange"


MANY = """
INSERT INTO backtests
SELECT (jsonb_populate_record(b, jsonb_build_object('backtest_id', uuidv7()))).*
FROM backtests b, generate_series(2, :many) WHERE b.backtest_id = :one
"""


def test_a_queue_has_an_end(order, open_):
    one = order(most=1)
    with open_() as session:
        values = {"many": ordering.MOST_OPEN, "one": one.backtest_id}
        session.execute(text(MANY), values)

    with pytest.raises(TooManyRunsError):
        order()


def test_an_order_reads_back_from_its_row(order, run_of):
    run = order(costs={"slippage": {"model": "fixed", "value": 0.0005}})

    slippage = order_from(run_of(run).ordered).setup.costs.slippage
    assert (slippage.model, slippage.value) == ("fixed", 0.0005)
