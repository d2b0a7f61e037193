"""Buying what has fallen too far, in the hope that it comes back."""

from abtpro_saas.backtesting.indicators.crossing import crossings
from abtpro_saas.backtesting.indicators.momentum import rsi
from abtpro_saas.backtesting.indicators.spread import bollinger
from abtpro_saas.backtesting.indicators.volume import vwap
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Integer,
    Number,
    ParameterError,
    Text,
    Unit,
    Values,
)
from abtpro_saas.plugins.api.risk import RISK, stops
from abtpro_saas.plugins.api.strategies import About, Signals, SignalStrategy

REACH = "reach"
RETURN = "return"


class RsiCross(SignalStrategy):
    """Turns where the RSI crosses its two levels.

    A crossing is one candle, so a position that was stopped out is not bought again
    while the RSI stays where it is.
    """

    name = "RSI_CROSS"
    about = About(
        Text("RSI levels", "RSI ตัดระดับ"),
        Text(
            "Buys when the relative strength index crosses its oversold level, and "
            "sells when it crosses its overbought level.",
            "ซื้อเมื่อดัชนีกำลังสัมพัทธ์ (RSI) ตัดระดับขายมากเกินไป และขายเมื่อตัดระดับซื้อมากเกินไป",
        ),
        "J. W. Wilder, New Concepts in Technical Trading Systems, Trend Research 1978",
    )
    parameters = (
        Integer(
            "rsi_period",
            default=14,
            low=1,
            high=5_000,
            title=Text("RSI period", "ช่วงคำนวณ RSI"),
            meaning=Text("Candles in the RSI.", "จำนวนแท่งเทียนของ RSI"),
            also=("period",),
        ),
        Number(
            "rsi_oversold",
            default=30.0,
            low=0.0,
            high=100.0,
            title=Text("Oversold level", "ระดับขายมากเกินไป"),
            meaning=Text(
                "Level that counts as oversold, below the overbought one.",
                "ระดับที่ถือว่าขายมากเกินไป ต้องต่ำกว่าระดับซื้อมากเกินไป",
            ),
            also=("oversold",),
        ),
        Number(
            "rsi_overbought",
            default=70.0,
            low=0.0,
            high=100.0,
            title=Text("Overbought level", "ระดับซื้อมากเกินไป"),
            meaning=Text("Level that counts as overbought.", "ระดับที่ถือว่าซื้อมากเกินไป"),
            also=("overbought",),
        ),
        Choice(
            "when",
            default=REACH,
            options={
                REACH: Text(
                    "as the RSI enters the zone beyond a level",
                    "เมื่อ RSI เข้าสู่เขตพ้นระดับ",
                ),
                RETURN: Text(
                    "as the RSI comes back out of it", "เมื่อ RSI กลับออกจากเขตนั้น"
                ),
            },
            title=Text("Which crossing", "การตัดที่นับ"),
            meaning=Text(
                "Which crossing counts: into the oversold (overbought) zone, or back "
                "out of it, which is later but waits for the turn.",
                "นับการตัดแบบใด: ขาเข้าเขตขาย (ซื้อ) มากเกินไป "
                "หรือขากลับออกมาซึ่งช้ากว่าแต่รอให้ราคากลับตัวก่อน",
            ),
        ),
        *RISK,
    )

    def check(self, values: Values) -> None:
        """Refuse an oversold level that is not below the overbought one."""
        if float(values["rsi_oversold"]) >= float(values["rsi_overbought"]):
            high = f"below rsi_overbought, which is {values['rsi_overbought']:g}"
            raise ParameterError("rsi_oversold", high)

    def warm_up(self, values: Values) -> int:
        """Return the candles until the RSI has two rows: a crossing takes two."""
        return int(values["rsi_period"]) + 2

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter at the lower level, leave at the upper; shorts the other way round."""
        line = rsi(candles.close, int(values["rsi_period"]))
        low = crossings(line, float(values["rsi_oversold"]))
        high = crossings(line, float(values["rsi_overbought"]))
        reached = values["when"] == REACH
        enter = low.down if reached else low.up
        leave = high.up if reached else high.down
        return Signals(enter, leave, leave, enter, **stops(values, len(candles)))


class MeanReversion(SignalStrategy):
    """Enters outside the Bollinger bands, leaves at their middle."""

    name = "MEAN_REVERSION"
    about = About(
        Text("Bollinger mean reversion", "กลับสู่ค่าเฉลี่ยด้วยโบลลิงเจอร์"),
        Text(
            "Buys when the close falls below the lower Bollinger band, and sells when "
            "it is back at the average.",
            "ซื้อเมื่อราคาปิดตัดลงต่ำกว่าแถบโบลลิงเจอร์ล่าง และขายเมื่อกลับมาถึงเส้นค่าเฉลี่ย",
        ),
        "J. Bollinger, Bollinger on Bollinger Bands, McGraw-Hill 2001",
    )
    parameters = (
        Integer(
            "period",
            default=20,
            low=2,
            high=5_000,
            title=Text("Average and band period", "ช่วงของค่าเฉลี่ยและแถบ"),
            meaning=Text(
                "Candles in the average and in its bands.",
                "จำนวนแท่งเทียนของเส้นค่าเฉลี่ยและแถบ",
            ),
            also=("window",),
        ),
        Number(
            "std_dev",
            default=2.0,
            low=0.1,
            high=10.0,
            title=Text("Width of the bands", "ความกว้างของแถบ"),
            meaning=Text(
                "Standard deviations from the average to each band.",
                "ระยะจากเส้นค่าเฉลี่ยถึงแถบ นับเป็นจำนวนเท่าของส่วนเบี่ยงเบนมาตรฐาน",
            ),
        ),
        *RISK,
    )

    def warm_up(self, values: Values) -> int:
        """Return the candles until the bands have two rows: a crossing takes two."""
        return int(values["period"]) + 1

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter as the close crosses a band outwards, leave while beyond the middle."""
        close = candles.close
        bands = bollinger(close, int(values["period"]), float(values["std_dev"]))
        return Signals(
            enter=crossings(close, bands.lower).down,
            leave=close >= bands.middle,
            enter_short=crossings(close, bands.upper).up,
            leave_short=close <= bands.middle,
            **stops(values, len(candles)),
        )


