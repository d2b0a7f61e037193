"""A certified run computed again: from which data, and whether the same came out."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import certificate_of
from abtpro_saas.backtesting.processes.tasks import Source, Task, Work
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.runs.ending import end
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import ENDED, Repeated, RunStatus
from abtpro_saas.errors import UnavailableError
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.markets.words import FUNDING


def repeat(
    session: Session, run: Backtest, root: str, *, most: int, now: datetime
) -> Task | None:
    """Return what is to compute for a held rerun that has begun.

    Where the data of then are gone there is nothing: it ends as DATA_CHANGED.

    Raises:
        UnavailableError: the store of candles does not answer.
    """
    found = kept_sources(session, run, root)
    if found is None:
        _end(session, run, {"verdict": Repeated.DATA_CHANGED}, most=most, now=now)
        return None
    return Task(
        root=root,
        order=run.ordered,
        sources=found,
        results=location_of(run.tenant_id, run.backtest_id),
        work=Work.RERUN,
    )


def judge(
    session: Session,
    run: Backtest,
    certified: Mapping[str, Any],
    *,
    most: int,
    now: datetime,
) -> None:
    """Write whether a held rerun came to what its run is certified by; no trial."""
    if run.status in ENDED:
        return
    parent = session.get_one(Backtest, (run.tenant_id, run.parent_id))
    asked = parent.certified or {}
    differs = sorted(
        name for name in {*asked, *certified} if asked.get(name) != certified.get(name)
    )
    same = certificate_of(dict(certified)) == parent.certificate
    verdict = Repeated.MATCHES if same else Repeated.DIFFERS
    findings = {"verdict": verdict, "differs": differs}
    _end(session, run, findings, most=most, now=now)


def kept_sources(session: Session, run: Backtest, root: str) -> list[Source] | None:
    """Return where the candles of a run's fingerprint are, None where they are gone.

    They are the series', or for a while those that the series had then.

    Raises:
        UnavailableError: the store of candles does not answer.
    """
    found = list(_sources(session, run, root))
    there = [each for each in found if each is not None]
    return there if len(there) == len(found) else None


def kept_source(
    session: Session, run: Backtest, root: str, place: int
) -> Source | None:
    """Return where what a run read in one place of its series is, None if it is gone.

    Raises:
        UnavailableError: the store of candles does not answer.
    """
    named = run.series[place]
    fingerprint, timeframe = str(named["fingerprint"]), str(named["timeframe"])
    series = session.get(Series, (run.tenant_id, UUID(named["series_id"])))
    places = [series.location] if series is not None else []
    places += [named["location"]] if named.get("location") else []
    there = (each for each in places if _kept(root, each, timeframe) == fingerprint)
    location = next(there, None)
    if location is None:
        return None
    # As it was told then: a certificate of before says nothing of files.
    brought = bool(named.get("brought"))
    return Source(location, str(named["symbol"]), timeframe, fingerprint, brought)


def _end(
    session: Session,
    run: Backtest,
    findings: dict[str, Any],
    *,
    most: int,
    now: datetime,
) -> None:
    run.findings, run.progress = {"differs": []} | findings, 100
    end(session, run, RunStatus.COMPLETED, most=most, now=now)


def _sources(session: Session, run: Backtest, root: str) -> Iterator[Source | None]:
    for place in range(len(run.series)):
        yield kept_source(session, run, root, place)


def _kept(root: str, location: str, timeframe: str) -> str | None:
    """Return the fingerprint of what is still at a place, if anything is."""
    try:
        if timeframe == FUNDING:
            return FundingStore(root).fingerprint(location)
        return CandleStore(root).fingerprint(location, step_of(timeframe))
    except OSError:
        raise UnavailableError("the candles cannot be read now") from None
