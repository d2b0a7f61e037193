"""Two to five backtests side by side: where they agree, which did better in what."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.reporting.curves import kept_rows
from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import NOTHING, number
from abtpro_saas.backtesting.result_store import ResultsAwayError
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.runs.reading import record_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.backtests import words
from abtpro_saas.blueprints.pages.backtests.findings.curves import (
    Curves,
    Series,
    curves,
)
from abtpro_saas.blueprints.pages.backtests.trusting import letter_of
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.record import Record

LEAST, MOST = 2, 5
POINTS = 160
LABELS = 6
TONES = ("accent", "info", "warn", "good", "bad")

HIGHER = (
    *("total_return", "excess_return", "cagr", "sharpe_ratio", "sortino_ratio"),
    *("calmar_ratio", "profit_factor", "win_rate", "expectancy_percent"),
)
LOWER = ("max_drawdown", "longest_drawdown", "volatility", "fees")
NEITHER = ("total_trades", "time_in_market", "buy_and_hold_return")

blp = Blueprint("backtest_compare_page", __name__, url_prefix="/backtests")


class ComparisonError(InvalidError):
    """Not so many backtests as can stand side by side."""

    code = "invalid_comparison"


@dataclass(frozen=True)
class Row:
    """One metric of all runs; ``best`` are the places of those who did best.

    None is best of different markets, time frames or times.
    """

    title: str
    definition: str
    values: tuple[str, ...]
    best: frozenset[int]


@blp.get("/compare")
def show() -> Response:
    """Show the runs that the query names, in its order."""
    wanted = _wanted()
    with tenant_access(scope="backtests:read") as access:
        runs = [
            completed_run(access.session, access.tenant_id, each, access.user_id)
            for each in wanted
        ]
        letters = [letter_of(access, each) for each in runs]
    return render(
        "backtests/compare.html",
        runs=runs,
        letters=letters,
        tones=TONES,
        parameters=[
            list(parameters_of(run.strategy, run.ordered["parameters"], language()))
            for run in runs
        ],
        rows=[_row(runs, key) for key in (*HIGHER, *LOWER, *NEITHER)],
        terms=_terms(runs),
        differing=differing(runs),
        changed=changed(runs),
        comparable=comparable(runs),
        chart=_growth(runs),
    )


def differing(runs: Sequence[Backtest]) -> list[str]:
    """Return in what the runs differ that makes a comparison say little."""
    parts: list[tuple[str, Callable[[Backtest], object]]] = [
        (str(_("market")), _market),
        (str(_("time frame")), lambda run: run.timeframe),
        (str(_("candles")), lambda run: run.fingerprint),
        (str(_("time")), _span),
        (str(_("costs")), lambda run: run.ordered["setup"]["costs"]),
        (str(_("size")), _of_setup("fraction", "shorts")),
        (str(_("leverage")), _of_setup("margin")),
        (str(_("funding")), _of_setup("funding")),
    ]
    return [name for name, of in parts if _differs(runs, of)]


def comparable(runs: Sequence[Backtest]) -> bool:
    """Tell whether the runs are of the same market, time frame and time."""
    return not _differs(runs, lambda run: (_market(run), run.timeframe, _span(run)))


def changed(runs: Sequence[Backtest]) -> list[str]:
    """Return which parameters differ, of runs of one strategy."""
    if _differs(runs, lambda run: run.strategy):
        return []
    every = [
        dict(parameters_of(run.strategy, run.ordered["parameters"], language()))
        for run in runs
    ]
    names = dict.fromkeys(name for each in every for name in each)
    return [name for name in names if len({each.get(name) for each in every}) > 1]


def _differs(runs: Sequence[Backtest], of: Callable[[Backtest], object]) -> bool:
    return any(of(each) != of(runs[0]) for each in runs)


def _market(run: Backtest) -> object:
    return run.symbols, run.ordered["exchange"]


def _span(run: Backtest) -> object:
    return run.ordered["start"], run.ordered["end"]


def _of_setup(*names: str) -> Callable[[Backtest], object]:
    return lambda run: [run.ordered["setup"].get(name) for name in names]


def _terms(runs: Sequence[Backtest]) -> list[tuple[str, list[str]]]:
    """Return size and the terms of perpetual contracts: what each run has of them."""
    told = [dict(words.term_words(run.ordered["setup"])) for run in runs]
    sizes = [words.size_words(run.ordered["setup"]) for run in runs]
    names = dict.fromkeys(name for each in told for name in each)
    rows = [(name, [each.get(name, NOTHING) for each in told]) for name in names]
    return [(str(_("Size")), sizes), *rows]


def _wanted() -> list[UUID]:
    found: list[UUID] = []
    for given in request.args.getlist("run"):
        with suppress(ValueError):
            if UUID(given) not in found:
                found.append(UUID(given))
    if not LEAST <= len(found) <= MOST:
        raise ComparisonError(f"choose {LEAST} to {MOST} backtests to compare", "run")
    return found


def _row(runs: Sequence[Backtest], key: str) -> Row:
    known = {
        place: value
        for place, run in enumerate(runs)
        if (value := (run.metrics or {}).get(key)) is not None
    }
    best: frozenset[int] = frozenset()
    if key not in NEITHER and len(set(known.values())) > 1 and comparable(runs):
        goal = max(known.values()) if key in HIGHER else min(known.values())
        best = frozenset(place for place, value in known.items() if value == goal)
    metric = CATALOGUE[key]
    return Row(
        words.in_words(metric.title),
        words.in_words(metric.definition),
        tuple(words.metric(run, key) for run in runs),
        best,
    )


def _growth(runs: Sequence[Backtest]) -> Curves | None:
    """Return how 100 would have grown in each, all of them on one axis of time."""
    root = house().settings.backtest_data_path
    try:
        records = [record_of(root, run) for run in runs]
    except ResultsAwayError:
        return None
    first = min(int(each.time[0]) for each in records)
    last = max(int(each.time[-1]) for each in records)
    length = max(last - first, 1)
    pairs = zip(runs, records, strict=True)
    return curves(
        [
            _curve(place, run, record, (first, length))
            for place, (run, record) in enumerate(pairs)
        ],
        lambda value: number(value, digits=0),
        [words.utc_day(first + length * n / (LABELS - 1)) for n in range(LABELS)],
    )


def _curve(place: int, run: Backtest, record: Record, axis: tuple[int, int]) -> Series:
    """Return the growth of a run, each value where its time is on the axis."""
    first, length = axis
    rows = kept_rows(record, POINTS)
    return Series(
        TONES[place],
        f"{place + 1} {words.strategy_title(run.strategy)}",
        (100 * record.equity[rows] / record.initial).tolist(),
        ((record.time[rows] - first) / length).tolist(),
    )
