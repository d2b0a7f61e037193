"""Buying once, and waiting."""

import numpy as np

from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Text, Values
from abtpro_saas.plugins.api.strategies import About, Signals, SignalStrategy


class BuyAndHold(SignalStrategy):
    """Wants to be in at every candle, so an entry that was refused is tried again."""

    name = "BUY_AND_HOLD"
    about = About(
        Text("Buy and hold", "ซื้อแล้วถือ"),
        Text(
            "Buys at the first opportunity and never sells: the yardstick for every "
            "other strategy.",
            "ซื้อทันทีที่ทำได้และไม่ขายเลย ใช้เป็นเกณฑ์เปรียบเทียบกับกลยุทธ์อื่นทั้งหมด",
        ),
        "W. F. Sharpe, The Arithmetic of Active Management, "
        "Financial Analysts Journal 47(1), 1991",
    )

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - it has none
        """Return 1: any candle will do."""
        return 1

    def signals(self, candles: Candles, values: Values) -> Signals:  # noqa: ARG002 - it has none
        """Enter at every candle, leave at none."""
        bars = len(candles)
        return Signals(np.ones(bars, np.bool_), np.zeros(bars, np.bool_))
