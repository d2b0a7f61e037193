"""What a search has found, in words: its best, the stable choice, luck, each value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import NOTHING, number, quote_of
from abtpro_saas.backtesting.robustness.search import Search, search_from
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.forms.asking import PARAMETER
from abtpro_saas.blueprints.pages.backtests.studies.curves import (
    Curves,
    Series,
    curves,
)
from abtpro_saas.blueprints.pages.backtests.studies.heat import (
    Heat,
    chosen_map,
    heat_of,
)
from abtpro_saas.blueprints.pages.backtests.words import in_words, measured
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.plugins.api.parameters import title_of

PLAIN, SLOPE = 0.8, 0.5
"""How much of a trial's score its neighbours must make to stand on a plain."""
RARE, LIKELY = 0.2, 0.5
"""From which probability of overfitting on to take care, and to distrust."""
SURE = 0.95
SHOWN = ("total_return", "max_drawdown", "total_trades", "win_rate", "profit_factor")
BOTH = 2
DIGITS = ((10.0, 2), (1000.0, 1))
"""Decimals of numbers that are smaller, where there is little room."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Pick:
    """A trial that stands out, with the values that it was run with."""

    title: str
    why: str
    tone: str
    plateau: str
    values: Sequence[tuple[str, str]]
    score: str
    figures: Sequence[tuple[str, str]]
    url: str


@dataclass(frozen=True)
class Doubt:
    """A figure about luck, and what it means."""

    title: str
    figure: str
    tone: str
    verdict: str
    meaning: str


class Writer:
    """Writes what a search found in the reader's language."""

    def __init__(self, run: Backtest) -> None:
        self.run = run
        self.search: Search = search_from((run.studied or {})["search"])
        self.objective = self.search.objective
        self.title = in_words(CATALOGUE[self.objective].title)
        self._quote = quote_of(run.symbols[0])
        self._titles = _titles(run.strategy)
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


def search_context(run: Backtest) -> dict[str, Any]:
    """Return what the page of a completed search draws."""
    found, writer = run.findings or {}, Writer(run)
    best, stable = found["best"], found["stable"]
    return {
        "found": found,
        "objective": writer.title,
        "picks": _picks(writer, best, stable),
        "best_score": writer.score(best["score"]) if best else NOTHING,
        "doubts": [
            _overfitting(found["overfitting"]),
            *_unseen(found.get("cross_validation") or {}),
            _deflated(found),
        ],
        "all_lost": best is not None and _lost(best),
        "heat": surface(writer, found),
        "lines": [
            _line(writer, each)
            for each in sorted(
                found["lines"], key=lambda of: writer.names.index(of["parameter"])
            )
        ],
    }


def surface(writer: Writer, found: Values) -> Heat | None:
    """Return the heat map that the query asks for, or the first."""
    maps = found["heat_maps"]
    x, y = (*writer.names, None, None)[:2]
    asked = request.args.get("x", x), request.args.get("y", y)
    chosen = chosen_map(maps, *asked)
    if chosen is None:
        return None
    whole = len(writer.search.space) == BOTH
    marks = [
        (mark, found[mark]["parameters"])
        for mark in ("best", "stable")
        if found[mark] is not None
    ]
    drawn = {name for each in maps for name in (each["x"], each["y"])}
    return heat_of(
        chosen,
        [(name, writer.parameter(name)) for name in writer.names if name in drawn],
        less=found["better"] == "less",
        write=writer.short,
        title=writer.parameter,
        objective=writer.title,
        marks=marks,
        link=writer.link if whole else None,
    )


def _picks(writer: Writer, best: Values | None, stable: Values | None) -> list[Pick]:
    if best is None or stable is None:
        return []
    if _plateau(stable)[0] == "bad":
        why = _("Nothing did better, and none of the values stand on a plateau.")
        return [_pick(writer, best, _("The best"), why)]
    if best["parameters"] == stable["parameters"]:
        title = _("The best, which is the stable choice too")
        why = _("Nothing did better, and of all its neighbours do best as well.")
        return [_pick(writer, best, title, why)]
    return [
        _pick(
            writer,
            stable,
            _("The stable choice"),
            _("Of all trials, its neighbours do best: a little off costs little."),
        ),
        _pick(
            writer,
            best,
            _("The best"),
            _("Nothing did better on these candles. Look at its neighbours."),
        ),
    ]


