"""What there is to see of studies and of trust: trials, the time left, a grade."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.result_store import ResultStore, location_of
from abtpro_saas.backtesting.robustness.checks.words import FORM
from abtpro_saas.backtesting.robustness.grade import grade, grade_json
from abtpro_saas.backtesting.robustness.trials import Trial, decode
from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.matching import any_brought
from abtpro_saas.backtesting.studies.chunks import name_of
from abtpro_saas.backtesting.studies.examining import EXAMINATION
from abtpro_saas.backtesting.tables import Backtest, Chunk
from abtpro_saas.backtesting.words import STUDIES, RunKind, RunStatus
from abtpro_saas.errors import ConflictError
from abtpro_saas.plugins.api.parameters import Text

PACE_OF = 20
"""The latest chunks, whose pace tells how long the others take."""
LEAST_PROGRESS = 15
"""From so many percent on, the time that is left of a run can be guessed."""

NO_TRUST = {
    "not_a_run": Text("Only a run has a grade.", "มีเกรดเฉพาะการทดสอบเดี่ยวเท่านั้น"),
    "not_completed": Text("It has not completed.", "ยังทดสอบไม่เสร็จ"),
    "not_examined": Text("It is not examined yet.", "ยังไม่ได้ตรวจสอบ"),
    "not_examinable": Text("It could not be examined.", "ตรวจสอบไม่ได้"),
    "other_release": Text(
        "It was examined by another release; computed once more, it has a grade.",
        "ตรวจสอบโดยโปรแกรมรุ่นอื่น เมื่อทดสอบใหม่อีกครั้งจึงจะมีเกรด",
    ),
}
"""Why a run has no grade, by the code of the reason."""


class NoTrialsError(ConflictError):
    """Only an optimisation keeps its trials one by one."""

    code = "no_trials"


@dataclass(frozen=True)
class Part:
    """A chunk's file, and which of the study's trials are in it: [first, end)."""

    number: int
    digest: str
    first: int
    end: int


@dataclass(frozen=True)
class Numbered:
    """A trial, and which of the search's it is, from 1."""

    number: int
    trial: Trial


def parts_of(session: Session, run: Backtest) -> list[Part]:
    """Return the chunks of a search that are done, up to the first that is not.

    Raises:
        NoTrialsError: it is no search.
    """
    if run.kind != RunKind.OPTIMISATION:
        raise NoTrialsError("only an optimisation has trials to look at")
    rows = session.execute(
        select(Chunk.number, Chunk.digest, Chunk.trials)
        .where(Chunk.tenant_id == run.tenant_id, Chunk.backtest_id == run.backtest_id)
        .order_by(Chunk.number)
    ).all()
    done = [row for row, due in zip(rows, count(), strict=False) if row.number == due]
    ends = accumulate(row.trials for row in done)
    return [
        Part(row.number, row.digest, end - row.trials, end)
        for row, end in zip(done, ends, strict=True)
    ]


def trials_in(
    root: str, run: Backtest, parts: Sequence[Part], start: int, limit: int
) -> list[Numbered]:
    """Return up to ``limit`` trials of a search from the one at ``start`` on.

    Raises:
        ResultsAwayError: the store does not answer.
    """
    store, location = ResultStore(root), location_of(run.tenant_id, run.backtest_id)
    found: list[Numbered] = []
    for part in parts:
        if part.end <= start or part.first >= start + limit:
            continue
        stored = store.read(location, name_of(part.number), part.digest)
        numbered = map(Numbered, count(part.first + 1), decode(stored))
        found += [each for each in numbered if start < each.number <= start + limit]
    return found


def time_left(session: Session, run: Backtest, now: datetime) -> timedelta | None:
    """Return how long a run or study will still take, going on as it has so far.

    None where nobody can tell: it waits, has ended, or has done too little.
    """
    if run.status != RunStatus.RUNNING or run.started_at is None:
        return None
    if run.kind in STUDIES and run.chunks:
        return _left_of_chunks(session, run, now)
    if run.progress < LEAST_PROGRESS:
        return None
    return (now - run.started_at) * (100 - run.progress) / run.progress


def _left_of_chunks(session: Session, run: Backtest, now: datetime) -> timedelta | None:
    latest = session.scalars(
        select(Chunk.done_at)
        .where(Chunk.tenant_id == run.tenant_id, Chunk.backtest_id == run.backtest_id)
        .order_by(Chunk.done_at.desc())
        .limit(PACE_OF + 1)
    ).all()
    if not latest:
        return None
    # The pace of the latest ones: what stood still long ago is none of theirs.
    since = latest[-1] if len(latest) > PACE_OF else run.started_at or run.created_at
    paced = min(len(latest), PACE_OF)
    each = (latest[0] - since) / paced
    left = each * (run.chunks - run.chunks_done) - (now - latest[0])
    return max(left, each)


@dataclass(frozen=True)
class Trust:
    """A grade as JSON, or the code of the reason why there is none."""

    grade: dict[str, Any] | None = None
    reason: str | None = None


def trust_of(session: Session, run: Backtest) -> Trust:
    """Return how far a run can be trusted, by the trials that are counted now."""
    if run.kind != RunKind.RUN:
        return Trust(reason="not_a_run")
    if run.status != RunStatus.COMPLETED:
        return Trust(reason="not_completed")
    if run.trust is None:
        return Trust(reason="not_examined")
    if EXAMINATION not in run.trust:
        return Trust(reason="not_examinable")
    examination, metrics = run.trust[EXAMINATION], run.metrics or {}
    if examination.get("version") != FORM:
        return Trust(reason="other_release")
    tried = counted_trials(session, run)
    simulated = any(each["simulated"] for each in run.series)
    brought = any_brought(run.series)
    found = grade(examination, metrics, tried, simulated=simulated, brought=brought)
    return Trust(grade_json(found, tried))
