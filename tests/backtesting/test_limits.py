"""What cannot be run as ordered is refused at once, by the member at fault."""

from dataclasses import replace

import pytest

from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.checking import check_strategy
from abtpro_saas.backtesting.engines.port import (
    Costs,
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Market,
    Setup,
    Slippage,
    SlippageModel,
    UnsupportedError,
)
from abtpro_saas.backtesting.engines.rules import rules_of, terms_of
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.words import EngineName
from tests.backtesting.engines.worlds import flat

SIGNALS = Order("SMA_CROSS", ("BTC/USDT",), "1h")
BARS = Order("GRID", ("BTC/USDT",), "1h")
WEIGHTS = Order("XS_MOMENTUM", ("BTC/USDT", "ETH/USDT", "XRP/USDT"), "1d")
IN_COINS, HELD = Costs(fee_in=FeeIn.BASE), Margin(5.0, 0.01)

MORE = [
    (Setup(margin=HELD), "margin"),
    (Setup(funding=Funding()), "funding"),
    (Setup(margin=HELD, funding=Funding(0.0001)), "margin"),
    (Setup(market=Market(participation=0.1)), "costs.participation"),
    (Setup(costs=IN_COINS), "costs.fee_in"),
    (Setup(detail_timeframe="1m"), "detail_timeframe"),
]


def refused(order):
    with pytest.raises(OrderError) as refusal:
        check_strategy(order)
    return refusal.value.field


@pytest.mark.parametrize("setup", [each for each, _ in MORE])
def test_signals_are_settled_as_a_venue_does(setup):
    checked = check_strategy(replace(SIGNALS, setup=setup))

    assert checked.order.setup == setup


@pytest.mark.parametrize(("setup", "field"), MORE)
def test_bars_trade_whole_orders_of_spot_markets(setup, field):
    assert refused(replace(BARS, setup=setup)) == field


@pytest.mark.parametrize(("setup", "field"), MORE)
def test_pools_trade_spot_markets_in_parts_and_with_fees_in_coins(setup, field):
    order = replace(WEIGHTS, setup=setup)
    if field.startswith("costs."):
        assert check_strategy(order).order.setup == setup
    else:
        assert refused(order) == field


@pytest.mark.parametrize(
    ("setup", "field"),
    [
        *MORE,
        (Setup(fill_at=FillAt.CLOSE), "fill_at"),
        *(
            (Setup(costs=Costs(slippage=Slippage(model, 0.1))), "costs.slippage.model")
            for model in (SlippageModel.VOLUME_SHARE, SlippageModel.SQUARE_ROOT)
        ),
    ],
)
def test_backtrader_is_asked_for_what_it_has_alone(setup, field):
    order = replace(SIGNALS, engine=EngineName.BACKTRADER, setup=setup)

    assert refused(order) == field


@pytest.mark.parametrize("order", [BARS, WEIGHTS], ids=["bars", "weights"])
def test_backtrader_runs_signals_alone(order):
    assert refused(replace(order, engine=EngineName.BACKTRADER)) == "engine"


TOGETHER = [
    (Setup(costs=IN_COINS, shorts=True), "costs.fee_in"),
    (Setup(costs=IN_COINS, margin=HELD), "costs.fee_in"),
    (Setup(margin=Margin(100.0, 0.01)), "margin.leverage"),
    (Setup(margin=Margin(100.0), costs=Costs(taker=0.01)), "margin.leverage"),
    (Setup(margin=Margin(50.0, 0.0, 0.02)), "margin.leverage"),
]


@pytest.mark.parametrize(("setup", "field"), TOGETHER)
def test_what_does_not_go_together_is_refused(setup, field):
    assert refused(replace(SIGNALS, setup=setup)) == field


@pytest.mark.parametrize(("setup", "field"), TOGETHER, ids=str)
def test_the_engine_refuses_it_too(setup, field):
    rules_of(setup)
    with pytest.raises(UnsupportedError):
        terms_of(setup)


@pytest.mark.parametrize("detail", ["1h", "1d", "45m", "1 minute"])
def test_detail_is_finer_and_fits(detail):
    order = replace(SIGNALS, setup=Setup(detail_timeframe=detail))

    assert refused(order) == "detail_timeframe"


@pytest.mark.parametrize("name", ["price_tick", "size_step"])
def test_grains_are_none_or_as_fine_as_a_venue_has_them(name):
    for grain in (0.0, 1e-18, 0.5):
        setup = Setup(market=Market(**{name: grain}))
        assert check_strategy(replace(SIGNALS, setup=setup)).order.setup == setup
    setup = Setup(market=Market(**{name: 1e-303}))
    assert refused(replace(SIGNALS, setup=setup)) == f"costs.{name}"


@pytest.mark.parametrize("tick", [0.5, 98.0, 98.5, 1_000.0])
def test_a_tick_is_no_more_than_the_lowest_price(tick):
    """Who sold at market below it would be paid nothing."""
    order = replace(SIGNALS, parameters={"fast": 2, "slow": 3})
    order = replace(order, setup=Setup(market=Market(price_tick=tick)))
    candles = [flat([100.0] * 9 + [98.0] * 9)]
    if tick <= 98.0:
        calculate(order, candles, lambda _: None)
        return
    with pytest.raises(OrderError, match="went down to 98,") as refusal:
        calculate(order, candles, lambda _: None)
    assert refusal.value.field == "costs.price_tick"
