"""Two symbols that move together: buying the one that has fallen behind."""

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from numba import njit

from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import (
    Integer,
    Number,
    ParameterError,
    Text,
    Values,
)
from abtpro_saas.plugins.api.strategies import About, Level, WeightStrategy
from tenant_plugins.advanced.rebalancing import BOTH, DIRECTION

ROUNDING = 1e-12
"""What a line may leave of the first symbol's variance before it is more than noise."""


class Pairs(WeightStrategy):
    """Holds a pair from where its spread is wide until it has closed.

    The spread is what a least-squares line through the last log prices leaves of the
    first symbol's latest one, in standard deviations. Where the line does not rise the
    two do not move together, and nothing is entered.
    """

    name = "PAIRS"
    symbols = (2, 2)
    about = About(
        Text("Pairs trading", "เทรดคู่"),
        Text(
            "Compares two symbols that move together. Where one is unusually cheap "
            "against the other it is bought, and with shorts the other is sold; both "
            "are closed when the spread is back to normal.",
            "เปรียบเทียบสองเหรียญที่เคลื่อนไหวไปด้วยกัน ซื้อเหรียญที่ถูกผิดปกติเมื่อเทียบกับอีกเหรียญ "
            "และหากขายชอร์ตได้จะชอร์ตอีกเหรียญด้วย ปิดทั้งคู่เมื่อส่วนต่างกลับสู่ปกติ",
        ),
        "E. Gatev, W. N. Goetzmann, K. G. Rouwenhorst, Pairs Trading, Review of "
        "Financial Studies 19(3), 2006; G. Vidyamurthy, Pairs Trading: Quantitative "
        "Methods and Analysis, Wiley 2004 (the regression)",
        Level.ADVANCED,
    )
    parameters = (
        Integer(
            "lookback",
            default=100,
            low=10,
            high=2_000,
            title=Text("Regression period", "ช่วงของการถดถอย"),
            meaning=Text(
                "Candles in the regression, the latest included.",
                "จำนวนแท่งเทียนของการถดถอย รวมแท่งล่าสุด",
            ),
        ),
        Number(
            "enter",
            default=2.0,
            low=0.1,
            high=20.0,
            title=Text("Entry distance", "ส่วนต่างที่เข้า"),
            meaning=Text(
                "Standard deviations of spread at which a pair is entered.",
                "ส่วนต่างกี่เท่าของส่วนเบี่ยงเบนมาตรฐานจึงเข้า",
            ),
        ),
        Number(
            "leave",
            default=0.5,
            low=0.0,
            high=20.0,
            title=Text("Exit distance", "ส่วนต่างที่ปิด"),
            meaning=Text(
                "Standard deviations at which it counts as closed, below enter.",
                "ส่วนต่างเหลือกี่เท่าจึงถือว่าปิดแล้ว ต้องน้อยกว่า enter",
            ),
        ),
        Number(
            "stop",
            default=0.0,
            low=0.0,
            high=50.0,
            title=Text("Stop distance", "ส่วนต่างที่ยอมเลิก"),
            meaning=Text(
                "Standard deviations at which a pair that runs apart is given up, "
                "above enter. 0 is none.",
                "ส่วนต่างกว้างกี่เท่าจึงยอมเลิก ต้องมากกว่า enter ใส่ 0 หากไม่ใช้",
            ),
        ),
        DIRECTION,
    )

    def check(self, values: Values) -> None:
        """Refuse thresholds in the wrong order."""
        enter, stop = float(values["enter"]), float(values["stop"])
        if float(values["leave"]) >= enter:
            raise ParameterError("leave", f"below enter, which is {enter:g}")
        if 0.0 < stop <= enter:
            raise ParameterError("stop", f"0, or above enter, which is {enter:g}")

    def warm_up(self, values: Values) -> int:
        """Return the candles of the first regression."""
        return int(values["lookback"])

    def weights(self, market: Sequence[Candles], values: Values) -> Floats:
        """Return a row where a pair is entered or left, NaN everywhere else."""
        first, second = (np.log(each.close) for each in market)
        out = np.full((len(first), 2), np.nan)
        _hold(
            first,
            second,
            int(values["lookback"]),
            float(values["enter"]),
            float(values["leave"]),
            float(values["stop"]),
            values["direction"] == BOTH,
            out,
        )
        return out


def _holds(  # noqa: PLR0917 - a compiled loop takes no keywords
    first: Floats,
    second: Floats,
    lookback: int,
    enter: float,
    leave: float,
    stop: float,
    both: bool,  # noqa: FBT001 - the same
    out: Floats,
) -> None:
    held = 0
    for i in range(lookback - 1, len(first)):
        slope, spread = _measured(first, second, i - lookback + 1, i + 1)
        away = held * spread  # negative while what is held is cheap
        if held != 0 and (away >= -leave or (0.0 < stop <= -away)):
            held = 0
            out[i] = 0.0
        elif held == 0 and slope > 0.0 and abs(spread) >= enter:
            if stop > 0.0 and abs(spread) >= stop:
                continue  # it would be given up at once
            held = 1 if spread < 0.0 else -1
            one, other = 1.0 / (1.0 + slope), slope / (1.0 + slope)
            if both:
                out[i, 0], out[i, 1] = held * one, -held * other
            else:
                out[i, 0], out[i, 1] = max(held, 0), max(-held, 0)


def _regression(
    first: Floats, second: Floats, start: int, stop: int
) -> tuple[float, float]:
    """Return the slope, and the last row's distance in standard deviations.

    Without any spread the distance is 0.
    """
    count = stop - start
    mean, other = first[start:stop].mean(), second[start:stop].mean()
    square = product = total = 0.0
    for i in range(start, stop):
        a, b = first[i] - mean, second[i] - other
        total += a * a
        square += b * b
        product += a * b
    if square == 0.0:
        return 0.0, 0.0
    slope = product / square
    left = max(total - slope * product, 0.0) / count
    last = (first[stop - 1] - mean) - slope * (second[stop - 1] - other)
    if left * count <= ROUNDING * total:
        return slope, 0.0
    return slope, last / np.sqrt(left)


_Measure = Callable[[Floats, Floats, int, int], tuple[float, float]]
_Hold = Callable[
    [Floats, Floats, int, float, float, float, bool, Floats],
    None,
]

_measured = cast("_Measure", njit(cache=True, nogil=True)(_regression))
_hold = cast("_Hold", njit(cache=True, nogil=True)(_holds))
