"""Stops that any strategy of signals can offer: three parameters, 0 for none."""

from typing import Final, TypedDict

import numpy as np

from abtpro_saas.plugins.api.candles import Floats
from abtpro_saas.plugins.api.parameters import Number, Text, Values

RISK: Final = (
    Number(
        "stop_loss",
        default=0.0,
        low=0.0,
        high=0.99,
        title=Text("Stop loss", "จุดตัดขาดทุน"),
        meaning=Text(
            "Loss at which a position is closed, as a fraction of its entry price: "
            "0.02 is 2 %. 0 is none.",
            "ขาดทุนเท่าใดจึงปิดสถานะ คิดเป็นสัดส่วนของราคาที่เข้า เช่น 0.02 คือ 2 % ใส่ 0 หากไม่ใช้",
        ),
    ),
    Number(
        "take_profit",
        default=0.0,
        low=0.0,
        high=100.0,
        title=Text("Take profit", "จุดทำกำไร"),
        meaning=Text(
            "Gain at which a position is closed, as a fraction of its entry price: "
            "0.04 is 4 %. 0 is none.",
            "กำไรเท่าใดจึงปิดสถานะ คิดเป็นสัดส่วนของราคาที่เข้า เช่น 0.04 คือ 4 % ใส่ 0 หากไม่ใช้",
        ),
    ),
    Number(
        "trailing",
        default=0.0,
        low=0.0,
        high=0.99,
        title=Text("Trailing stop", "จุดตัดขาดทุนแบบเลื่อนตาม"),
        meaning=Text(
            "How far the price may fall back from its best since the entry before the "
            "position is closed, as a fraction: 0.03 is 3 %. 0 is none.",
            "ราคาย้อนกลับจากจุดดีที่สุดหลังเข้าได้เท่าใดจึงปิดสถานะ คิดเป็นสัดส่วน "
            "เช่น 0.03 คือ 3 % ใส่ 0 หากไม่ใช้",
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
