"""Two symbols that move together: buying the one that has fallen behind."""

from collections.abc import Sequence

import numpy as np

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
        # Numba takes a second, which who only checks an order has not to spend.
        from tenant_plugins.advanced.loops import hold  # noqa: PLC0415 - see above

        first, second = (np.log(each.close) for each in market)
        out = np.full((len(first), 2), np.nan)
        hold(
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
