"""Candles as a strategy sees them: parallel arrays, oldest first."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candles:
    """Finished candles of one symbol; all arrays have one length.

    ``time`` is when each candle opened, in milliseconds since 1970 (UTC), rising by
    ``step`` milliseconds but for gaps. Prices are in the quote currency, ``volume`` in
    the base currency.
    """

    symbol: str
    step: int
    time: Integers
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, bars: slice) -> "Candles":
        """Return a part, without copying."""
        return Candles(
            self.symbol,
            self.step,
            self.time[bars],
            self.open[bars],
            self.high[bars],
            self.low[bars],
            self.close[bars],
            self.volume[bars],
        )
