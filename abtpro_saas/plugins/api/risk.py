"""Stops that any strategy of signals can offer: three parameters, 0 for none."""

from typing import Final, TypedDict

import numpy as np

from abtpro_saas.plugins.api.candles import Floats
from abtpro_saas.plugins.api.parameters import Number, Text, Unit, Values

RISK: Final = (
    Number(
        "stop_loss",
        default=0.0,
        low=0.0,
        high=0.99,
        unit=Unit.FRACTION,
        title=Text("Stop loss", "จุดตัดขาดทุน"),
        meaning=Text(
            "Loss at which a position is closed: at 2 %, what was bought at 100 is "
            "sold at 98. 0 is none.",
            "ขาดทุนเท่าใดจึงปิดสถานะ เช่น 2 % คือซื้อที่ 100 แล้วขายที่ 98 ใส่ 0 หากไม่ใช้",
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
            "Gain at which a position is closed: at 4 %, what was bought at 100 is "
            "sold at 104. 0 is none.",
            "กำไรเท่าใดจึงปิดสถานะ เช่น 4 % คือซื้อที่ 100 แล้วขายที่ 104 ใส่ 0 หากไม่ใช้",
        ),
    ),
    Number(
        "trailing",
        default=0.0,
        low=0.0,
        high=0.99,
        unit=Unit.FRACTION,
        title=Text("Trailing stop", "จุดตัดขาดทุนแบบเลื่อนตาม"),
        meaning=Text(
            "How far the price may fall back from its best since the entry before the "
            "position is closed: at 3 %, what rose to 200 is sold at 194. 0 is none.",
            "ราคาย้อนกลับจากจุดดีที่สุดหลังเข้าได้เท่าใดจึงปิดสถานะ "
            "เช่น 3 % คือราคาขึ้นถึง 200 แล้วขายที่ 194 ใส่ 0 หากไม่ใช้",
        ),
        also=("trailing_stop",),
    ),
)


class Stops(TypedDict):
    """Three arguments of ``Signals``."""

    stop_loss: Floats | None
    take_profit: Floats | None
    trailing: Floats | None


def stops(values: Values, bars: int) -> Stops:
    """Return what the parameters ``RISK`` ask for, for each of ``bars`` candles.

    It is one number, which takes no memory for each candle.
    """
    return {
        "stop_loss": _column(values, "stop_loss", bars),
        "take_profit": _column(values, "take_profit", bars),
        "trailing": _column(values, "trailing", bars),
    }


def _column(values: Values, name: str, bars: int) -> Floats | None:
    fraction = float(values[name])
    return np.broadcast_to(np.float64(fraction), bars) if fraction > 0.0 else None
