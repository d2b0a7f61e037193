"""What a run, an account or a bot leaves behind to be measured: arrays alone."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Reason(IntEnum):
    """Why a trade ended; OPEN has not."""

    OPEN = 0
    SIGNAL = 1
    STOP_LOSS = 2
    TAKE_PROFIT = 3
    TRAILING_STOP = 4
    LIQUIDATION = 5
    REBALANCED = 6
    REVERSED = 7


@dataclass(frozen=True, slots=True)
class Trades:
    """Round trips in the order of their exits, then those still open; one row each.

    ``symbol`` indexes the record's symbols; ``side`` is 1 for long and -1 for short.
    ``entry`` and ``exit`` are bars (``exit`` of an open trade is the last bar, and its
    ``exit_price`` the last close). ``size`` is in units of the base currency: all that
    was entered, at prices that are averages where a trip took several fills.
    ``profit`` is net, in the quote currency, after ``fees`` and ``funding``, which is
    NaN where a rate is not known (``profit`` is less what is known of it);
    ``slippage`` is what worse fills than the reference price have cost, and is in
    ``profit`` already. ``mae`` and ``mfe`` are the worst and best unrealised result,
    as fractions of the entry's value (``mae`` <= 0 <= ``mfe``).
    """

    symbol: Integers
    side: Integers
    entry: Integers
    exit: Integers
    entry_price: Floats
    exit_price: Floats
    size: Floats
    profit: Floats
    fees: Floats
    funding: Floats
    slippage: Floats
    mae: Floats
    mfe: Floats
    reason: Integers

    def __len__(self) -> int:
        return len(self.entry)


@dataclass(frozen=True, slots=True)
class Inside:
    """What is known of the order of things within candles.

    ``unclear`` counts candles that touched a stop and a target, and nothing told which
    was first; ``trail`` is the narrowest trailing stop by the mean range of a candle;
    ``coarse`` the final equity, had no finer candles been looked at.
    """

    unclear: int
    trail: float | None = None
    coarse: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One account over time: ``time`` in ms since 1970 UTC, marked at every close.

    ``equity`` is cash and positions at the close; ``exposure`` is the gross value of
    positions; ``benchmark`` the close of the first symbol (buy and hold); ``initial``
    the cash before the first bar; ``rejected`` counts the orders that were skipped,
    for want of money or under the venue's least value. ``inside`` is None where the
    engine did not look.
    """

    symbols: tuple[str, ...]
    step: int
    time: Integers
    initial: float
    equity: Floats
    exposure: Floats
    benchmark: Floats
    trades: Trades
    rejected: int = 0
    inside: Inside | None = None
