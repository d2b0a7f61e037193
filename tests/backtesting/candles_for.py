"""Candles for whom a test needs to have some: a seeded walk, kept as a series."""

from datetime import UTC, datetime

import numpy as np

from abtpro_saas.clock import utc_now
from abtpro_saas.markets import service
from abtpro_saas.markets.inspection.passport import passport
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.candles import Candles

START = round(datetime(2023, 1, 1, tzinfo=UTC).timestamp() * 1000)


def walk(bars=600, timeframe="1h", *, symbol="BTC/USDT", seed=1, without=()):
    """Return candles of a random walk from 2023 on, without those at some places."""
    random = np.random.default_rng(seed)
    step = step_of(timeframe)
    close = 20_000 * np.exp(random.normal(0, 0.01, bars).cumsum())
    open_ = np.concatenate([[20_000.0], close[:-1]])
    spread = close * random.uniform(0, 0.005, bars)
    kept = np.setdiff1d(np.arange(bars), list(without))
    made = Candles(
        symbol,
        step,
        START + step * np.arange(bars),
        open_,
        np.maximum(open_, close) + spread,
        np.minimum(open_, close) - spread,
        close,
        random.uniform(1, 9, bars),
    )
    return Candles(symbol, step, *(getattr(made, each)[kept] for each in _COLUMNS))


_COLUMNS = ("time", "open", "high", "low", "close", "volume")


def give(
    session, tenant_id, candles, *, timeframe="1h", root=None, owner_id=None, **of
):
    """Keep candles as a series; with ``root``, in the store there too.

    ``origins`` are where its passport says that they come from.
    """
    origins = {"origins": of.pop("origins")} if "origins" in of else {}
    exchange = of.pop("exchange", "simulated")
    market = candles.symbol.replace("/", "-").replace(":", "-")
    location = f"candles/{tenant_id}/{exchange}/{market}"
    location += f"/{owner_id or 'shared'}/{service.new_id()}"
    stored = CandleStore(str(root)).write(location, candles) if root else "f" * 64
    return service.keep_series(
        session,
        tenant_id,
        service.SeriesName(exchange, candles.symbol, timeframe, owner_id),
        service.NewData(
            location,
            of.pop("fingerprint", stored),
            int(candles.time[0]),
            int(candles.time[-1]) + candles.step,
            len(candles),
            passport(candles, "a test") | origins,
            simulated=exchange == "simulated",
        ),
        utc_now(),
    )
