"""What a study found, written in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import NOTHING, number, quote_of
from abtpro_saas.backtesting.robustness.search import Search, search_from
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.forms.asking import PARAMETER
from abtpro_saas.blueprints.pages.backtests.forms.units import scale_of, shown_value
from abtpro_saas.blueprints.pages.backtests.words import in_words, measured
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.plugins.api.parameters import Parameter, title_of

DIGITS = ((10.0, 2), (1000.0, 1))
"""Decimals of numbers that are smaller, where there is little room."""

Values = Mapping[str, Any]


class Writer:
    """Writes what a search found in the reader's language."""

    def __init__(self, run: Backtest) -> None:
        self.run = run
        self.search: Search = search_from((run.studied or {})["search"])
        self.objective = self.search.objective
        self.title = in_words(CATALOGUE[self.objective].title)
        self._quote = quote_of(run.symbols[0])
        self._declared = _declared(run.strategy)
        titles = self._declared.items()
        self._titles = {name: in_words(title_of(each)) for name, each in titles}
        # A database keeps no order of names: they stand as the strategy declares them.
        declared = [name for name in self._titles if name in self.search.space]
        self.names = declared or list(self.search.space)

    def score(self, value: float | None) -> str:
        """Write a value of the objective."""
        return self.metric(self.objective, value)

    def metric(self, key: str, value: float | None) -> str:
        """Write a metric with its unit."""
        if value is None:
            return NOTHING
        return measured(value, CATALOGUE[key].unit, self._quote)

    def short(self, value: float) -> str:
        """Write a value of the objective without its unit, for cells and axes."""
        digits = next((n for below, n in DIGITS if abs(value) < below), 0)
        return number(value, digits=digits)

    def parameter(self, name: str) -> str:
        """Return what a person calls a parameter."""
        return self._titles.get(name, name)

    def axis(self, name: str, value: object) -> str:
        """Write a parameter's value for cells and axes: fractions in percent."""
        declared = self._declared.get(name)
        shown = value if declared is None else shown_value(declared, value)
        sign = "%" if declared is not None and scale_of(declared) != 1 else ""
        return (f"{shown:,.6g}" if isinstance(shown, float) else str(shown)) + sign

    def varied(self, values: Values) -> list[tuple[str, str]]:
        """Return the title and the value of what was varied."""
        chosen = {name: values[name] for name in self.names if name in values}
        return list(parameters_of(self.run.strategy, chosen, language()))

    def link(self, values: Values) -> str:
        """Return the form of a backtest with these values."""
        fields: dict[str, Any] = {
            PARAMETER + name: f"{each:.10g}" if isinstance(each, float) else each
            for name, each in values.items()
        }
        fields["from"] = self.run.backtest_id
        return url_for("backtest_order_page.begin", **fields)


def _declared(strategy: str) -> dict[str, Parameter]:
    try:
        return {each.name: each for each in find_strategy(strategy).parameters}
    except InvalidError:
        return {}