class VwapReversion(SignalStrategy):
    """Enters far from the volume-weighted average price, leaves at it."""

    name = "VWAP"
    about = About(
        Text("VWAP reversion", "กลับสู่ VWAP"),
        Text(
            "Buys when the close falls a given distance below the volume-weighted "
            "average price of the last candles, and sells when it is back at it.",
            "ซื้อเมื่อราคาปิดต่ำกว่าราคาเฉลี่ยถ่วงน้ำหนักด้วยปริมาณ (VWAP) "
            "ของแท่งล่าสุดตามระยะที่กำหนด และขายเมื่อกลับมาถึง VWAP",
        ),
        "S. A. Berkowitz, D. E. Logue, E. A. Noser, The Total Cost of Transactions on "
        "the NYSE, Journal of Finance 43(1), 1988 (the price); reversion to it is ours",
    )
    parameters = (
        Integer(
            "period",
            default=24,
            low=1,
            high=10_000,
            title=Text("VWAP period", "ช่วงคำนวณ VWAP"),
            meaning=Text(
                "Candles in the average price, the latest included.",
                "จำนวนแท่งเทียนที่ใช้คำนวณ VWAP รวมแท่งล่าสุด",
            ),
            also=("window",),
        ),
        Number(
            "deviation",
            default=0.02,
            low=0.0001,
            high=0.9,
            unit=Unit.FRACTION,
            title=Text("Distance below VWAP", "ระยะต่ำกว่า VWAP"),
            meaning=Text(
                "How far below it the close must be: at 2 %, at 98 where it is 100.",
                "ราคาปิดต้องต่ำกว่า VWAP เท่าใดจึงซื้อ เช่น 2 % คือ 98 เมื่อ VWAP คือ 100",
            ),
        ),
        *RISK,
    )

    def warm_up(self, values: Values) -> int:
        """Return the candles until the price has two rows: a crossing takes two."""
        return int(values["period"]) + 1

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter as the close crosses the distance, leave while beyond the average."""
        close, deviation = candles.close, float(values["deviation"])
        fair = vwap(candles, int(values["period"]))
        return Signals(
            enter=crossings(close, fair * (1.0 - deviation)).down,
            leave=close >= fair,
            enter_short=crossings(close, fair * (1.0 + deviation)).up,
            leave_short=close <= fair,
            **stops(values, len(candles)),
        )
