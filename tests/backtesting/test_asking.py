"""An order as it is asked for: read in full, or refused by the member at fault."""

from datetime import UTC, datetime

import pytest

from abtpro_saas.backtesting.asking import read_instant, read_order
from abtpro_saas.backtesting.engines.port import (
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Setup,
    SlippageModel,
)
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.words import EngineName

LEAST = {"strategy_name": "SMA_CROSS", "symbol": "BTC/USDT", "timeframe": "1h"}


def asked(**members):
    return read_order(LEAST | members)


def ms(*parts):
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


def test_what_is_not_given_is_free_of_costs_and_all_in():
    order = asked()

    assert order.setup == Setup()
    assert order.setup.costs.taker == 0
    assert (order.start, order.end, order.exchange) == (None, None, None)
    assert order.engine is EngineName.COMPILED


def test_a_body_of_version_1_is_read():
    order = asked(
        start_date="2023-01-01T00:00:00",
        end_date="2023-12-31",
        initial_capital=5_000,
        commission=0.001,
        slippage=0.0005,
        parameters={"fast": 10},
    )

    assert (order.start, order.end) == (ms(2023, 1, 1), ms(2024, 1, 1))
    assert order.setup.initial_capital == 5_000.0
    costs = order.setup.costs
    assert (costs.maker, costs.taker) == (0.001, 0.001)
    assert (costs.slippage.model, costs.slippage.value) == (SlippageModel.FIXED, 0.0005)
    assert order.parameters == {"fast": 10}


def test_everything_can_be_said():
    order = asked(
        exchange=" Binance ",
        fill_at="close",
        engine="BACKTRADER",
        gap_tolerance=0.2,
        seed=7,
        costs={
            "maker": 0.0002,
            "taker": 0.0004,
            "slippage": {"model": "square_root", "value": 0.7},
            "minimum_notional": 5,
            "size_step": 0.001,
        },
        sizing={"fraction": 0.5, "shorts": True},
    )

    setup = order.setup
    assert (order.exchange, order.engine) == ("binance", EngineName.BACKTRADER)
    assert (order.gap_tolerance, order.seed) == (0.2, 7)
    assert (setup.fraction, setup.shorts, setup.fill_at) == (0.5, True, FillAt.CLOSE)
    assert (setup.costs.maker, setup.costs.taker) == (0.0002, 0.0004)
    assert setup.costs.slippage.model is SlippageModel.SQUARE_ROOT
    assert (setup.market.least_value, setup.market.size_step) == (5.0, 0.001)


def test_a_venue_s_terms_can_be_said():
    setup = asked(
        costs={"participation": 0.1, "taker": 0.001},
        margin={"leverage": 5, "maintenance": 0.01, "liquidation_fee": 0.005},
        funding={"rate": 0.0001, "interval_hours": 4},
        detail_timeframe="1m",
    ).setup

    assert setup.market.participation == 0.1
    assert setup.margin == Margin(5.0, 0.01, 0.005)
    assert setup.funding == Funding(0.0001, 4.0)
    assert setup.detail_timeframe == "1m"
    assert asked(costs={"fee_in": "BASE"}).setup.costs.fee_in is FeeIn.BASE


def test_funding_without_a_rate_is_the_market_s_and_needs_a_margin():
    setup = asked(funding={}).setup

    assert (setup.funding, setup.margin) == (Funding(None, 8.0), Margin())


def test_several_symbols_keep_their_order():
    order = read_order(
        {"strategy_name": "X", "timeframe": "1d", "symbols": ["eth/usdt", "BTC/USDT"]}
    )

    assert order.symbols == ("ETH/USDT", "BTC/USDT")


@pytest.mark.parametrize(
    ("text", "last", "instant"),
    [
        ("2023-01-01", False, ms(2023, 1, 1)),
        ("2023-12-31", True, ms(2024, 1, 1)),
        ("2023-12-31T00:00:00", True, ms(2023, 12, 31)),
        ("2023-01-01T07:00:00+07:00", False, ms(2023, 1, 1)),
        ("2023-01-01 06:30Z", False, ms(2023, 1, 1, 6, 30)),
        ("2023-01-01T00:00:00.500z", False, ms(2023, 1, 1) + 500),
    ],
)
def test_a_date_is_a_day_in_utc_and_an_instant_is_itself(text, last, instant):
    assert read_instant(text, "end_date", last=last) == instant


