"""docs/strategies.md explains every strategy and every parameter, and none too many."""

import re
from pathlib import Path

import pytest

from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.plugins.api.parameters import Choice, Unit, read_values
from abtpro_saas.plugins.api.risk import RISK

PAGE = (Path(__file__).parents[3] / "docs/strategies.md").read_text("utf-8")
EVERY = pytest.mark.parametrize(
    "strategy", all_strategies(), ids=lambda each: each.name
)


def part(heading):
    """Return what stands under a heading, up to the next one."""
    _, _, rest = PAGE.partition(f"\n{heading}\n")
    return re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text):
    return [line for line in text.splitlines() if line.startswith("| `")]


def row(parameter):
    """Return a parameter's row of a table."""
    names = [f"`{parameter.name}`", *(f"or `{name}`" for name in parameter.also)]
    if isinstance(parameter, Choice):
        texts = parameter.options.items()
        allowed = "<br>".join(f"`{key}`: {en}, {th}" for key, (en, th) in texts)
        default = parameter.default
    else:
        whole = isinstance(parameter.low, int)
        low, high, default = (
            str(number) if whole else f"{number:g}"
            for number in (parameter.low, parameter.high, parameter.default)
        )
        is_part = getattr(parameter, "unit", None) is Unit.FRACTION
        allowed = f"{low} to {high}{', a fraction' if is_part else ''}"
    meaning = "<br>".join(parameter.meaning)
    return f"| {'<br>'.join(names)} | {default} | {allowed} | {meaning} |"


def test_every_strategy_is_explained_and_no_other():
    explained = re.findall(r"^### `(\w+)`: .+$", PAGE, re.MULTILINE)

    assert sorted(explained) == [each.name for each in all_strategies()]


@EVERY
def test_a_strategy_is_told_as_it_tells_itself(strategy):
    text = part(f"### `{strategy.name}`: {strategy.about.title.en}")
    candles = strategy.warm_up(read_values(strategy.parameters, {}))

    assert "<br>".join(strategy.about.description) in text
    assert f"Source: {strategy.about.source}." in text
    assert f"Needs {candles} candle" in text


@EVERY
def test_its_parameters_are_explained_and_no_others(strategy):
    text = part(f"### `{strategy.name}`: {strategy.about.title.en}")
    stops = [each for each in strategy.parameters if each in RISK]

    own = [row(each) for each in strategy.parameters if each not in stops]
    assert rows(text) == own
    assert ("Takes [stops](#stops)" in text) == (stops == list(RISK))


def test_stops_are_explained():
    assert rows(part("## Stops")) == [row(each) for each in RISK]


def test_each_stands_under_its_level():
    basic, advanced = PAGE.split("\n## Advanced\n")

    for each in all_strategies():
        where = basic if each.about.level == "basic_strategies" else advanced
        assert f"\n### `{each.name}`: " in where
