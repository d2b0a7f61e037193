"""What the store holds that nobody needs any more, and its removal.

Candles of a series that was replaced or removed stay while they are promised: for who
reads them now, for backtests that have not ended, and for ``PROMISED`` after a result,
so that its certificate can be computed again. What is needed no more is marked at one
look and removed at a later one, ``GRACE`` after: a reader or a commit that is under way
has ended long since.
"""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.tables import Tenant
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.tables import Import, Series
from abtpro_saas.markets.timeframes import STEPS

PROMISED = timedelta(days=30)
"""How long the candles of a result are kept, whatever becomes of their series."""

GRACE = timedelta(days=1)
MARK = "unused"
STRETCH_S = 40.0
"""So long one look goes on; the next begins with other tenants."""

_NAMED = text(
    "SELECT DISTINCT named->>'location' AS location, named->>'fingerprint' AS print"
    " FROM backtests, jsonb_array_elements(series) AS named"
    " WHERE tenant_id = :tenant AND removed_at IS NULL"
    " AND (completed_at IS NULL OR completed_at > :since)"
)
_UUID_MS_DIGITS = 12


@dataclass(frozen=True)
class _Needed:
    """Places of candles, and fingerprints of what older rows name without a place."""

    locations: frozenset[str]
    fingerprints: frozenset[str]


class Clearing:
    """Looks for what can go, tenant by tenant; another installation's stays."""

    def __init__(self, engine: Engine, root: str) -> None:
        self._engine = engine
        self._files = Files(root)
        self._store = CandleStore(root)

    def clear(self, at: datetime, stretch_s: float = STRETCH_S) -> int:
        """Return how many places were removed."""
        until, removed = time.monotonic() + stretch_s, 0
        tenants = self._tenants()
        random.Random(at.isoformat()).shuffle(tenants)  # noqa: S311 - no secret
        for tenant_id in tenants:
            with tenant_transaction(self._engine, tenant_id) as session:
                if session.get(Tenant, tenant_id) is None:
                    continue  # whose store this is beside ours
                needed = _needed(session, tenant_id, at)
                gone = list(self._brought(session, tenant_id, at))
                gone += self._results(session, tenant_id, at)
            gone += self._candles(tenant_id, needed, at)
            gone += self._parts(tenant_id, at)
            for path in gone:
                self._files.remove(path)
            removed += len(gone)
            if time.monotonic() > until:
                break
        return removed

    def _tenants(self) -> list[TenantId]:
        places = ("candles", "uploads", "staging", "results")
        names = {name for place in places for name in self._files.folders(place)}
        found = []
        for name in sorted(names):
            with suppress(ValueError):
                found.append(TenantId(UUID(name)))
        return found

    def _candles(
        self, tenant_id: TenantId, needed: _Needed, at: datetime
    ) -> Iterator[str]:
        """Yield places of candles that can go; mark those that can go later."""
        for folder in self._files.folders(f"candles/{tenant_id}"):
            for name in self._files.folders(f"candles/{tenant_id}/{folder}"):
                place = f"candles/{tenant_id}/{folder}/{name}"
                marked = self._marked(place)
                if place in needed.locations or self._is_promised(place, needed):
                    if marked is not None:
                        self._files.remove(f"{place}/{MARK}")
                elif marked is None:
                    self._files.write(f"{place}/{MARK}", at.isoformat().encode())
                elif marked < at - GRACE:
                    yield place

    def _marked(self, place: str) -> datetime | None:
        try:
            return datetime.fromisoformat(self._files.read(f"{place}/{MARK}").decode())
        except FileNotFoundError:
            return None

    def _is_promised(self, place: str, needed: _Needed) -> bool:
        frames = self._files.folders(place)
        steps = [STEPS[name] for name in frames if name in STEPS]
        prints = (self._store.fingerprint(place, step) for step in steps)
        return any(each in needed.fingerprints for each in prints)

    def _brought(
        self, session: Session, tenant_id: TenantId, at: datetime
    ) -> Iterator[str]:
        """Yield files and pages of imports that have ended, or never were."""
        open_ = select(Import.import_id).where(
            Import.tenant_id == tenant_id, Import.finished_at.is_(None)
        )
        under_way = {str(each) for each in session.scalars(open_)}
        uploads, staging = f"uploads/{tenant_id}", f"staging/{tenant_id}"
        paths = [f"{uploads}/{name}" for name in self._files.names(uploads)]
        paths += [f"{staging}/{name}" for name in self._files.folders(staging)]
        for path in paths:
            name = path.rpartition("/")[2]
            if name not in under_way and _made_at(name) < at - GRACE:
                yield path

    def _results(
        self, session: Session, tenant_id: TenantId, at: datetime
    ) -> Iterator[str]:
        """Yield the files of runs and studies that were removed from view.

        Not yet those of a run that an open study draws anew.
        """
        read = select(Backtest.parent_id).where(
            Backtest.tenant_id == tenant_id,
            Backtest.parent_id.is_not(None),
            Backtest.completed_at.is_(None),
        )
        removed = select(Backtest.backtest_id).where(
            Backtest.tenant_id == tenant_id,
            Backtest.removed_at < at - GRACE,
            Backtest.backtest_id.not_in(read),
        )
        there = set(self._files.folders(f"results/{tenant_id}"))
        for backtest_id in session.scalars(removed):
            if str(backtest_id) in there:
                yield location_of(tenant_id, backtest_id)

    def _parts(self, tenant_id: TenantId, at: datetime) -> Iterator[str]:
        """Yield what a writer that was killed has left."""
        for place in ("candles", "uploads", "staging", "results"):
            for path in self._files.parts(f"{place}/{tenant_id}"):
                if _made_at(path.rsplit(".", 2)[1]) < at - GRACE:
                    yield path


def _needed(session: Session, tenant_id: TenantId, at: datetime) -> _Needed:
    bounds = {"tenant": tenant_id, "since": at - PROMISED}
    named = session.execute(_NAMED, bounds).all()
    series = select(Series.location).where(Series.tenant_id == tenant_id)
    places = {*session.scalars(series), *(row.location for row in named)}
    older = {row.print for row in named if row.location is None}
    return _Needed(frozenset(filter(None, places)), frozenset(older))


def _made_at(name: str) -> datetime:
    """Return when an id of ours was made; what is none of ours is never old."""
    try:
        milliseconds = int(UUID(name).hex[:_UUID_MS_DIGITS], 16)
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)
