"""The account beside buying the first symbol at the first close and holding it."""

from math import sqrt

from abtpro_saas.performance.catalogue.sources import (
    ACTIVE,
    BACKTESTING,
    BACON,
    FREQTRADE,
    GIPS,
    JENSEN,
    TREYNOR,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.undefined import Why, over
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "buy_and_hold_return",
        Text("Buy and hold", "ซื้อแล้วถือ"),
        Text(
            "The last close of the first symbol divided by its first close, less 1; "
            "no costs.",
            "ราคาปิดสุดท้ายของเหรียญแรกหารราคาปิดแรก ลบ 1 โดยไม่คิดต้นทุน",
        ),
        Unit.PERCENT,
        Group.MARKET,
        FREQTRADE,
        lambda s: 100 * s.market_return,
    ),
    Metric(
        "buy_and_hold_cagr",
        Text("Buy and hold, annual growth", "ซื้อแล้วถือ อัตราเติบโตต่อปี"),
        Text(
            "The compound annual growth of buy and hold.",
            "อัตราเติบโตทบต้นต่อปีของการซื้อแล้วถือ",
        ),
        Unit.PERCENT,
        Group.MARKET,
        GIPS,
        lambda s: 100 * s.market_growth,
    ),
    Metric(
        "buy_and_hold_drawdown",
        Text("Buy and hold, maximum drawdown", "ซื้อแล้วถือ Drawdown สูงสุด"),
        Text(
            "The maximum drawdown of buy and hold, by the closes of days.",
            "Drawdown สูงสุดของการซื้อแล้วถือ ตามราคาปิดรายวัน",
        ),
        Unit.PERCENT,
        Group.MARKET,
        BACKTESTING,
        lambda s: 100 * s.market_drawdown,
    ),
    Metric(
        "excess_return",
        Text("Return above buy and hold", "ผลตอบแทนส่วนเกินจากซื้อแล้วถือ"),
        Text(
            "Total return less buy and hold, in percentage points.",
            "ผลตอบแทนรวมลบผลตอบแทนซื้อแล้วถือ เป็นจุดเปอร์เซ็นต์",
        ),
        Unit.PERCENT,
        Group.MARKET,
        FREQTRADE,
        lambda s: 100 * (s.total_return - s.market_return),
    ),
    Metric(
        "beta",
        Text("Beta", "เบตา"),
        Text(
            "The covariance of daily returns with the market's, divided by the "
            "market's variance: how much the account moves when the market moves by "
            "1.",
            "ความแปรปรวนร่วมของผลตอบแทนรายวันกับตลาด หารความแปรปรวนของตลาด "
            "คือพอร์ตขยับเท่าใดเมื่อตลาดขยับ 1",
        ),
        Unit.RATIO,
        Group.MARKET,
        JENSEN,
        lambda s: s.days.beta,
    ),
    Metric(
        "alpha",
        Text("Alpha", "อัลฟา"),
        Text(
            "The average annual return less beta times the market's: what the market "
            "does not explain.",
            "ผลตอบแทนเฉลี่ยต่อปี ลบเบตาคูณผลตอบแทนเฉลี่ยต่อปีของตลาด คือส่วนที่ตลาดอธิบายไม่ได้",
        ),
        Unit.PERCENT,
        Group.MARKET,
        JENSEN,
        lambda s: 100 * s.days.alpha,
    ),
    Metric(
        "correlation",
        Text("Correlation with the market", "สหสัมพันธ์กับตลาด"),
        Text(
            "The correlation of daily returns with the market's, from -1 to 1.",
            "สหสัมพันธ์ของผลตอบแทนรายวันกับตลาด ตั้งแต่ -1 ถึง 1",
        ),
        Unit.RATIO,
        Group.MARKET,
        ACTIVE,
        lambda s: s.days.correlation,
    ),
    Metric(
        "market_r2",
        Text("R² with the market", "R² กับตลาด"),
        Text(
            "The squared correlation: the share of variance that the market explains.",
            "สหสัมพันธ์ยกกำลังสอง คือสัดส่วนความแปรปรวนที่ตลาดอธิบายได้",
        ),
        Unit.RATIO,
        Group.MARKET,
        ACTIVE,
        lambda s: s.days.correlation**2,
    ),
    Metric(
        "treynor_ratio",
        Text("Treynor ratio", "Treynor ratio"),
        Text(
            "The average annual return, as a fraction, divided by beta.",
            "ผลตอบแทนเฉลี่ยต่อปีแบบเศษส่วน หารเบตา",
        ),
        Unit.RATIO,
        Group.MARKET,
        TREYNOR,
        lambda s: over(s.days.yearly, s.days.beta, Why.NO_BETA),
    ),
    Metric(
        "tracking_error",
        Text("Tracking error", "ค่าเบี่ยงเบนจากตลาด (tracking error)"),
        Text(
            "The standard deviation (n - 1) of daily returns less the market's, times "
            "the root of 365.",
            "ส่วนเบี่ยงเบนมาตรฐาน (n - 1) ของผลต่างผลตอบแทนรายวันกับตลาด คูณรากที่สองของ 365",
        ),
        Unit.PERCENT,
        Group.MARKET,
        ACTIVE,
        lambda s: 100 * s.days.tracking * sqrt(s.days.per_year),
    ),
    Metric(
        "information_ratio",
        Text("Information ratio", "Information ratio"),
        Text(
            "The mean of daily returns less the market's, divided by its standard "
            "deviation (n - 1), times the root of 365.",
            "ค่าเฉลี่ยของผลต่างผลตอบแทนรายวันกับตลาด หารส่วนเบี่ยงเบนมาตรฐาน (n - 1) "
            "คูณรากที่สองของ 365",
        ),
        Unit.RATIO,
        Group.MARKET,
        ACTIVE,
        lambda s: (
            over(s.days.lead, s.days.tracking, Why.SAME_AS_MARKET)
            * sqrt(s.days.per_year)
        ),
    ),
    Metric(
        "up_capture",
        Text("Captured of rises", "สัดส่วนที่ได้เมื่อตลาดขึ้น"),
        Text(
            "On days that the market rose: the mean return divided by the market's.",
            "เฉพาะวันที่ตลาดขึ้น ผลตอบแทนเฉลี่ยหารผลตอบแทนเฉลี่ยของตลาด",
        ),
        Unit.PERCENT,
        Group.MARKET,
        BACON,
        lambda s: 100 * s.days.captured(1, Why.NO_RISING_DAY),
    ),
    Metric(
        "down_capture",
        Text("Captured of falls", "สัดส่วนที่เสียเมื่อตลาดลง"),
        Text(
            "On days that the market fell: the mean return divided by the market's. "
            "Below 0, the account gained.",
            "เฉพาะวันที่ตลาดลง ผลตอบแทนเฉลี่ยหารผลตอบแทนเฉลี่ยของตลาด ค่าติดลบคือพอร์ตกำไร",
        ),
        Unit.PERCENT,
        Group.MARKET,
        BACON,
        lambda s: 100 * s.days.captured(-1, Why.NO_FALLING_DAY),
    ),
)
