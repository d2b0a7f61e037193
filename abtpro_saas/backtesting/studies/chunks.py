"""The parts of a study: which are to do, what one is computed from, that it is done."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.messages import StudyStanding
from abtpro_saas.backtesting.processes.tasks import Task, Work
from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.runs.admission import wake_pages
from abtpro_saas.backtesting.runs.beginning import start
from abtpro_saas.backtesting.runs.counting import count_trials
from abtpro_saas.backtesting.runs.ending import fail
from abtpro_saas.backtesting.studies.candles import DataChangedError, task_then
from abtpro_saas.backtesting.tables import Backtest, Chunk
from abtpro_saas.backtesting.words import RunStatus

AT_ONCE = 8
"""Chunks of a study that wait for a processor or have one: the queue is others' too."""
STRETCH = 250
"""Chunks that a process is told of at once, so that its history never grows long."""
LAST_PERCENT = 99
"""All chunks are done, and what they come to is not known yet."""


def begin_study(
    session: Session,
    run: Backtest,
    *,
    most: int,
    now: datetime,
    at_once: int = AT_ONCE,
) -> StudyStanding:
    """Let a held study begin, or go on after its last chunk; return what is next.

    ``at_once`` chunks go at the same time, if none needs what those before it found.
    """
    if not start(session, run, most=most, now=now):
        return StudyStanding(run.status, run.error or "")
    left = _left(session, run)
    told = f"{run.chunks_done:,} of {run.chunks:,} chunks"
    at_once = 1 if (run.studied or {}).get("sequential") else at_once
    more = len(left) > STRETCH
    return StudyStanding(run.status, told, left[:STRETCH], at_once, more=more)


def chunk_task(
    session: Session, run: Backtest, number: int, root: str, *, most: int, now: datetime
) -> Task | None:
    """Return one chunk of a held study to compute, or None where it is not wanted.

    Candles that have changed since the study began, and are not kept, end it.

    Raises:
        UnavailableError: the store of candles does not answer.
    """
    where = run.tenant_id, run.backtest_id, number
    if run.status != RunStatus.RUNNING or session.get(Chunk, where) is not None:
        return None
    try:
        task = task_then(session, run, root)
    except DataChangedError as error:
        fail(session, run, error.code, str(error), most=most, now=now)
        return None
    studied = run.studied or {}
    earlier = files_of(session, run, number) if studied.get("sequential") else []
    detail = {
        "kind": run.kind,
        "studied": studied,
        "number": number,
        "file": name_of(number),
        "earlier": earlier,
    }
    return replace(task, work=Work.CHUNK, detail=detail)


@dataclass(frozen=True)
class Done:
    """A chunk that was computed: the SHA-256 of its file, and what it tried."""

    number: int
    digest: str
    tried: TrialStats


def note_chunk(session: Session, run: Backtest, done: Done, now: datetime) -> None:
    """Write that a chunk of a held study is done, and count its trials, once."""
    if run.status != RunStatus.RUNNING:
        return
    written = insert(Chunk).values(
        tenant_id=run.tenant_id,
        backtest_id=run.backtest_id,
        number=done.number,
        trials=done.tried.count,
        digest=done.digest,
        done_at=now,
    )
    new = written.on_conflict_do_nothing().returning(Chunk.number)
    if session.scalar(new) is None:
        return
    count_trials(session, run, done.tried, now)
    run.chunks_done += 1
    run.progress = min(100 * run.chunks_done // run.chunks, LAST_PERCENT)
    run.seen_at = now
    session.flush()
    wake_pages(session, run)


def files_of(
    session: Session, run: Backtest, before: int | None = None
) -> list[tuple[str, str]]:
    """Return the name and the digest of each chunk's file, in the chunks' order."""
    query = select(Chunk.number, Chunk.digest).where(
        Chunk.tenant_id == run.tenant_id, Chunk.backtest_id == run.backtest_id
    )
    if before is not None:
        query = query.where(Chunk.number < before)
    rows = session.execute(query.order_by(Chunk.number)).all()
    return [(name_of(row.number), row.digest) for row in rows]


def name_of(number: int) -> str:
    """Return the name of a chunk's file."""
    return f"chunk-{number:06d}"


def _left(session: Session, run: Backtest) -> list[int]:
    query = select(Chunk.number).where(
        Chunk.tenant_id == run.tenant_id, Chunk.backtest_id == run.backtest_id
    )
    done = set(session.scalars(query))
    return [number for number in range(run.chunks) if number not in done]
