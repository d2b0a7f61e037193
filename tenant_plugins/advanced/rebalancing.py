"""What the strategies of weights have in common."""

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Flags
from abtpro_saas.plugins.api.parameters import Choice, Integer, Text

LONG = "long"
BOTH = "both"

DIRECTION = Choice(
    "direction",
    default=LONG,
    options={
        LONG: Text("long only", "ซื้ออย่างเดียว"),
        BOTH: Text("long and short", "ทั้งซื้อและขายชอร์ต"),
    },
    title=Text("Direction", "ทิศทาง"),
    meaning=Text(
        "Whether it sells short what it expects to fall; a run must then allow shorts.",
        "ขายชอร์ตสิ่งที่คาดว่าจะลงด้วยหรือไม่ หากใช้ การทดสอบต้องอนุญาตให้ขายชอร์ต",
    ),
)


def rebalance(default: int) -> Integer:
    """Return the parameter of ``begins``."""
    return Integer(
        "rebalance",
        default,
        1,
        100_000,
        title=Text("Candles between rebalancings", "ปรับพอร์ตทุกกี่แท่ง"),
        meaning=Text(
            "Candles from one rebalancing to the next, counted since 1970 (UTC).",
            "จำนวนแท่งเทียนระหว่างการปรับพอร์ตแต่ละครั้ง นับจากปี ค.ศ. 1970 (UTC)",
        ),
    )


def begins(candles: Candles, every: int) -> Flags:
    """Return the first candle of each stretch of ``every``, whenever data begin.

    The very first candle is none: what went before it isn't known.
    """
    stretch = candles.time // (candles.step * every)
    begun = np.zeros(len(stretch), dtype=np.bool_)
    begun[1:] = stretch[1:] != stretch[:-1]
    return begun
