"""backtrader behind the engine port: the second opinion, and home of native strategies.

backtrader is GPL-3 and slow to import: it stays outside until a run asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import version
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from abtpro_saas.backtesting.engines.books import record_of, table_of
from abtpro_saas.backtesting.engines.port import (
    NOTHING,
    Beside,
    FillAt,
    Setup,
    SlippageModel,
    UnsupportedError,
)
from abtpro_saas.backtesting.engines.rules import is_plain, rules_of
from abtpro_saas.backtesting.engines.wanted import (
    first_decision,
    fractions_of,
    wishes_of,
)
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Text, Values
from abtpro_saas.plugins.api.strategies import (
    About,
    Level,
    SignalStrategy,
    Strategy,
)


@dataclass
class Outcome:
    """Rows as in the log of fills, the broker's value at every close."""

    fills: list[tuple[float, ...]] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)
    rejected: int = 0


class Native(Strategy):
    """A class that extends ``backtrader.Strategy``, run as it is.

    It sizes its own orders: of the setup it has capital, fees and slippage alone.
    """

    name = "NATIVE"
    about = About(
        Text("backtrader strategy", "กลยุทธ์ backtrader"),
        Text("Runs as written.", "ทำงานตามที่เขียนไว้"),
        "https://www.backtrader.com/docu/",
        Level.CUSTOM,
    )
    symbols: ClassVar[tuple[int, int]] = (1, 100)

    def __init__(self, kind: type[Any]) -> None:
        """``kind`` is the class; a run's values are its params."""
        self.kind = kind

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - backtrader knows itself
        """Return 0: backtrader waits for a strategy's indicators by itself."""
        return 0


class BacktraderEngine:
    """Runs signals and native classes; fills at the next open, without impact."""

    name = "backtrader"
    version = version("backtrader")

    def run(
        self,
        market: Sequence[Candles],
        strategy: Strategy,
        values: Values,
        setup: Setup,
        beside: Beside = NOTHING,  # noqa: ARG002 - it knows of nothing beside candles
    ) -> Record:
        """Return what the run leaves; decisions begin after the strategy's warm-up.

        Raises:
            UnsupportedError: the form, or a cost, is none that backtrader can express.
        """
        _check(market, setup)
        table = table_of(market)
        if isinstance(strategy, SignalStrategy):
            outcome = _signals(market, strategy, values, setup)
        elif isinstance(strategy, Native):
            outcome = _native(market, strategy, values, setup)
        else:
            raise UnsupportedError("backtrader runs signals and its own classes alone")
        fills = _module("running").rows(outcome)
        record = record_of(
            market, table, setup.initial_capital, fills, outcome.rejected
        )
        return replace(record, equity=np.array(outcome.equity))


def _check(market: Sequence[Candles], setup: Setup) -> None:
    if not is_plain(setup):
        raise UnsupportedError("backtrader trades whole orders of spot markets")
    if setup.fill_at is not FillAt.NEXT_OPEN:
        raise UnsupportedError("backtrader fills at the next open alone")
    model = setup.costs.slippage.model
    if model in {SlippageModel.VOLUME_SHARE, SlippageModel.SQUARE_ROOT}:
        raise UnsupportedError(f"backtrader has no slippage by {model}")
    for each in market:
        if (np.diff(each.time) <= 0).any():
            raise UnsupportedError(f"the times of {each.symbol} must rise")


def _signals(
    market: Sequence[Candles], strategy: SignalStrategy, values: Values, setup: Setup
) -> Outcome:
    if len(market) != 1:
        raise UnsupportedError(f"{strategy.name} trades one symbol")
    signals, bars = strategy.signals(market[0], values), len(market[0])
    outcome: Outcome = _module("running").run(
        market,
        rules_of(setup),
        _module("signalled").Signalled,
        {
            "wishes": wishes_of(signals, bars),
            "fractions": fractions_of(signals, bars),
            "rules": rules_of(setup),
            "first": first_decision(strategy, values),
        },
        cheat=True,
    )
    return outcome


def _native(
    market: Sequence[Candles], strategy: Native, values: Values, setup: Setup
) -> Outcome:
    try:
        outcome: Outcome = _module("running").run(
            market, rules_of(setup), strategy.kind, dict(values), cheat=False
        )
    except IndexError as error:
        raise UnsupportedError(
            f"{strategy.kind.__name__} looked beyond the candles: are there enough?"
        ) from error
    return outcome


def _module(name: str) -> ModuleType:
    return import_module(f"abtpro_saas.backtesting.engines.cerebro.{name}")
