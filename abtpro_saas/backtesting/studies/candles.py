"""Tasks over the very candles that a study or a run is about, whatever came since."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.runs.repeating import kept_sources
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.errors import ConflictError


class DataChangedError(ConflictError):
    """The candles that a study is about were changed, and are not kept any more."""

    code = "series_changed"


def task_then(session: Session, run: Backtest, root: str) -> Task:
    """Return a task over the candles of the run's fingerprint.

    Raises:
        DataChangedError: they are gone.
        UnavailableError: the store of candles does not answer.
    """
    found = kept_sources(session, run, root)
    if found is None:
        raise DataChangedError("its candles were changed or removed: order it anew")
    return task_over(run, root, found)


def task_over(run: Backtest, root: str, sources: Sequence[Source] = ()) -> Task:
    """Return a task over these candles, or over none."""
    results = location_of(run.tenant_id, run.backtest_id)
    return Task(root=root, order=run.ordered, sources=list(sources), results=results)
