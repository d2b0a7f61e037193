"""Strategies are found by name; what is broken stops nobody else."""

from importlib.metadata import EntryPoint

import pytest
from structlog.testing import capture_logs

from abtpro_saas.backtesting.strategies.catalogue import (
    GROUP,
    all_strategies,
    find_strategy,
    load,
)
from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.parameters import read_values
from abtpro_saas.plugins.api.strategies import BarStrategy, Level, WeightStrategy

BASIC = {
    *("BREAKOUT", "BUY_AND_HOLD", "DCA", "DONCHIAN", "EMA_CROSS", "GRID", "MACD"),
    *("MEAN_REVERSION", "RSI_CROSS", "SMA_CROSS", "VWAP"),
}
ADVANCED = {"MTF_MOMENTUM", "PAIRS", "SUPERTREND", "VOL_TARGET_TREND", "XS_MOMENTUM"}
EVERY = pytest.mark.parametrize(
    "strategy", all_strategies(), ids=lambda each: each.name
)


def point(name, value):
    return EntryPoint(name, value, GROUP)


def named(level):
    return {each.name for each in all_strategies() if each.about.level is level}


def test_every_strategy_is_found_at_its_level():
    assert named(Level.BASIC) == BASIC
    assert named(Level.ADVANCED) == ADVANCED


@pytest.mark.parametrize("name", ["SMA_CROSS", "sma_cross", "Sma_Cross"])
def test_a_name_is_found_in_any_case(name):
    assert find_strategy(name).name == "SMA_CROSS"


@pytest.mark.parametrize("name", ["", "SMA", "SMA_CROSS ", "x" * 10_000, "ß"])
def test_an_unknown_name_is_refused_with_those_there_are(name):
    with pytest.raises(InvalidError, match="BUY_AND_HOLD, DCA") as refused:
        find_strategy(name)

    assert repr(name[:40]) in str(refused.value)
    assert refused.value.field == "strategy_name"
    assert len(str(refused.value)) < 400


def test_each_asking_gets_a_strategy_of_its_own():
    assert find_strategy("GRID") is not find_strategy("GRID")


def test_broken_entry_points_do_not_stop_the_others():
    holding = "abtpro_saas.backtesting.strategies.holding"
    with capture_logs() as logs:
        found = load(
            [
                point("NO_MODULE", "abtpro_saas.nowhere:Nothing"),
                point("NO_CLASS", f"{holding}:Nothing"),
                point("NO_STRATEGY", f"{holding}:About"),
                point("OTHER_NAME", f"{holding}:BuyAndHold"),
                point("BUY_AND_HOLD", f"{holding}:BuyAndHold"),
            ]
        )

    assert list(found) == ["BUY_AND_HOLD"]
    told = {each["strategy"] for each in logs}
    assert told == {"NO_MODULE", "NO_CLASS", "NO_STRATEGY", "OTHER_NAME"}


@EVERY
def test_a_strategy_is_explained_in_both_languages(strategy):
    about = strategy.about
    texts = [about.title, about.description, *(p.meaning for p in strategy.parameters)]
    for each in strategy.parameters:
        texts += getattr(each, "options", {}).values()

    thai = [text.th for text in texts if text.en != text.th]
    assert all(any("ก" <= letter <= "๙" for letter in text) for text in thai)
    assert all(text.en.isascii() and text.en for text in texts)
    assert about.source
    assert about.description.en.endswith(".")


@EVERY
def test_defaults_are_taken_and_go_together(strategy):
    values = read_values(strategy.parameters, {})
    strategy.check(values)

    given = {each.name: each.default for each in strategy.parameters}
    assert read_values(strategy.parameters, given) == values
    assert strategy.warm_up(values) >= 1


@EVERY
def test_names_of_parameters_are_clear(strategy):
    names = [n for each in strategy.parameters for n in (each.name, *each.also)]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() for name in names)


@EVERY
def test_only_strategies_of_weights_take_several_symbols(strategy):
    fewest, most = strategy.symbols

    assert 1 <= fewest <= most
    assert most == 1 or isinstance(strategy, WeightStrategy)
    assert not isinstance(strategy, BarStrategy) or most == 1


@EVERY
def test_every_parameter_has_a_title_in_both_languages(strategy):
    for each in strategy.parameters:
        assert each.title is not None, each.name
        assert each.title.en != each.name
        assert max(each.title.th) >= "\N{THAI CHARACTER KO KAI}"
