"""What a study was asked beyond its order, as rows of words."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask_babel import gettext as _

from abtpro_saas.backtesting.reporting.writing import number
from abtpro_saas.backtesting.robustness.search import Method, Range, search_from
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.findings.writer import Writer
from abtpro_saas.blueprints.pages.backtests.studies import choices
from abtpro_saas.blueprints.pages.backtests.words import in_words
from abtpro_saas.performance.definitions import CATALOGUE

Rows = list[tuple[str, str]]


def asked_words(run: Backtest) -> Rows:
    """Return what was asked, by kind."""
    asked = run.studied or {}
    if "search" not in asked:
        return _resampling(asked)
    return _search(run, asked) + (_walk(asked["walk"]) if "walk" in asked else [])


def _search(run: Backtest, asked: Mapping[str, Any]) -> Rows:
    search, writer = search_from(asked["search"]), Writer(run)
    method = choices.method_words()[search.method.value]
    if search.method is not Method.GRID:
        seed = _("seed %(seed)s", seed=search.seed)
        method = f"{method} · {search.trials:,} · {seed}"
    tried = [
        f"{writer.parameter(name)} {_dimension(writer, name, search.space[name])}"
        for name in writer.names
    ]
    rows = [
        (_("Tried"), " · ".join(tried)),
        (_("Method"), method),
        (_("Looked for"), writer.title),
    ]
    if search.constraints:
        told = [
            _bound(in_words(CATALOGUE[each.metric].title), each.least, each.most)
            for each in search.constraints
        ]
        rows.append((_("Counts only with"), " · ".join(told)))
    return rows


def _dimension(writer: Writer, name: str, found: object) -> str:
    if isinstance(found, Range):
        written = partial(writer.axis, name)
        span = _(
            "%(low)s to %(high)s", low=written(found.low), high=written(found.high)
        )
        if found.step is None:
            return str(span)
        return f"{span} ({_('step %(step)s', step=written(found.step))})"
    listed = found if isinstance(found, tuple) else ()
    words = [value for each in listed for _name, value in writer.varied({name: each})]
    return ", ".join(words)


def _bound(title: str, least: float | None, most: float | None) -> str:
    told = title
    if least is not None:
        told += " ≥ " + number(least, digits=0 if least % 1 == 0 else 2)
    if most is not None:
        told += " ≤ " + number(most, digits=0 if most % 1 == 0 else 2)
    return told


def _walk(asked: Mapping[str, Any]) -> Rows:
    told = dict(choices.modes())[asked["mode"]]
    return [
        (_("Windows"), f"{asked['windows']} · {told}"),
        (_("Goes on with"), dict(choices.chosen()).get(asked.get("choose", ""), "--")),
        (_("Left out between the two"), _("%(count)s candles", count=asked["embargo"])),
    ]


def _resampling(asked: Mapping[str, Any]) -> Rows:
    if not asked:
        return []
    method = choices.resampling_words().get(asked["method"], asked["method"])
    return [
        (_("Drawn anew"), method),
        (_("How often"), f"{asked['simulations']:,}"),
        (_("Ruin"), _("a loss of %(part)s%%", part=f"{asked['ruin'] * 100:g}")),
        (_("Seed"), str(asked["seed"])),
    ]
