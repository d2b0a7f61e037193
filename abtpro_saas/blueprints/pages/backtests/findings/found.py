"""What a search has found, in words: its best, the stable choice, luck, each value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from abtpro_saas.backtesting.reporting.writing import NOTHING
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.findings.curves import (
    Curves,
    Series,
    curves,
)
from abtpro_saas.blueprints.pages.backtests.findings.heat import (
    Heat,
    chosen_map,
    heat_of,
)
from abtpro_saas.blueprints.pages.backtests.findings.luck import doubts_of
from abtpro_saas.blueprints.pages.backtests.findings.writer import Values, Writer
from abtpro_saas.blueprints.pages.backtests.words import in_words
from abtpro_saas.performance.definitions import CATALOGUE

PLAIN, SLOPE = 0.8, 0.5
"""How much of a trial's score its neighbours must make to stand on a plain."""
SHOWN = ("total_return", "max_drawdown", "total_trades", "win_rate", "profit_factor")
BOTH = 2


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


def search_context(run: Backtest) -> dict[str, Any]:
    """Return what the page of a completed search draws."""
    found, writer = run.findings or {}, Writer(run)
    best, stable = found["best"], found["stable"]
    return {
        "found": found,
        "objective": writer.title,
        "picks": _picks(writer, best, stable),
        "best_score": writer.score(best["score"]) if best else NOTHING,
        "doubts": doubts_of(found),
        "all_lost": best is not None and _lost(best),
        "edges": _edges(writer, found),
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
        axis=writer.axis,
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
        why = _("Nothing did better, and of all trials its neighbours do best as well.")
        return [_pick(writer, best, title, why)]
    return [
        _pick(
            writer,
            stable,
            _("The stable choice"),
            _stable_words(stable),
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


def _stable_words(trial: Values) -> str:
    """Return why a trial is the stable choice, and no more than its neighbours say."""
    words = _("Of all trials, its neighbours do best: still, a little off costs much.")
    if _plateau(trial)[0] == "good":
        words = _("Of all trials, its neighbours do best: a little off costs little.")
    return str(words)


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


def _edges(writer: Writer, found: Values) -> list[str]:
    """Return the parameters of which the best has the least or most that was tried."""
    best = found["best"]
    if best is None:
        return []
    return [
        writer.parameter(each["parameter"])
        for each in found["lines"]
        if len(each["values"]) > BOTH
        and not isinstance(each["values"][0], str)
        and best["parameters"][each["parameter"]]
        in {each["values"][0], each["values"][-1]}
    ]


def _line(writer: Writer, found: Values) -> tuple[str, Curves, list[list[str]]]:
    """Return a parameter's title, its curve over its values, and the same as rows."""
    values = [writer.axis(found["parameter"], each) for each in found["values"]]
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
