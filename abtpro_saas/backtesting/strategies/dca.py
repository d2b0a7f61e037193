"""Buying little by little."""

from abtpro_saas.plugins.api.parameters import Integer, Number, Text, Unit, Values
from abtpro_saas.plugins.api.strategies import About, BarStrategy, Side, View


class Dca(BarStrategy):
    """Buys for the same amount again and again, while there is cash for it.

    With a profit to take it sells all at once, and begins anew.
    """

    name = "DCA"
    about = About(
        Text("Cost averaging (DCA)", "ทยอยซื้อถัวเฉลี่ย (DCA)"),
        Text(
            "Buys for a fixed amount every so many candles, whatever the price, until "
            "the cash is spent. If a profit is set, it sells all when that is reached "
            "and begins anew.",
            "ซื้อเป็นจำนวนเงินเท่ากันทุกช่วงเวลาที่กำหนดไม่ว่าราคาเท่าใด จนกว่าเงินสดจะหมด "
            "หากตั้งกำไรไว้ จะขายทั้งหมดเมื่อถึงเป้าแล้วเริ่มใหม่",
        ),
        "G. M. Constantinides, A Note on the Suboptimality of Dollar-Cost Averaging as "
        "an Investment Policy, Journal of Financial and Quantitative Analysis 14(2), "
        "1979",
    )
    parameters = (
        Integer(
            "every",
            default=24,
            low=1,
            high=100_000,
            title=Text("Candles between purchases", "ซื้อทุกกี่แท่ง"),
            meaning=Text(
                "Candles from one purchase to the next.",
                "จำนวนแท่งเทียนระหว่างการซื้อแต่ละครั้ง",
            ),
        ),
        Number(
            "amount",
            default=100.0,
            low=0.000001,
            high=1e12,
            title=Text("Amount of each purchase", "จำนวนเงินต่อครั้ง"),
            meaning=Text(
                "What each purchase is for, in the quote currency, before the fee.",
                "จำนวนเงินที่ซื้อแต่ละครั้ง เป็นสกุลเงินที่ใช้ซื้อ ไม่รวมค่าธรรมเนียม",
            ),
        ),
        Number(
            "take_profit",
            default=0.0,
            low=0.0,
            high=10.0,
            unit=Unit.FRACTION,
            title=Text("Take profit", "จุดทำกำไร"),
            meaning=Text(
                "Gain over all that was spent at which everything is sold. 0 is none.",
                "กำไรเทียบกับเงินที่ซื้อทั้งหมดซึ่งเมื่อถึงแล้วจะขายทั้งหมด ใส่ 0 หากไม่ใช้",
            ),
        ),
    )

    def __init__(self) -> None:
        self._before: float | None = None
        """The cash before the first purchase since the last sale."""

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - it has none
        """Return 1: the first candle is bought."""
        return 1

    def on_bar(self, view: View, values: Values) -> None:
        """Sell all at the profit, else buy when it is time; never beside an order."""
        if view.open_orders():
            return
        if self._before is None:
            self._before = view.cash
        candles = view.candles
        close, amount = float(candles.close[-1]), float(values["amount"])
        spent, profit = self._before - view.cash, float(values["take_profit"])
        if profit > 0.0 and view.position * close >= spent * (1.0 + profit) > 0.0:
            view.market(Side.SELL, view.position)
            self._before = None
        elif (len(candles) - 1) % int(values["every"]) == 0 and (view.cash >= amount):
            view.market(Side.BUY, amount / close)
