"""Buying new highs.

A candle breaks out of the channel of those before it, itself left out: its close can't
be above a high that includes its own.
"""

from abtpro_saas.backtesting.indicators.averages import sma
from abtpro_saas.backtesting.indicators.ranges import before, highest, lowest
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Integer, Number, Text, Values
from abtpro_saas.plugins.api.risk import RISK, stops
from abtpro_saas.plugins.api.strategies import About, Signals, SignalStrategy


class Breakout(SignalStrategy):
    """Enters on a close out of the channel with unusual volume, leaves at its bottom.

    It wants in at each such candle, not only at the first of a move.
    """

    name = "BREAKOUT"
    about = About(
        Text("Breakout with volume", "ทะลุกรอบพร้อมปริมาณซื้อขาย"),
        Text(
            "Buys when the close is above the highest high of the candles before and "
            "more is traded than usual; sells when it is below their lowest low.",
            "ซื้อเมื่อราคาปิดสูงกว่าราคาสูงสุดของแท่งก่อนหน้าและปริมาณซื้อขายมากกว่าปกติ "
            "ขายเมื่อราคาปิดต่ำกว่าราคาต่ำสุดของแท่งเหล่านั้น",
        ),
        "W. Brock, J. Lakonishok, B. LeBaron, Simple Technical Trading Rules, Journal "
        "of Finance 47(5), 1992 (trading range break); L. Blume, D. Easley, M. O'Hara, "
        "Market Statistics and Technical Analysis, Journal of Finance 49(1), 1994",
    )
    parameters = (
        Integer(
            "lookback",
            default=20,
            low=1,
            high=10_000,
            title=Text("Channel and volume period", "ช่วงของกรอบราคาและปริมาณ"),
            meaning=Text(
                "Candles before the present one that make the channel and the usual "
                "volume.",
                "จำนวนแท่งก่อนหน้าที่ใช้หากรอบราคาและปริมาณปกติ",
            ),
            also=("lookback_period", "period"),
        ),
        Number(
            "volume_factor",
            default=1.5,
            low=0.0,
            high=100.0,
            title=Text("Volume multiple", "จำนวนเท่าของปริมาณ"),
            meaning=Text(
                "Volume needed, as a multiple of the average before. 0 asks for none.",
                "ปริมาณที่ต้องมี นับเป็นจำนวนเท่าของค่าเฉลี่ยก่อนหน้า ใส่ 0 หากไม่ใช้เงื่อนไขนี้",
            ),
            also=("volume_multiplier",),
        ),
        *RISK,
    )

    def warm_up(self, values: Values) -> int:
        """Return the channel's candles and the one that breaks it."""
        return int(values["lookback"]) + 1

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter above the channel, leave below it; shorts the other way round."""
        lookback = int(values["lookback"])
        top = before(highest(candles.high, lookback))
        bottom = before(lowest(candles.low, lookback))
        usual = before(sma(candles.volume, lookback))
        busy = candles.volume >= float(values["volume_factor"]) * usual
        above, below = candles.close > top, candles.close < bottom
        return Signals(
            enter=above & busy,
            leave=below,
            enter_short=below & busy,
            leave_short=above,
            **stops(values, len(candles)),
        )


class Donchian(SignalStrategy):
    """Enters out of a long channel, leaves out of a shorter one on the other side."""

    name = "DONCHIAN"
    about = About(
        Text("Donchian breakout", "ทะลุกรอบดอนเชียน"),
        Text(
            "Buys when the close is above the highest high of many candles before, and "
            "sells when it is below the lowest low of fewer: the first system of the "
            "Turtles, decided at the close.",
            "ซื้อเมื่อราคาปิดสูงกว่าราคาสูงสุดของหลายแท่งก่อนหน้า "
            "และขายเมื่อต่ำกว่าราคาต่ำสุดของช่วงที่สั้นกว่า ตามระบบแรกของกลุ่มเทอร์เทิล "
            "โดยตัดสินใจที่ราคาปิด",
        ),
        "R. D. Donchian, High Finance in Copper, Financial Analysts Journal 16(6), "
        "1960; C. M. Faith, Way of the Turtle, McGraw-Hill 2007",
    )
    parameters = (
        Integer(
            "enter_period",
            default=20,
            low=1,
            high=10_000,
            title=Text("Entry channel", "กรอบสำหรับเข้า"),
            meaning=Text(
                "Candles before the present one in the channel of entries.",
                "จำนวนแท่งก่อนหน้าของกรอบที่ใช้เข้า",
            ),
            also=("period", "lookback"),
        ),
        Integer(
            "leave_period",
            default=10,
            low=1,
            high=10_000,
            title=Text("Exit channel", "กรอบสำหรับออก"),
            meaning=Text(
                "Candles before the present one in the channel of exits.",
                "จำนวนแท่งก่อนหน้าของกรอบที่ใช้ออก",
            ),
            also=("exit_period",),
        ),
        *RISK,
    )

    def warm_up(self, values: Values) -> int:
        """Return the longer channel's candles and the one that breaks it."""
        return max(int(values["enter_period"]), int(values["leave_period"])) + 1

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter above the long channel, leave below the short one."""
        enter, leave = int(values["enter_period"]), int(values["leave_period"])
        high, low, close = candles.high, candles.low, candles.close
        return Signals(
            enter=close > before(highest(high, enter)),
            leave=close < before(lowest(low, leave)),
            enter_short=close < before(lowest(low, enter)),
            leave_short=close > before(highest(high, leave)),
            **stops(values, len(candles)),
        )
