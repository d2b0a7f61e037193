"""Funding rates of a small market, and tenants that keep them."""

import numpy as np
import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets import service
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.service import NewData, SeriesName
from tests.conftest import NOON
from tests.markets.conftest import HOUR, NEW_YEAR_2023
from tests.markets.importing import Desk

EIGHT_HOURS = 8 * HOUR
PERPETUAL = "BTC/USDT:USDT"


def made(count, *, start=NEW_YEAR_2023, step=EIGHT_HOURS, seed=1):
    """Return ``count`` rates, of which each third has no mark."""
    random = np.random.default_rng(seed)
    time = start + step * np.arange(count, dtype=np.int64)
    mark = np.round(random.uniform(1e4, 3e4, count), 2)
    mark[::3] = np.nan
    return FundingRates(time, random.normal(1e-4, 1e-4, count), mark)


def rows(rates):
    """Return the rates as tuples of Python numbers; None is no mark."""
    marks = (None if np.isnan(each) else each for each in rates.mark.tolist())
    columns = rates.time.tolist(), rates.rate.tolist(), marks
    return list(zip(*columns, strict=True))


def csv_of(rates, time=str):
    """Return the rates as a file; a mark that is not known is empty."""
    lines = (
        f"{time(at)},{rate!r},{'' if mark is None else repr(mark)}"
        for at, rate, mark in rows(rates)
    )
    return "timestamp,rate,mark\n" + "\n".join(lines) + "\n"


class FundingDesk(Desk):
    """A trader who imports funding."""

    def wanted(self, **named):
        return super().wanted(**{"timeframe": "funding"} | named)

    def kept(self, **named):
        """Return the series and its rates, as tuples; or None."""
        series = self.series(**{"symbol": PERPETUAL} | named)
        if series is None:
            return None
        return series, rows(FundingStore(self.root).read(series.location))


@pytest.fixture
def desk(engine, tenant, user, tmp_path, exchange):
    """A trader whose binance is the exchange simulator."""
    urls = (("binance", exchange.url),)
    return FundingDesk(engine, tenant, user(), str(tmp_path / "data"), urls)


@pytest.fixture
def keep(engine, tenant):
    """Return a function that lets a tenant, or one of its traders, have a history."""

    def write(
        symbol=PERPETUAL, timeframe="funding", *, exchange="binance", owner=None, **new
    ):
        values = {
            "location": "somewhere",
            "fingerprint": "f",
            "starts_ms": NEW_YEAR_2023,
            "ends_ms": NEW_YEAR_2023 + 1,
            "rows": 1,
            "passport": {},
        }
        name = SeriesName(exchange, symbol, timeframe, owner)
        where = new.pop("at", tenant)
        with tenant_transaction(engine, where) as session:
            return service.keep_series(
                session, where, name, NewData(**values | new), NOON
            )

    return write