def test_an_end_beyond_the_calendar_is_told_to_be_too_late():
    assert read_instant("9999-12-30", "end_date", last=True) == ms(9999, 12, 31)

    with pytest.raises(OrderError, match=r"too late: 9999-12-30 is the last") as error:
        read_instant("9999-12-31", "end_date", last=True)
    assert error.value.field == "end_date"


REFUSED = [
    ({"start_date": "1.1.2023"}, "start_date"),
    ({"start_date": "20230101"}, "start_date"),
    ({"start_date": "2023-02-30"}, "start_date"),
    ({"end_date": "9999-12-31"}, "end_date"),
    ({"start_date": "2023-02-01", "end_date": "2023-01-31"}, "end_date"),
    ({"start_date": "2023-02-01T00:00Z", "end_date": "2023-02-01T00:00Z"}, "end_date"),
    ({"symbol": "BTCUSDT"}, "symbol"),
    ({"symbol": "../etc/passwd"}, "symbol"),
    ({"symbols": ["BTC/USDT"]}, "symbol"),
    ({"symbol": None}, "symbol"),
    ({"symbol": None, "symbols": []}, "symbols"),
    ({"symbol": None, "symbols": ["A/B", "a/b"]}, "symbols"),
    ({"initial_capital": 0}, "initial_capital"),
    ({"initial_capital": float("nan")}, "initial_capital"),
    ({"initial_capital": True}, "initial_capital"),
    ({"commission": 0.2}, "commission"),
    ({"commission": -0.001}, "commission"),
    ({"commission": 0.001, "costs": {"maker": 0.001}}, "commission"),
    ({"slippage": 0.001, "costs": {"slippage": {"value": 0.1}}}, "slippage"),
    ({"costs": {"taker": "0.1"}}, "costs.taker"),
    ({"costs": {"slippage": {"model": "magic"}}}, "costs.slippage.model"),
    ({"costs": {"slippage": {"value": 0.3}}}, "costs.slippage.value"),
    ({"sizing": {"fraction": 0}}, "sizing.fraction"),
    ({"sizing": {"fraction": 1.5}}, "sizing.fraction"),
    ({"engine": "vectorbt"}, "engine"),
    ({"fill_at": "yesterday"}, "fill_at"),
    ({"gap_tolerance": 2}, "gap_tolerance"),
    ({"costs": {"participation": 1.1}}, "costs.participation"),
    ({"costs": {"fee_in": "gold"}}, "costs.fee_in"),
    ({"margin": {"leverage": 0.5}}, "margin.leverage"),
    ({"margin": {"leverage": 126}}, "margin.leverage"),
    ({"margin": {"maintenance": 0.6}}, "margin.maintenance"),
    ({"margin": {"liquidation_fee": -0.1}}, "margin.liquidation_fee"),
    ({"funding": {"rate": 0.06}}, "funding.rate"),
    ({"funding": {"interval_hours": 0}}, "funding.interval_hours"),
    ({"seed": -1}, "seed"),
    ({"seed": 10**400}, "seed"),
    ({"initial_capital": -(10**400)}, "initial_capital"),
    ({"costs": {"fee_in": 5}}, "costs.fee_in"),
    ({"costs": {"slippage": {"model": ["fixed"]}}}, "costs.slippage.model"),
    ({"detail_timeframe": 5}, "detail_timeframe"),
    ({"universe": 5}, "universe"),
    ({"sizing": {"shorts": "false"}}, "sizing.shorts"),
    ({"sizing": {"shorts": 1}}, "sizing.shorts"),
]


@pytest.mark.parametrize(("members", "field"), REFUSED, ids=str)
def test_what_cannot_be_used_is_refused_by_its_name(members, field):
    with pytest.raises(OrderError) as refusal:
        asked(**members)

    assert refusal.value.field == field
