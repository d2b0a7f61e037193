"""Funding for whom a test needs to have some: kept as a series, as imports do."""

import numpy as np

from abtpro_saas.clock import utc_now
from abtpro_saas.ids import new_id
from abtpro_saas.markets.funding.passport import passport_of_funding
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.service import NewData, SeriesName, keep_series
from abtpro_saas.markets.words import FUNDING, SIMULATED
from tests.backtesting.candles_for import START

EIGHT_HOURS = 8 * 3_600_000


def rates(count=90, rate=0.0001, *, start=START):
    """Return the same rate every eight hours; nobody knows the mark."""
    times = start + EIGHT_HOURS * np.arange(count, dtype=np.int64)
    return FundingRates(times, np.full(count, rate), np.full(count, np.nan))


def give(session, tenant_id, root, known=None, *, owner_id=None, exchange=SIMULATED):
    """Keep a history of BTC's perpetual, in the place of what there was."""
    known = rates() if known is None else known
    location = f"candles/{tenant_id}/{exchange}/funding/{new_id()}"
    stored = FundingStore(str(root)).write(location, known)
    return keep_series(
        session,
        tenant_id,
        SeriesName(exchange, "BTC/USDT:USDT", FUNDING, owner_id),
        NewData(
            location,
            stored,
            int(known.time[0]),
            int(known.time[-1]) + 1,
            len(known),
            passport_of_funding(known, "a test"),
            simulated=exchange == SIMULATED,
        ),
        utc_now(),
    )
