"""How a run ends: with a result, with an error, or because its owner says so.

Each end lets the user's next run begin, in the same transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import certificate_of
from abtpro_saas.backtesting.runs.admission import admit, hold_run, wake_pages
from abtpro_saas.backtesting.runs.counting import count_trials, trial_of
from abtpro_saas.backtesting.runs.finding import get_run
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import ENDED, RunStatus
from abtpro_saas.errors import ConflictError
from abtpro_saas.ids import TenantId, UserId

LONGEST_ERROR = 500


class RunEndedError(ConflictError):
    """Only a run that has not ended can be cancelled."""

    code = "backtest_ended"


@dataclass(frozen=True)
class Outcome:
    """What a run has computed; its arrays are in the store already."""

    metrics: Mapping[str, float | None]
    undefined: Mapping[str, str]
    certified: Mapping[str, Any]


def cancel_run(
    session: Session,
    tenant_id: TenantId,
    backtest_id: UUID,
    owner: UserId,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Cancel a run that waits or runs; again, nothing changes.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
        RunEndedError: it has completed or failed.
    """
    get_run(session, tenant_id, backtest_id, owner)
    run = hold_run(session, tenant_id, backtest_id)
    if run.status == RunStatus.CANCELLED:
        return run
    if run.status in ENDED:
        raise RunEndedError(f"this backtest has ended: it is {run.status}")
    cancel(session, run, most=most, now=now)
    return run


def remove_run(
    session: Session,
    tenant_id: TenantId,
    backtest_id: UUID,
    owner: UserId,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Take a run from view, cancelled if it had not ended; its trial stays counted.

    Raises:
        NotFoundError: there is none, it is somebody else's, or it was removed before.
    """
    get_run(session, tenant_id, backtest_id, owner)
    run = hold_run(session, tenant_id, backtest_id)
    if run.status not in ENDED:
        cancel(session, run, most=most, now=now)
    run.removed_at = run.removed_at or now
    wake_pages(session, run)
    session.flush()
    return run


def cancel(session: Session, run: Backtest, *, most: int, now: datetime) -> None:
    """Cancel a held run that has not ended; what computes it looks at the row."""
    end(session, run, RunStatus.CANCELLED, most=most, now=now)


def complete(
    session: Session, run: Backtest, outcome: Outcome, *, most: int, now: datetime
) -> None:
    """Write what a held run has computed, and count the trial, once."""
    if run.status in ENDED:
        return
    run.metrics, run.undefined = dict(outcome.metrics), dict(outcome.undefined)
    run.certified = dict(outcome.certified)
    run.certificate = certificate_of(run.certified)
    run.progress = 100
    end(session, run, RunStatus.COMPLETED, most=most, now=now)
    count_trials(session, run, trial_of(outcome.metrics, run.timeframe), now)


def fail(
    session: Session, run: Backtest, code: str, error: str, *, most: int, now: datetime
) -> None:
    """Write why a held run came to nothing."""
    if run.status in ENDED:
        return
    run.error_code, run.error = code, error[:LONGEST_ERROR]
    end(session, run, RunStatus.FAILED, most=most, now=now)


def end(
    session: Session, run: Backtest, status: RunStatus, *, most: int, now: datetime
) -> None:
    """Write that a held run has ended, and let its user's next one begin."""
    run.status, run.completed_at = status, now
    session.flush()
    wake_pages(session, run)
    admit(session, run.tenant_id, run.user_id, most, now)
