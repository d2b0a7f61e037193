"""How a study ends: what its chunks come to is written, and its user's next begins."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.processes.tasks import Task, Work
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.ending import end, fail
from abtpro_saas.backtesting.studies.candles import (
    DataChangedError,
    task_over,
    task_then,
)
from abtpro_saas.backtesting.studies.chunks import files_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import ENDED, RunStatus

CANDLE_NOISE = "candle_noise"
"""The one Monte Carlo that reads candles."""


def findings_task(
    session: Session, run: Backtest, root: str, *, most: int, now: datetime
) -> Task | None:
    """Return what is to compute of a held study whose chunks are all done.

    None where it has ended, or there are chunks to do, or its candles are gone.

    Raises:
        UnavailableError: the store of candles does not answer.
    """
    if run.status != RunStatus.RUNNING or run.chunks_done < run.chunks:
        return None
    try:
        reads = (run.studied or {}).get("method") == CANDLE_NOISE
        task = task_then(session, run, root) if reads else task_over(run, root)
    except DataChangedError as error:
        fail(session, run, error.code, str(error), most=most, now=now)
        return None
    detail: dict[str, Any] = {
        "kind": run.kind,
        "studied": run.studied,
        "files": files_of(session, run),
        "counted": asdict(counted_trials(session, run)),
    }
    if run.parent_id is not None:
        detail["parent"] = location_of(run.tenant_id, run.parent_id)
    return replace(task, work=Work.FINDINGS, detail=detail)


def complete_study(
    session: Session,
    run: Backtest,
    findings: Mapping[str, Any],
    *,
    most: int,
    now: datetime,
) -> None:
    """Write what a held study has found, once."""
    if run.status in ENDED:
        return
    run.findings, run.progress = dict(findings), 100
    end(session, run, RunStatus.COMPLETED, most=most, now=now)
