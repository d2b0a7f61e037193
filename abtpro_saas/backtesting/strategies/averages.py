"""Following a trend by the crossing of two lines.

All three are in the market from one crossing upwards until the next one downwards, and
short from there where shorts are allowed.
"""

from abc import abstractmethod

from abtpro_saas.backtesting.indicators.averages import ema, sma
from abtpro_saas.backtesting.indicators.crossing import Crossings, crossings
from abtpro_saas.backtesting.indicators.momentum import macd
from abtpro_saas.backtesting.strategies.declared import check_order, fast_and_slow
from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import Integer, Text, Values
from abtpro_saas.plugins.api.risk import RISK, stops
from abtpro_saas.plugins.api.strategies import About, Signals, SignalStrategy


class _Cross(SignalStrategy):
    """Turns where one line crosses another; the first row only says where they are."""

    def check(self, values: Values) -> None:
        """Refuse a fast average that is not faster than the slow one."""
        check_order(values)

    def warm_up(self, values: Values) -> int:
        """Return one candle more than the slow average has: a crossing takes two."""
        return int(values["slow"]) + 1

    def signals(self, candles: Candles, values: Values) -> Signals:
        """Enter where the lines cross upwards, leave where they cross downwards."""
        up, down = self._crossings(candles.close, values)
        return Signals(up, down, down, up, **stops(values, len(candles)))

    @abstractmethod
    def _crossings(self, close: Floats, values: Values) -> Crossings:
        """Return where the fast line crosses the slow one."""


class SmaCross(_Cross):
    """Two simple averages, exact to the last bit: see ``sma``."""

    name = "SMA_CROSS"
    about = About(
        Text("Simple average cross", "เส้นค่าเฉลี่ยธรรมดาตัดกัน"),
        Text(
            "Buys when a fast simple moving average of closes rises above a slow one, "
            "and sells when it falls below.",
            "ซื้อเมื่อเส้นค่าเฉลี่ยเคลื่อนที่ธรรมดา (SMA) เส้นเร็วของราคาปิดตัดขึ้นเหนือเส้นช้า "
            "และขายเมื่อตัดลง",
        ),
        "W. Brock, J. Lakonishok, B. LeBaron, Simple Technical Trading Rules and the "
        "Stochastic Properties of Stock Returns, Journal of Finance 47(5), 1992",
    )
    parameters = (*fast_and_slow(20, 50), *RISK)

    def _crossings(self, close: Floats, values: Values) -> Crossings:
        fast, slow = int(values["fast"]), int(values["slow"])
        return crossings(sma(close, fast), sma(close, slow))


class EmaCross(_Cross):
    """Two exponential averages, each seeded with a simple one."""

    name = "EMA_CROSS"
    about = About(
        Text("Exponential average cross", "เส้นค่าเฉลี่ยเอกซ์โพเนนเชียลตัดกัน"),
        Text(
            "Buys when a fast exponential moving average of closes rises above a slow "
            "one, and sells when it falls below. Recent candles weigh more, so it "
            "turns sooner than simple averages.",
            "ซื้อเมื่อเส้นค่าเฉลี่ยเอกซ์โพเนนเชียล (EMA) เส้นเร็วของราคาปิดตัดขึ้นเหนือเส้นช้า "
            "และขายเมื่อตัดลง ให้น้ำหนักแท่งล่าสุดมากกว่า จึงกลับตัวเร็วกว่าค่าเฉลี่ยธรรมดา",
        ),
        "J. J. Murphy, Technical Analysis of the Financial Markets, chapter 9, "
        "New York Institute of Finance 1999",
    )
    parameters = (*fast_and_slow(12, 26), *RISK)

    def _crossings(self, close: Floats, values: Values) -> Crossings:
        fast, slow = int(values["fast"]), int(values["slow"])
        return crossings(ema(close, fast), ema(close, slow))


class MacdCross(_Cross):
    """The MACD line and its signal line."""

    name = "MACD"
    about = About(
        Text("MACD", "MACD"),
        Text(
            "Buys when the distance of two exponential averages (MACD) rises above its "
            "own average (the signal line), and sells when it falls below.",
            "ซื้อเมื่อเส้น MACD ซึ่งเป็นผลต่างของค่าเฉลี่ยเอกซ์โพเนนเชียลสองเส้น "
            "ตัดขึ้นเหนือเส้นสัญญาณ (ค่าเฉลี่ยของตัวมันเอง) และขายเมื่อตัดลง",
        ),
        "G. Appel, Technical Analysis: Power Tools for Active Investors, "
        "FT Prentice Hall 2005",
    )
    parameters = (
        *fast_and_slow(12, 26),
        Integer(
            "signal",
            default=9,
            low=1,
            high=5_000,
            title=Text("Signal line", "เส้นสัญญาณ"),
            meaning=Text(
                "Candles in the signal line, the average of the MACD itself.",
                "จำนวนแท่งเทียนของเส้นสัญญาณ ซึ่งเป็นค่าเฉลี่ยของเส้น MACD",
            ),
            also=("signal_period",),
        ),
        *RISK,
    )

    def warm_up(self, values: Values) -> int:
        """Return the candles until the signal line has two rows."""
        return int(values["slow"]) + int(values["signal"])

    def _crossings(self, close: Floats, values: Values) -> Crossings:
        fast, slow = int(values["fast"]), int(values["slow"])
        return crossings(*macd(close, fast, slow, int(values["signal"])))
