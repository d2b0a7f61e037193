"""Compiles every loop before somebody waits for it.

``python -m abtpro_saas.backtesting.engines.warm`` fills the folder that NUMBA_CACHE_DIR
names, for this machine's kind of processor; a process that starts later reads it.
"""

from collections.abc import Sequence

import numpy as np

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import Margin, Setup
from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import Values, read_values
from abtpro_saas.plugins.api.strategies import (
    BarStrategy,
    Side,
    Signals,
    SignalStrategy,
    View,
    WeightStrategy,
)

BARS, MINUTE = 400, 60_000


class _Some(SignalStrategy):
    name = "WARM_SIGNALS"

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - it has none
        return 0

    def signals(self, candles: Candles, values: Values) -> Signals:  # noqa: ARG002 - always the same
        flags = np.arange(len(candles)) % 2 == 0
        return Signals(flags, ~flags)


class _Half(WeightStrategy):
    name = "WARM_WEIGHTS"

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - it has none
        return 0

    def weights(self, market: Sequence[Candles], values: Values) -> Floats:  # noqa: ARG002 - always the same
        return np.full((len(market[0]), len(market)), 0.5)


class _Once(BarStrategy):
    name = "WARM_BARS"

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - it has none
        return 0

    def on_bar(self, view: View, values: Values) -> None:  # noqa: ARG002 - always the same
        view.market(Side.BUY, 1.0)


def warm() -> None:
    """Run every form and every strategy once; compiled loops are written to disk."""
    prices = [np.linspace(10.0, 20.0, BARS) for _ in range(5)]
    candles = Candles("WARM/UP", MINUTE, np.arange(BARS) * MINUTE, *prices)
    for strategy in (_Some(), _Half(), _Once(), *all_strategies()):
        values = read_values(strategy.parameters, {})
        market = [candles] * max(strategy.symbols[0], 1)
        CompiledEngine().run(market, strategy, values, Setup())
    CompiledEngine().run([candles], _Some(), {}, Setup(margin=Margin()))


if __name__ == "__main__":
    warm()
