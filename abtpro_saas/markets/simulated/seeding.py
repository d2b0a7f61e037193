"""The simulated candles of a local installation: made once, shared by its tenants.

Hours and days come first, for they are soon made, and funding with them; minutes
follow. What stands in the store already is not made again, so a start that broke off is
taken up where it ended.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine

from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.funding.passport import passport_of_funding
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.inspection.passport import passport
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.service import NewData, SeriesName, keep_series
from abtpro_saas.markets.simulated.funding import PERPETUALS, simulated_funding
from abtpro_saas.markets.simulated.model import SYMBOLS, VERSION, minutes
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, name_of
from abtpro_saas.markets.words import FUNDING, SIMULATED
from abtpro_saas.plugins.api.candles import Candles

SOURCE = "Simulated by ABTPro's market model: nobody ever traded at these prices."
FUNDING_SOURCE = "Simulated by ABTPro's market model: nobody ever paid these rates."
FIRST, LATER = (HOUR, DAY), (MINUTE,)
TOLD = "passport.json"


@dataclass(frozen=True)
class Made:
    """Candles or rates that were made, or were there."""

    symbol: str
    timeframe: str
    rows: int


class Seeder:
    """Makes simulated candles in one store, and tells tenants of them."""

    def __init__(self, engine: Engine, root: str) -> None:
        self._engine = engine
        self._store = CandleStore(root)
        self._funding_store = FundingStore(root)
        self._files = Files(root)

    def seed(
        self,
        tenants: Sequence[TenantId],
        now: datetime,
        *,
        with_minutes: bool = True,
        symbols: Sequence[str] = SYMBOLS,
    ) -> Iterator[Made]:
        """Yield each series when all tenants have it; minutes last."""
        for steps in (FIRST, LATER) if with_minutes else (FIRST,):
            for symbol in symbols:
                for name, new in self._made(symbol, steps):
                    self._tell(tenants, name, new, now)
                    yield Made(name.symbol, name.timeframe, new.rows)

    def _made(
        self, symbol: str, steps: Sequence[int]
    ) -> Iterator[tuple[SeriesName, NewData]]:
        yield from self._candles(symbol, steps)
        if HOUR in steps and symbol in PERPETUALS:
            yield from self._funding(symbol)

    def _candles(
        self, symbol: str, steps: Sequence[int]
    ) -> Iterator[tuple[SeriesName, NewData]]:
        location = location_of(symbol)
        missing = [s for s in steps if self._told(location, name_of(s)) is None]
        whole = minutes(symbol) if missing else None
        for step in steps:
            if whole is not None and step in missing:
                self._keep(location, resample(whole, step))
            told = self._told(location, name_of(step))
            if told is not None:
                yield SeriesName(SIMULATED, symbol, name_of(step)), told

    def _funding(self, symbol: str) -> Iterator[tuple[SeriesName, NewData]]:
        location = location_of(symbol)
        if self._told(location, FUNDING) is None:
            hours = self._store.read(location, symbol, HOUR)
            self._keep_funding(location, simulated_funding(symbol, hours))
        told = self._told(location, FUNDING)
        if told is not None:
            yield SeriesName(SIMULATED, PERPETUALS[symbol], FUNDING), told

    def _keep(self, location: str, candles: Candles) -> None:
        found = self._store.write(location, candles)
        new = NewData(
            location,
            found,
            int(candles.time[0]),
            int(candles.time[-1]) + candles.step,
            len(candles),
            passport(candles, SOURCE),
            simulated=True,
        )
        # Written last: where it stands, the candles do too.
        self._files.write(_told_at(location, name_of(candles.step)), _json(new))

    def _keep_funding(self, location: str, rates: FundingRates) -> None:
        found = self._funding_store.write(location, rates)
        new = NewData(
            location,
            found,
            int(rates.time[0]),
            int(rates.time[-1]) + 1,
            len(rates),
            passport_of_funding(rates, FUNDING_SOURCE),
            simulated=True,
        )
        self._files.write(_told_at(location, FUNDING), _json(new))

    def _told(self, location: str, word: str) -> NewData | None:
        try:
            held = json.loads(self._files.read(_told_at(location, word)))
        except FileNotFoundError:
            return None
        return NewData(**held)

    def _tell(
        self,
        tenants: Sequence[TenantId],
        name: SeriesName,
        new: NewData,
        now: datetime,
    ) -> None:
        for tenant_id in tenants:
            with tenant_transaction(self._engine, tenant_id) as session:
                keep_series(session, tenant_id, name, new, now)


def location_of(symbol: str) -> str:
    """Return where a symbol's simulated candles and funding are, for all tenants."""
    market = symbol.partition(":")[0]
    return f"{SIMULATED}/v{VERSION}/{market.replace('/', '-')}"


def _told_at(location: str, word: str) -> str:
    return f"{location}/{word}/{TOLD}"


def _json(new: NewData) -> bytes:
    return json.dumps(asdict(new)).encode()
