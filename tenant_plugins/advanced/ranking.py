"""Momentum across many symbols: holding those that rose most."""

from collections.abc import Sequence

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Integer,
    ParameterError,
    Text,
    Values,
)
from abtpro_saas.plugins.api.strategies import About, Level, WeightStrategy
from tenant_plugins.advanced.rebalancing import BOTH, DIRECTION, begins, rebalance

YES = "yes"
NO = "no"


class CrossSectionalMomentum(WeightStrategy):
    """Ranks all symbols at each rebalancing; between two it leaves everything alone.

    Of equal returns, the symbol that was named first ranks higher. A symbol without a
    price at either end of the lookback is not ranked.
    """

    name = "XS_MOMENTUM"
    symbols = (2, 100)
    about = About(
        Text("Cross-sectional momentum", "โมเมนตัมเทียบระหว่างเหรียญ"),
        Text(
            "Ranks many symbols by what they returned over a stretch, and divides one "
            "pool of cash equally among the best; with shorts, half of it goes against "
            "the worst.",
            "จัดอันดับหลายเหรียญตามผลตอบแทนในช่วงที่ผ่านมา "
            "แล้วแบ่งเงินก้อนเดียวเท่า ๆ กันให้เหรียญที่ดีที่สุด "
            "หากขายชอร์ตด้วย ครึ่งหนึ่งจะใช้ชอร์ตเหรียญที่แย่ที่สุด",
        ),
        "N. Jegadeesh, S. Titman, Returns to Buying Winners and Selling Losers, "
        "Journal of Finance 48(1), 1993; Y. Liu, A. Tsyvinski, X. Wu, Common Risk "
        "Factors in Cryptocurrency, Journal of Finance 77(2), 2022",
        Level.ADVANCED,
    )
    parameters = (
        Integer(
            "lookback",
            default=168,
            low=1,
            high=20_000,
            title=Text("Look-back", "ช่วงย้อนหลัง"),
            meaning=Text(
                "Candles over which returns are compared.",
                "จำนวนแท่งย้อนหลังที่ใช้เปรียบเทียบผลตอบแทน",
            ),
        ),
        Integer(
            "skip",
            default=0,
            low=0,
            high=20_000,
            title=Text("Latest candles left out", "แท่งล่าสุดที่ไม่นับ"),
            meaning=Text(
                "The latest of them that are left out, as what rose just now often "
                "falls back. Fewer than lookback.",
                "จำนวนแท่งล่าสุดที่ไม่นับ เพราะราคาที่เพิ่งขึ้นมักย้อนกลับ ต้องน้อยกว่า lookback",
            ),
        ),
        Integer(
            "top",
            default=3,
            low=1,
            high=50,
            title=Text("Symbols held", "จำนวนเหรียญที่ถือ"),
            meaning=Text("How many symbols are held.", "จำนวนเหรียญที่ถือ"),
        ),
        Choice(
            "only_rising",
            default=YES,
            options={YES: Text("yes", "ใช่"), NO: Text("no", "ไม่")},
            title=Text("Rising ones only", "เฉพาะเหรียญที่ขึ้น"),
            meaning=Text(
                "Whether the best must also have risen (and the worst fallen); what is "
                "not held stays in cash.",
                "เหรียญที่ดีที่สุดต้องมีราคาสูงขึ้นด้วย (และที่แย่ที่สุดต้องลดลง) หรือไม่ "
                "ส่วนที่ไม่ได้ถือคงเป็นเงินสด",
            ),
        ),
        rebalance(24),
        DIRECTION,
    )

    def check(self, values: Values) -> None:
        """Refuse to skip the whole stretch."""
        if int(values["skip"]) >= int(values["lookback"]):
            lookback = values["lookback"]
            raise ParameterError("skip", f"below lookback, which is {lookback}")

    def warm_up(self, values: Values) -> int:
        """Return the candles until returns are known."""
        return int(values["lookback"]) + 1

    def weights(self, market: Sequence[Candles], values: Values) -> Floats:
        """Return equal weights of the best at each rebalancing, NaN between."""
        close = np.column_stack([each.close for each in market])
        lookback, skip = int(values["lookback"]), int(values["skip"])
        out = np.full(close.shape, np.nan)
        for i in np.flatnonzero(begins(market[0], int(values["rebalance"]))):
            if i >= lookback:
                out[i] = _divide(close[i - skip] / close[i - lookback] - 1.0, values)
        return out


def _divide(returns: Floats, values: Values) -> Floats:
    """Return the weights of one rebalancing: at most 1 in sum, shorts counted too."""
    top, both = int(values["top"]), values["direction"] == BOTH
    ranked = np.argsort(-returns, kind="stable")  # NaN come last
    ranked = ranked[: np.isfinite(returns).sum()]
    best = ranked[:top]
    # Nobody is held and sold short at once.
    worst = ranked[max(top, len(ranked) - top) :] if both else ranked[:0]
    if values["only_rising"] == YES:
        best, worst = best[returns[best] > 0.0], worst[returns[worst] < 0.0]
    weights = np.zeros(len(returns))
    share = 1.0 / top if not both else 0.5 / top
    weights[best], weights[worst] = share, -share
    return weights
