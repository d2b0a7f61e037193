"""Following a trend with a line that only ever closes in on the price."""

import numpy as np

from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Integer, Number, Text, Values
from abtpro_saas.plugins.api.risk import RISK, stops
from abtpro_saas.plugins.api.strategies import About, Level, Signals, SignalStrategy


class Supertrend(SignalStrategy):
    """In the market from a turn upwards until the next one downwards.

    The trend counts as downward until the first close above the upper line, as on
    TradingView, so the first signal is always an entry.
    """

    name = "SUPERTREND"
    about = About(
        Text("Supertrend", "ซูเปอร์เทรนด์"),
        Text(
            "Draws a line some average true ranges off the price, which moves with a "
            "trend but never against it. Buys when the close breaks the line above, "
            "sells when it breaks the line below.",
            "ลากเส้นห่างจากราคาเป็นจำนวนเท่าของช่วงราคาเฉลี่ย (ATR) "
            "ซึ่งขยับตามแนวโน้มแต่ไม่ย้อนกลับ ซื้อเมื่อราคาปิดทะลุเส้นบน ขายเมื่อหลุดเส้นล่าง",
        ),
        "O. Seban, Tout le monde mérite d'être riche, Maxima 2008; TradingView, "
        "ta.supertrend",
        Level.ADVANCED,
    )
    parameters = (
        Integer(
            "period",
            default=10,
            low=1,
            high=5_000,
            title=Text("ATR period", "ช่วงคำนวณ ATR"),
            meaning=Text(
                "Candles in the average true range.",
                "จำนวนแท่งเทียนของช่วงราคาเฉลี่ย (ATR)",
            ),
            also=("atr_period",),
        ),
        Number(
            "multiplier",
            default=3.0,
            low=0.1,
            high=50.0,
            title=Text("ATR multiple", "จำนวนเท่าของ ATR"),
            meaning=Text(
                "Average true ranges from the middle of a candle to the line.",
                "ระยะจากกึ่งกลางแท่งถึงเส้น นับเป็นจำนวนเท่าของ ATR",
            ),
        ),
        *RISK,
    )

    def warm_up(self, values: Values) -> int:
        """Return the candles until there are two rows of the average true range."""
        return int(values["period"]) + 2

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter where the trend turns upwards, leave where it turns downwards."""
        # Seconds and memory that who only checks an order has not to spend.
        import talib  # noqa: PLC0415 - see above

        from tenant_plugins.advanced.loops import turn  # noqa: PLC0415 - the same

        bars, period = len(candles), int(values["period"])
        up, down = np.zeros((2, bars), dtype=np.bool_)
        if bars > period:
            high, low, close = candles.high, candles.low, candles.close
            reach = talib.ATR(high, low, close, timeperiod=period)
            reach *= float(values["multiplier"])
            middle = (high + low) / 2.0
            # A copy: arrays of one kind alone reach the loop, so it's compiled once.
            turn(middle - reach, middle + reach, close.copy(), period, up, down)
        return Signals(up, down, down, up, **stops(values, bars))
