"""Earning on prices that go to and fro."""

import math
from typing import NamedTuple

from abtpro_saas.plugins.api.parameters import (
    Integer,
    Number,
    ParameterError,
    Text,
    Unit,
    Values,
)
from abtpro_saas.plugins.api.strategies import About, BarStrategy, Side, View

DEEPEST = 100.0
"""How far down the lowest rung may lie: at this part of the first price."""

BITS = 36
"""Of the units of a rung; a float64 has 17 more, to add up all rungs."""


class _Rung(NamedTuple):
    """An order that waits: which level it belongs to, and what it trades."""

    level: int
    side: Side
    units: float


class Grid(BarStrategy):
    """Rungs below the first close; each buys, sells one rung higher, and buys again.

    All buying orders together need ``invest`` of the first equity; the rest is for
    fees. It neither follows the price up nor buys below its lowest rung.
    """

    name = "GRID"
    about = About(
        Text("Grid", "กริด"),
        Text(
            "Sets buying orders at equal distances below the first price. What one "
            "buys is sold one distance higher, and then its order is set again. It "
            "earns while prices go to and fro, and holds all it bought when they fall.",
            "ตั้งคำสั่งซื้อเป็นชั้น ๆ ห่างเท่ากันใต้ราคาแรก ของที่ซื้อได้จะตั้งขายสูงขึ้นหนึ่งชั้น "
            "เมื่อขายแล้วจึงตั้งซื้อใหม่ ทำกำไรเมื่อราคาแกว่งไปมา "
            "แต่จะถือของที่ซื้อไว้ทั้งหมดเมื่อราคาลง",
        ),
        "Binance, What Is Spot Grid Trading and How Does It Work (geometric grid), "
        "https://www.binance.com/en/support/faq/d5f441e8ab544a5b98241e00efb3a4ab",
    )
    parameters = (
        Integer(
            "levels",
            default=10,
            low=1,
            high=200,
            title=Text("Rungs", "จำนวนชั้น"),
            meaning=Text("How many rungs.", "จำนวนชั้น"),
        ),
        Number(
            "spacing",
            default=0.01,
            low=0.0001,
            high=1.0,
            unit=Unit.FRACTION,
            title=Text("Spacing of rungs", "ระยะระหว่างชั้น"),
            meaning=Text(
                "From one rung up to the next: what each round trip earns before fees.",
                "ระยะจากชั้นหนึ่งขึ้นไปชั้นถัดไป ซึ่งเป็นกำไรต่อรอบก่อนหักค่าธรรมเนียม",
            ),
        ),
        Number(
            "invest",
            default=0.95,
            low=0.01,
            high=1.0,
            unit=Unit.FRACTION,
            title=Text("Part invested", "สัดส่วนเงินลงทุน"),
            meaning=Text(
                "Part of the first equity that all rungs share.",
                "สัดส่วนของเงินทุนเริ่มต้นที่แบ่งให้ทุกชั้น",
            ),
        ),
        Number(
            "stop_loss",
            default=0.0,
            low=0.0,
            high=0.99,
            unit=Unit.FRACTION,
            title=Text("Stop loss", "จุดตัดขาดทุน"),
            meaning=Text(
                "How far the close may fall below the lowest rung before everything is "
                "sold and the grid ends. 0 is none.",
                "ราคาปิดต่ำกว่าชั้นล่างสุดได้เท่าใดก่อนขายทั้งหมดและเลิกกริด ใส่ 0 หากไม่ใช้",
            ),
        ),
    )

    def __init__(self) -> None:
        self._prices: list[float] = []
        """Of the first close, then of each rung, downwards; empty before the first."""
        self._units: list[float] = []
        """What each rung buys; the first close none."""
        self._waiting: dict[int, _Rung] = {}
        self._ended = False

    def check(self, values: Values) -> None:
        """Refuse a grid that reaches down to next to nothing."""
        if (1.0 + float(values["spacing"])) ** int(values["levels"]) > DEEPEST:
            message = "less: the lowest rung is below a hundredth of the first price"
            raise ParameterError("spacing", message)

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - it has none
        """Return 1: the first close is the top of the grid."""
        return 1

    def on_bar(self, view: View, values: Values) -> None:
        """Answer each order that is gone with the next one of its rung."""
        close = float(view.candles.close[-1])
        if self._ended:
            return
        stop = float(values["stop_loss"])
        if not self._prices:
            self._begin(view, values, close)
        elif stop > 0.0 and close < self._prices[-1] * (1.0 - stop):
            self._end(view)
        else:
            self._go_on(view)

    def _begin(self, view: View, values: Values, close: float) -> None:
        levels, ratio = int(values["levels"]), 1.0 + float(values["spacing"])
        self._prices = [close / ratio**level for level in range(levels + 1)]
        self._units = _units(self._prices, view.equity * float(values["invest"]))
        for level in range(1, levels + 1):
            self._buy(view, level)

    def _end(self, view: View) -> None:
        for order in self._waiting:
            view.cancel(order)
        if view.position > 0.0:
            view.market(Side.SELL, view.position)
        self._ended = True

    def _go_on(self, view: View) -> None:
        there = set(view.open_orders())
        gone = [self._waiting.pop(each) for each in set(self._waiting) - there]
        for rung in sorted(gone):
            free = view.position - self._offered()
            # An order that was refused is gone too, but has bought nothing.
            if rung.side is Side.BUY and free > 0.5 * rung.units:
                self._sell(view, rung.level, min(rung.units, free))
            else:
                self._buy(view, rung.level)

    def _offered(self) -> float:
        return sum(r.units for r in self._waiting.values() if r.side is Side.SELL)

    def _buy(self, view: View, level: int) -> None:
        units = self._units[level]
        order = view.limit(Side.BUY, units, self._prices[level])
        self._waiting[order] = _Rung(level, Side.BUY, units)

    def _sell(self, view: View, level: int, units: float) -> None:
        order = view.limit(Side.SELL, units, self._prices[level - 1])
        self._waiting[order] = _Rung(level, Side.SELL, units)


def _units(prices: list[float], value: float) -> list[float]:
    """Return what each rung buys for an equal part of ``value``.

    All are multiples of one power of two, so that they add up without rounding: what
    was bought can be sold to the last bit.
    """
    bought = [value / (len(prices) - 1) / price for price in prices]
    grain = math.ldexp(1.0, math.frexp(bought[-1])[1] - BITS)
    return [math.floor(units / grain) * grain for units in bought]
