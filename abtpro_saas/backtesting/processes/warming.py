"""Everything that a run needs, loaded and compiled before anybody waits for one."""

import numpy as np

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.engines import warm
from abtpro_saas.backtesting.results import encode
from abtpro_saas.plugins.api.candles import Candles

BARS, MINUTE = 400, 60_000
ORDER = {
    "strategy_name": "SMA_CROSS",
    "symbol": "WARM/UP",
    "timeframe": "1m",
    "parameters": {"fast": 2, "slow": 5},
}


def warm_up() -> None:
    """Run every strategy once, measure one and write its result, to nobody."""
    warm.warm()
    prices = [10 + np.sin(np.arange(BARS) / 9)] * 5
    candles = Candles("WARM/UP", MINUTE, np.arange(BARS) * MINUTE, *prices)
    encode(calculate(read_order(ORDER), [candles], lambda _percent: None).record)
