"""All trials of a search: ranked, sorted as the reader likes, and as CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from abtpro_saas.backtesting.result_store import ResultsAwayError
from abtpro_saas.backtesting.robustness.searching.objectives import LESS
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.runs.finding import get_run
from abtpro_saas.backtesting.studies.reading import Part, parts_of, trials_in
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.pages.backtests.findings.found import SHOWN
from abtpro_saas.blueprints.pages.backtests.findings.writer import Writer
from abtpro_saas.blueprints.pages.backtests.words import in_words
from abtpro_saas.performance.definitions import CATALOGUE

ON_A_PAGE = 20
MOST_READ = 1_500
"""Of a larger search the page has the best ones alone; the file has all."""
SCORE = "score"

blp = Blueprint("trials_page", __name__, url_prefix="/backtests")


@dataclass(frozen=True)
class Row:
    """A trial in a table; ``place`` is its rank, None where it does not count."""

    place: int | None
    values: Sequence[tuple[str, str]]
    score: str
    figures: Sequence[str]
    url: str


@dataclass(frozen=True)
class Ranked:
    """A trial, and its rank by the objective."""

    place: int | None
    values: dict[str, Any]
    score: float | None
    metrics: dict[str, float | None]


@blp.get("/<uuid:backtest_id>/trials.csv")
def as_csv(backtest_id: UUID) -> Response:
    """Give every trial of a search, in the order in which they were tried."""
    with tenant_access(scope="backtests:read") as access:
        run = get_run(access.session, access.tenant_id, backtest_id, access.user_id)
        parts = parts_of(access.session, run)
    names = Writer(run).names
    keys = [key for key in SHOWN if key != (run.studied or {})["search"]["objective"]]
    columns = ("number", *names, SCORE, "counts", *keys)
    root = house().settings.backtest_data_path
    rows = _lines(root, run, parts, names, keys)
    return csv_stream(f"trials-{backtest_id}", columns, rows)


def trials_context(access: Access, run: Backtest, writer: Writer) -> dict[str, Any]:
    """Return what the table of trials draws, as the query sorts it."""
    found = run.findings or {}
    ranked = _ranked(access, run)
    whole = ranked is not None
    if ranked is None:
        ranked = [
            Ranked(n, each["parameters"], each["score"], each["metrics"])
            for n, each in enumerate(found["ranking"], start=1)
        ]
    keys = [key for key in SHOWN if key != writer.objective]
    asked = request.args.get("sort", SCORE)
    sort = asked if asked in keys else SCORE
    rows = _sorted(ranked, sort)
    is_rising = found["better"] == "less" if sort == SCORE else sort in LESS
    start = _start(len(rows))
    shown = rows[start : start + ON_A_PAGE]
    return {
        "trials": [_row(writer, each, keys) for each in shown],
        "columns": [(key, in_words(CATALOGUE[key].title)) for key in keys],
        "sort": sort,
        "sorted": "ascending" if is_rising else "descending",
        "start": start,
        "count": len(rows),
        "tried": found["trials"],
        "next_start": start + ON_A_PAGE if start + ON_A_PAGE < len(rows) else None,
        "is_whole": whole,
    }


def _ranked(access: Access, run: Backtest) -> list[Ranked] | None:
    """Return all trials by their rank; None where they are too many, or away."""
    if (run.findings or {})["trials"] > MOST_READ:
        return None
    parts = parts_of(access.session, run)
    try:
        trials = _read(house().settings.backtest_data_path, _Key(run), tuple(parts))
    except ResultsAwayError:
        return None
    sign = -1 if (run.findings or {})["better"] == "more" else 1
    counting = [each for each in trials if each.feasible]
    counting.sort(key=lambda each: sign * (each.score or 0.0))
    others = [each for each in trials if not each.feasible]
    return [
        *(_of(n, each) for n, each in enumerate(counting, start=1)),
        *(_of(None, each) for each in others),
    ]


class _Key:
    """A run as what is remembered of it: by its id alone."""

    def __init__(self, run: Backtest) -> None:
        self.run = run

    def __hash__(self) -> int:
        return hash(self.run.backtest_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.run.backtest_id == self.run.backtest_id


@lru_cache(maxsize=2)
def _read(root: str, key: _Key, parts: Sequence[Part]) -> list[Trial]:
    # What a completed search has tried never changes.
    most = parts[-1].end if parts else 0
    return [each.trial for each in trials_in(root, key.run, parts, 0, most)]


def _of(place: int | None, trial: Trial) -> Ranked:
    return Ranked(place, dict(trial.values), trial.score, dict(trial.metrics))


def _sorted(rows: list[Ranked], key: str) -> list[Ranked]:
    if key == SCORE:
        return rows
    sign = 1 if key in LESS else -1

    def order(row: Ranked) -> tuple[bool, bool, float]:
        value = row.metrics.get(key)
        return row.place is None, value is None, sign * (value or 0.0)

    return sorted(rows, key=order)


def _start(count: int) -> int:
    asked = request.args.get("start", "")
    start = int(asked[:9]) if asked.isdecimal() else 0
    return start if start < count else 0


def _row(writer: Writer, trial: Ranked, keys: Sequence[str]) -> Row:
    return Row(
        trial.place,
        writer.varied(trial.values),
        writer.score(trial.score),
        [writer.metric(key, trial.metrics.get(key)) for key in keys],
        writer.link({name: trial.values[name] for name in writer.search.space}),
    )


def _lines(
    root: str,
    run: Backtest,
    parts: Sequence[Part],
    names: Sequence[str],
    keys: Sequence[str],
) -> Iterator[tuple[object, ...]]:
    for part in parts:
        found = trials_in(root, run, parts, part.first, part.end - part.first)
        for each in found:
            trial = each.trial
            yield (
                each.number,
                *(trial.values.get(name) for name in names),
                trial.score,
                "yes" if trial.feasible else "no",
                *(trial.metrics.get(key) for key in keys),
            )
