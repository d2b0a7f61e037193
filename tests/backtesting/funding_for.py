"""Histories of funding for tests that need one in the store."""

from abtpro_saas.clock import utc_now
from abtpro_saas.markets import service
from abtpro_saas.markets.funding.passport import passport_of_funding
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.words import FUNDING
from tests.markets.funding.conftest import PERPETUAL, made


def give(session, tenant_id, rates=None, *, root, owner_id=None, **of):
    """Keep rates as a series of the tenant's, or of one of its traders."""
    rates = made(100) if rates is None else rates
    exchange = of.pop("exchange", "simulated")
    location = f"tests/{service.new_id()}"
    new = service.NewCandles(
        location,
        FundingStore(str(root)).write(location, rates),
        int(rates.time[0]),
        int(rates.time[-1]) + 1,
        len(rates),
        passport_of_funding(rates, "a test"),
        simulated=exchange == "simulated",
    )
    name = service.SeriesName(exchange, of.pop("symbol", PERPETUAL), FUNDING, owner_id)
    return service.keep_series(session, tenant_id, name, new, utc_now())
