"""A trend, held in proportion to how calm it is."""

from collections.abc import Sequence

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import Integer, Number, Text, Unit, Values
from abtpro_saas.plugins.api.strategies import About, Level, WeightStrategy
from tenant_plugins.advanced.rebalancing import BOTH, DIRECTION, begins, rebalance

YEAR = 365 * 24 * 3_600_000
"""In milliseconds: these markets never close."""


class VolatilityTargetedTrend(WeightStrategy):
    """Each symbol has an equal share of the risk, and is held while it rises.

    Weights are set anew at each rebalancing, and at once where a trend turns.
    """

    name = "VOL_TARGET_TREND"
    about = About(
        Text("Volatility-targeted trend", "ตามแนวโน้มโดยคุมความผันผวน"),
        Text(
            "Holds what has risen over a long stretch, more of it while it is calm and "
            "less while it is wild, so that the yearly volatility stays near a target.",
            "ถือสิ่งที่ราคาสูงขึ้นตลอดช่วงยาว ถือมากเมื่อตลาดสงบและถือน้อยเมื่อผันผวน "
            "เพื่อให้ความผันผวนต่อปีใกล้เคียงเป้าหมาย",
        ),
        "T. J. Moskowitz, Y. H. Ooi, L. H. Pedersen, Time Series Momentum, Journal of "
        "Financial Economics 104(2), 2012; A. Moreira, T. Muir, Volatility-Managed "
        "Portfolios, Journal of Finance 72(4), 2017",
        Level.ADVANCED,
    )
    parameters = (
        Integer(
            "lookback",
            default=200,
            low=1,
            high=20_000,
            title=Text("Look-back", "ช่วงย้อนหลัง"),
            meaning=Text(
                "Candles over which the price must have risen.",
                "จำนวนแท่งย้อนหลังที่ราคาต้องสูงขึ้น",
            ),
        ),
        Integer(
            "vol_period",
            default=50,
            low=2,
            high=20_000,
            title=Text("Volatility period", "ช่วงวัดความผันผวน"),
            meaning=Text(
                "Returns in the measured volatility.",
                "จำนวนผลตอบแทนที่ใช้วัดความผันผวน",
            ),
        ),
        Number(
            "target_vol",
            default=0.3,
            low=0.01,
            high=5.0,
            unit=Unit.FRACTION,
            title=Text("Target volatility", "ความผันผวนเป้าหมาย"),
            meaning=Text(
                "Volatility aimed at, of a year of 365 days.",
                "ความผันผวนเป้าหมายต่อปี (365 วัน)",
            ),
        ),
        Number(
            "most",
            default=1.0,
            low=0.01,
            high=1.0,
            title=Text("Highest total weight", "น้ำหนักรวมสูงสุด"),
            meaning=Text(
                "The most that all weights may come to; 1 is all there is.",
                "น้ำหนักรวมสูงสุด โดย 1 คือเงินทั้งหมดที่มี",
            ),
        ),
        rebalance(24),
        DIRECTION,
    )

    def warm_up(self, values: Values) -> int:
        """Return the candles until both trend and volatility are known."""
        return max(int(values["lookback"]), int(values["vol_period"])) + 1

    def weights(self, market: Sequence[Candles], values: Values) -> Floats:
        """Return trend times target over volatility, divided by the symbols."""
        trends = np.column_stack([_trend(each.close, values) for each in market])
        sizes = np.column_stack([_size(each, values) for each in market])
        ready = np.arange(len(market[0])) >= self.warm_up(values) - 1
        turned = np.diff(trends, axis=0, prepend=np.zeros((1, len(market)))).any(axis=1)
        decides = ready & (turned | begins(market[0], int(values["rebalance"])))
        wanted = trends * sizes / len(market)
        return np.where(decides[:, None], wanted, np.nan)


def _trend(close: Floats, values: Values) -> Floats:
    """Return 1 where the price has risen, 0 (or -1, when shorts are wanted) else."""
    lookback = int(values["lookback"])
    sign = np.zeros(len(close))
    sign[lookback:] = np.nan_to_num(np.sign(close[lookback:] - close[:-lookback]))
    return sign if values["direction"] == BOTH else np.maximum(sign, 0.0)


def _size(candles: Candles, values: Values) -> Floats:
    """Return target over measured volatility, at most ``most``; 0 while unknown."""
    period, most = int(values["vol_period"]), float(values["most"])
    size = np.zeros(len(candles))
    if len(candles) > period:
        import talib  # noqa: PLC0415 - 80 MB, which who checks an order has not to spend

        returns = np.diff(np.log(candles.close))
        deviation = talib.STDDEV(returns, timeperiod=period, nbdev=1.0)
        with np.errstate(divide="ignore"):
            wanted = float(values["target_vol"]) / (
                deviation * np.sqrt(YEAR / candles.step)
            )
        size[1:] = np.nan_to_num(np.minimum(wanted, most), nan=0.0)
    return size