def _pick(writer: Writer, trial: Values, title: str, why: str) -> Pick:
    tone, plateau = _plateau(trial)
    metrics = trial["metrics"]
    return Pick(
        title,
        why,
        tone,
        plateau,
        writer.varied(trial["parameters"]),
        writer.score(trial["score"]),
        [
            (in_words(CATALOGUE[key].title), writer.metric(key, metrics.get(key)))
            for key in SHOWN
            if key != writer.objective
        ],
        writer.link(trial["parameters"]),
    )


def _plateau(trial: Values) -> tuple[str, str]:
    share = trial["plateau"]
    if share is None and _lost(trial):
        return "bad", _("It lost, and so did neighbouring values.")
    if share is None:
        return "bad", _("Neighbouring values lose: a lone peak, and likely luck.")
    part = f"{share * 100:.0f}%"
    if share >= PLAIN:
        return "good", _(
            "Neighbouring values reach %(part)s of it: a plateau.", part=part
        )
    if share >= SLOPE:
        return "warn", _(
            "Neighbouring values reach %(part)s of it: a slope.", part=part
        )
    return "bad", _(
        "Neighbouring values reach %(part)s of it: a lone peak, and likely luck.",
        part=part,
    )


def _lost(trial: Values) -> bool:
    """Tell whether a trial ended with less than it began with."""
    return (trial["metrics"].get("total_return") or 0.0) <= 0


def _unseen(found: Values) -> list[Doubt]:
    """Return what the best came to on days that did not choose it, if that is known."""
    paths = found.get("paths")
    if not paths:
        return []
    median, seen, losing = found["median"], found["in_training"], found["losing_paths"]
    tone = "good" if median >= SLOPE * seen > 0 else "warn" if median > 0 else "bad"
    if losing:
        verdict = _("%(lost)s of %(all)s paths lost", lost=losing, all=len(paths))
    else:
        verdict = _("None of %(all)s paths lost", all=len(paths))
    meaning = _(
        "The Sharpe ratio on days that were left out when the best was chosen, with a"
        " gap around them, in %(splits)s ways; where it was chosen it was %(seen)s.",
        splits=found["splits"],
        seen=number(seen),
    )
    return [Doubt(_("On unseen days"), number(median), tone, verdict, meaning)]


def _overfitting(found: Values) -> Doubt:
    title = _("Probability of overfitting")
    meaning = _(
        "Time is cut in two in many ways. In so many of them, what was best in one half"
        " was below the middle of all trials in the other."
    )
    share = found["probability"]
    if share is None:
        return Doubt(title, NOTHING, "", _("Too few trials or days to tell"), meaning)
    if share < RARE:
        tone, verdict = "good", _("What was best tends to stay ahead")
    elif share < LIKELY:
        tone, verdict = "warn", _("What was best often did not stay ahead")
    else:
        tone, verdict = "bad", _("Choosing the best is no better than a draw")
    return Doubt(title, f"{share * 100:.0f}%", tone, verdict, meaning)


def _deflated(found: Values) -> Doubt:
    title = _("More than luck")
    counted = found["counted_trials"]
    meaning = ngettext(
        "How likely it is that the best one's Sharpe ratio is above what luck alone"
        " finds in %(num)d trial: every trial that you have made on these candles.",
        "How likely it is that the best one's Sharpe ratio is above what luck alone"
        " finds in %(num)d trials: all that you have made on these candles.",
        counted,
    )
    share = found["deflated_sharpe_ratio"]
    if share is None:
        return Doubt(title, NOTHING, "", _("It cannot be told of this one"), meaning)
    if share >= SURE:
        tone, verdict = "good", _("Luck alone hardly explains it")
    elif share >= LIKELY:
        tone, verdict = "warn", _("Luck is not ruled out")
    else:
        tone, verdict = "bad", _("Luck explains it as well")
    return Doubt(title, f"{int(share * 100)}%", tone, verdict, meaning)


def _line(writer: Writer, found: Values) -> tuple[str, Curves, list[list[str]]]:
    """Return a parameter's title, its curve over its values, and the same as rows."""
    values = [
        f"{each:,.6g}" if isinstance(each, float) else str(each)
        for each in found["values"]
    ]
    drawn = curves(
        [
            Series("quiet", _("Best"), found["best"]),
            Series("accent", _("Median"), found["medians"]),
        ],
        writer.short,
        values,
    )
    rows = [
        [value, *(NOTHING if each is None else writer.score(each) for each in pair)]
        for value, *pair in zip(values, found["medians"], found["best"], strict=True)
    ]
    return writer.parameter(found["parameter"]), drawn, rows


def _titles(strategy: str) -> dict[str, str]:
    try:
        declared = find_strategy(strategy).parameters
    except InvalidError:
        return {}
    return {each.name: in_words(title_of(each)) for each in declared}
