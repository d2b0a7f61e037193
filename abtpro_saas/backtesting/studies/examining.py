"""A run that has completed is examined: how far can it be trusted?

Its figures are kept as they came out; the grade is made of them when somebody looks,
as it depends on how often was tried since.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.processes.tasks import Task, Work
from abtpro_saas.backtesting.runs.admission import wake_pages
from abtpro_saas.backtesting.studies.candles import DataChangedError, task_then
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RunKind, RunStatus
from abtpro_saas.ids import TenantId

EXAMINATION, REFUSED = "examination", "refused"
"""Members of what is kept: the figures, or the code of why there are none."""


def examination_task(session: Session, run: Backtest, root: str) -> Task | None:
    """Return what is to compute of a held run, or None where nothing is.

    Once its candles are gone, nothing can be said of it any more.

    Raises:
        UnavailableError: the store of candles does not answer.
    """
    if not _is_wanted(run):
        return None
    try:
        task = task_then(session, run, root)
    except DataChangedError as error:
        note_refusal(session, run, error.code)
        return None
    return replace(task, work=Work.EXAMINATION, detail={"metrics": run.metrics})


def note_examination(
    session: Session, run: Backtest, figures: Mapping[str, Any]
) -> None:
    """Write what the examination of a held run came to, once."""
    _note(session, run, {EXAMINATION: dict(figures)})


def note_refusal(session: Session, run: Backtest, code: str) -> None:
    """Write why a held run could not be examined, once."""
    _note(session, run, {REFUSED: code})


def is_to_examine(session: Session, tenant_id: TenantId, backtest_id: UUID) -> bool:
    """Tell whether anybody still wants to know."""
    query = select(Backtest.removed_at).where(
        Backtest.tenant_id == tenant_id, Backtest.backtest_id == backtest_id
    )
    return session.scalar(query) is None


def _note(session: Session, run: Backtest, kept: dict[str, Any]) -> None:
    if not _is_wanted(run):
        return
    run.trust = kept
    session.flush()
    wake_pages(session, run)


def _is_wanted(run: Backtest) -> bool:
    is_done = run.kind == RunKind.RUN and run.status == RunStatus.COMPLETED
    return is_done and run.removed_at is None and run.trust is None
