"""Momentum on several timeframes at once."""

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import (
    Integer,
    ParameterError,
    Text,
    Values,
)
from abtpro_saas.plugins.api.risk import RISK, stops
from abtpro_saas.plugins.api.strategies import About, Level, Signals, SignalStrategy

MAJORITY = 2


class MultiTimeframeMomentum(SignalStrategy):
    """In the market from where three timeframes agree until two of them do not."""

    name = "MTF_MOMENTUM"
    about = About(
        Text("Multi-timeframe momentum", "โมเมนตัมหลายกรอบเวลา"),
        Text(
            "Looks whether the price has risen over the same number of candles on the "
            "chosen timeframe and on two higher ones. Buys when it has on all three, "
            "sells when it has on fewer than two.",
            "ดูว่าราคาสูงขึ้นหรือไม่ตลอดจำนวนแท่งเท่ากัน ทั้งในกรอบเวลาที่เลือกและอีกสองกรอบที่ใหญ่กว่า "
            "ซื้อเมื่อสูงขึ้นครบทั้งสามกรอบ ขายเมื่อเหลือน้อยกว่าสองกรอบ",
        ),
        "A. Elder, Trading for a Living (triple screen), Wiley 1993; T. J. Moskowitz, "
        "Y. H. Ooi, L. H. Pedersen, Time Series Momentum, Journal of Financial "
        "Economics 104(2), 2012",
        Level.ADVANCED,
    )
    parameters = (
        Integer(
            "lookback",
            default=12,
            low=1,
            high=1_000,
            title=Text("Look-back", "ช่วงย้อนหลัง"),
            meaning=Text(
                "Candles over which each timeframe must have risen.",
                "จำนวนแท่งย้อนหลังที่แต่ละกรอบเวลาต้องสูงขึ้น",
            ),
        ),
        Integer(
            "middle",
            default=4,
            low=2,
            high=500,
            title=Text("Middle time frame", "กรอบเวลากลาง"),
            meaning=Text(
                "How many candles make one of the middle timeframe.",
                "กี่แท่งรวมเป็นหนึ่งแท่งของกรอบเวลากลาง",
            ),
        ),
        Integer(
            "high",
            default=24,
            low=3,
            high=2_000,
            title=Text("High time frame", "กรอบเวลาใหญ่"),
            meaning=Text(
                "How many candles make one of the high timeframe, more than of the "
                "middle one.",
                "กี่แท่งรวมเป็นหนึ่งแท่งของกรอบเวลาใหญ่ ต้องมากกว่าของกรอบกลาง",
            ),
        ),
        *RISK,
    )

    def check(self, values: Values) -> None:
        """Refuse timeframes in the wrong order."""
        if int(values["middle"]) >= int(values["high"]):
            raise ParameterError("middle", f"below high, which is {values['high']}")

    def warm_up(self, values: Values) -> int:
        """Return the candles until the high timeframe has one more than it compares."""
        return int(values["high"]) * (int(values["lookback"]) + 1)

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter while all agree, leave while most do not; shorts the other way round.

        A timeframe that has not moved agrees with nobody.
        """
        lookback, bars = int(values["lookback"]), len(candles)
        rising, falling = np.zeros((2, bars), dtype=np.int64)
        for multiple in (1, int(values["middle"]), int(values["high"])):
            moved = _momentum(candles, multiple, lookback)
            rising += moved > 0.0
            falling += moved < 0.0
        ready = np.arange(bars) >= self.warm_up(values) - 1
        return Signals(
            enter=ready & (rising > MAJORITY),
            leave=ready & (rising < MAJORITY),
            enter_short=ready & (falling > MAJORITY),
            leave_short=ready & (falling < MAJORITY),
            **stops(values, bars),
        )


def _momentum(candles: Candles, multiple: int, lookback: int) -> Floats:
    """Return, at each candle, the rise over the last higher candles that have ended.

    A higher candle has ended with the candle that closes at its end or, where that one
    is missing, with the first one after it. Higher candles without any are left out.
    """
    span = candles.step * multiple
    number = candles.time // span
    last = np.flatnonzero(np.diff(number, append=number[-1:] + 1))
    late = candles.time[last] + candles.step < (number[last] + 1) * span
    ended = np.searchsorted(last + late, np.arange(len(candles)), side="right") - 1
    close = candles.close[last]
    known = ended >= lookback
    out = np.full(len(candles), np.nan)
    out[known] = close[ended[known]] - close[ended[known] - lookback]
    return out
