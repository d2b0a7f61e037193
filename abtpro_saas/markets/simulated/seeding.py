"""The simulated candles of a local installation: made once, shared by its tenants.

Hours and days come first, for they are soon made; minutes follow. What stands in the
store already is not made again, so a start that broke off is taken up where it ended.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine

from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.inspection.passport import passport
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.service import NewCandles, SeriesName, keep_series
from abtpro_saas.markets.simulated.model import SYMBOLS, VERSION, minutes
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, name_of
from abtpro_saas.markets.words import SIMULATED
from abtpro_saas.plugins.api.candles import Candles

SOURCE = "Simulated by ABTPro's market model: nobody ever traded at these prices."
FIRST, LATER = (HOUR, DAY), (MINUTE,)
TOLD = "passport.json"


@dataclass(frozen=True)
class Made:
    """Candles that were made, or were there."""

    symbol: str
    timeframe: str
    rows: int


class Seeder:
    """Makes simulated candles in one store, and tells tenants of them."""

    def __init__(self, engine: Engine, root: str) -> None:
        self._engine = engine
        self._store = CandleStore(root)
        self._files = Files(root)

    def seed(
        self,
        tenants: Sequence[TenantId],
        now: datetime,
        *,
        with_minutes: bool = True,
        symbols: Sequence[str] = SYMBOLS,
    ) -> Iterator[Made]:
        """Yield each series when all tenants have it; hours and days first."""
        for steps in (FIRST, LATER) if with_minutes else (FIRST,):
            for symbol in symbols:
                for step, new in self._made(symbol, steps):
                    self._tell(tenants, symbol, step, new, now)
                    yield Made(symbol, name_of(step), new.rows)

    def _made(
        self, symbol: str, steps: Sequence[int]
    ) -> Iterator[tuple[int, NewCandles]]:
        location = location_of(symbol)
        missing = [step for step in steps if self._told(location, step) is None]
        whole = minutes(symbol) if missing else None
        for step in steps:
            if whole is not None and step in missing:
                self._keep(location, resample(whole, step))
            told = self._told(location, step)
            if told is not None:
                yield step, told

    def _keep(self, location: str, candles: Candles) -> None:
        found = self._store.write(location, candles)
        new = NewCandles(
            location,
            found,
            int(candles.time[0]),
            int(candles.time[-1]) + candles.step,
            len(candles),
            passport(candles, SOURCE),
            simulated=True,
        )
        # Written last: where it stands, the candles do too.
        self._files.write(_told_at(location, candles.step), _json(new))

    def _told(self, location: str, step: int) -> NewCandles | None:
        try:
            held = json.loads(self._files.read(_told_at(location, step)))
        except FileNotFoundError:
            return None
        return NewCandles(**held)

    def _tell(
        self,
        tenants: Sequence[TenantId],
        symbol: str,
        step: int,
        new: NewCandles,
        now: datetime,
    ) -> None:
        name = SeriesName(SIMULATED, symbol, name_of(step))
        for tenant_id in tenants:
            with tenant_transaction(self._engine, tenant_id) as session:
                keep_series(session, tenant_id, name, new, now)


def location_of(symbol: str) -> str:
    """Return where the simulated candles of a symbol are, for all tenants."""
    return f"{SIMULATED}/v{VERSION}/{symbol.replace('/', '-')}"


def _told_at(location: str, step: int) -> str:
    return f"{location}/{name_of(step)}/{TOLD}"


def _json(new: NewCandles) -> bytes:
    return json.dumps(asdict(new)).encode()
