"""A strategy's parameters in words, with the values that a run had."""

from collections.abc import Iterator

from abtpro_saas.backtesting.reporting.writing import in_language
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Number,
    Parameter,
    Unit,
    Value,
    Values,
    title_of,
)


def parameters_of(
    strategy: str, values: Values, locale: str
) -> Iterator[tuple[str, str]]:
    """Yield each parameter's title and value; of a strategy that is gone, its name.

    In the order in which they are declared, which the database does not keep.
    """
    declared = _declared(strategy)
    known_first = [name for name in declared if name in values]
    others = [name for name in values if name not in declared]
    for name in (*known_first, *others):
        value = values[name]
        known = declared.get(name)
        title = name if known is None else in_language(title_of(known), locale)
        yield title, _written(known, value, locale)


def changed_of(strategy: str, values: Values, locale: str) -> list[tuple[str, str]]:
    """Return the parameters that have other values than their defaults."""
    usual = {each.name: each.default for each in _declared(strategy).values()}
    changed = {
        name: value
        for name, value in values.items()
        if name not in usual or usual[name] != value
    }
    return list(parameters_of(strategy, changed, locale))


def _declared(strategy: str) -> dict[str, Parameter]:
    try:
        return {each.name: each for each in find_strategy(strategy).parameters}
    except InvalidError:
        return {}


def _written(known: Parameter | None, value: Value, locale: str) -> str:
    if isinstance(known, Choice) and value in known.options:
        return in_language(known.options[str(value)], locale)
    if isinstance(known, Number) and known.unit is Unit.FRACTION:
        return f"{round(float(value) * 100, 10):,g}%"
    return f"{value:,g}" if isinstance(value, float) else str(value)
