"""How returns vary; daily returns of UTC, and a year of 365 days."""

from math import sqrt

from abtpro_saas.performance.catalogue.sources import (
    BOX,
    EMPYRICAL,
    EXPECTED_SHORTFALL,
    MOMENTS,
    SHARPE,
    SORTINO,
    VALUE_AT_RISK,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "volatility",
        Text("Volatility", "ความผันผวน"),
        Text(
            "The standard deviation (n - 1) of daily returns, times the root of 365.",
            "ส่วนเบี่ยงเบนมาตรฐาน (n - 1) ของผลตอบแทนรายวัน คูณรากที่สองของ 365",
        ),
        Unit.PERCENT,
        Group.RISK,
        SHARPE,
        lambda s: 100 * s.days.spread * sqrt(s.days.per_year),
    ),
    Metric(
        "volatility_bars",
        Text("Volatility by bars", "ความผันผวนรายแท่ง"),
        Text(
            "The standard deviation (n - 1) of returns from bar to bar, times the root "
            "of the bars of a year.",
            "ส่วนเบี่ยงเบนมาตรฐาน (n - 1) ของผลตอบแทนรายแท่ง คูณรากที่สองของจำนวนแท่งต่อปี",
        ),
        Unit.PERCENT,
        Group.RISK,
        SHARPE,
        lambda s: 100 * sqrt(s.curve.per_bar[1] * s.curve.bars_per_year),
    ),
    Metric(
        "variance",
        Text("Variance", "ความแปรปรวน"),
        Text(
            "The variance (n - 1) of daily returns as fractions, times 365.",
            "ความแปรปรวน (n - 1) ของผลตอบแทนรายวันแบบเศษส่วน คูณ 365",
        ),
        Unit.RATIO,
        Group.RISK,
        SHARPE,
        lambda s: s.days.spread**2 * s.days.per_year,
    ),
    Metric(
        "downside_deviation",
        Text("Downside deviation", "ส่วนเบี่ยงเบนขาลง"),
        Text(
            "The root of the mean square of daily losses, days without loss counting "
            "0, times the root of 365.",
            "รากที่สองของค่าเฉลี่ยกำลังสองของผลขาดทุนรายวัน โดยวันที่ไม่ขาดทุนนับเป็น 0 "
            "คูณรากที่สองของ 365",
        ),
        Unit.PERCENT,
        Group.RISK,
        SORTINO,
        lambda s: 100 * s.days.downside * sqrt(s.days.per_year),
    ),
    Metric(
        "skewness",
        Text("Skewness", "ความเบ้"),
        Text(
            "The mean cube of daily returns' distances from their mean, in standard "
            "deviations (n). Below 0, losses are the longer tail.",
            "ค่าเฉลี่ยกำลังสามของระยะห่างของผลตอบแทนรายวันจากค่าเฉลี่ย "
            "ในหน่วยส่วนเบี่ยงเบนมาตรฐาน (n) ค่าติดลบคือหางฝั่งขาดทุนยาวกว่า",
        ),
        Unit.RATIO,
        Group.RISK,
        MOMENTS,
        lambda s: s.days.skewness,
    ),
    Metric(
        "kurtosis",
        Text("Excess kurtosis", "ความโด่งส่วนเกิน"),
        Text(
            "The mean fourth power of daily returns' distances from their mean, in "
            "standard deviations (n), less 3. Above 0, extremes are more frequent than "
            "in a normal distribution.",
            "ค่าเฉลี่ยกำลังสี่ของระยะห่างของผลตอบแทนรายวันจากค่าเฉลี่ย "
            "ในหน่วยส่วนเบี่ยงเบนมาตรฐาน (n) ลบ 3 ค่าบวกคือมีค่าสุดโต่งบ่อยกว่าการแจกแจงปกติ",
        ),
        Unit.RATIO,
        Group.RISK,
        MOMENTS,
        lambda s: s.days.kurtosis - 3,
    ),
    Metric(
        "value_at_risk_95",
        Text("Value at risk, 95 %", "มูลค่าความเสี่ยง 95% (VaR)"),
        Text(
            "The daily loss that 95 % of days stay within: the 5 % quantile of daily "
            "returns, sign turned. Below 0, even that day gained.",
            "ผลขาดทุนรายวันที่ 95% ของวันไม่เกินค่านี้ คือควอนไทล์ 5% ของผลตอบแทนรายวันกลับเครื่องหมาย "
            "ค่าติดลบคือแม้วันนั้นก็ยังกำไร",
        ),
        Unit.PERCENT,
        Group.RISK,
        VALUE_AT_RISK,
        lambda s: -100 * s.days.quantile(0.05),
    ),
    Metric(
        "value_at_risk_99",
        Text("Value at risk, 99 %", "มูลค่าความเสี่ยง 99% (VaR)"),
        Text(
            "The daily loss that 99 % of days stay within: the 1 % quantile of daily "
            "returns, sign turned.",
            "ผลขาดทุนรายวันที่ 99% ของวันไม่เกินค่านี้ คือควอนไทล์ 1% ของผลตอบแทนรายวันกลับเครื่องหมาย",
        ),
        Unit.PERCENT,
        Group.RISK,
        VALUE_AT_RISK,
        lambda s: -100 * s.days.quantile(0.01),
    ),
    Metric(
        "expected_shortfall_95",
        Text("Expected shortfall, 95 %", "ผลขาดทุนคาดหมายส่วนหาง 95% (CVaR)"),
        Text(
            "The mean loss of the days whose return is no better than the 5 % "
            "quantile (CVaR).",
            "ผลขาดทุนเฉลี่ยของวันที่ผลตอบแทนไม่ดีกว่าควอนไทล์ 5%",
        ),
        Unit.PERCENT,
        Group.RISK,
        EXPECTED_SHORTFALL,
        lambda s: -100 * s.days.worst(0.05),
    ),
    Metric(
        "expected_shortfall_99",
        Text("Expected shortfall, 99 %", "ผลขาดทุนคาดหมายส่วนหาง 99% (CVaR)"),
        Text(
            "The mean loss of the days whose return is no better than the 1 % "
            "quantile (CVaR).",
            "ผลขาดทุนเฉลี่ยของวันที่ผลตอบแทนไม่ดีกว่าควอนไทล์ 1%",
        ),
        Unit.PERCENT,
        Group.RISK,
        EXPECTED_SHORTFALL,
        lambda s: -100 * s.days.worst(0.01),
    ),
    Metric(
        "tail_ratio",
        Text("Tail ratio", "อัตราส่วนหาง"),
        Text(
            "The 95 % quantile of daily returns divided by the 5 % quantile, both "
            "without sign. Above 1, the best days outweigh the worst.",
            "ควอนไทล์ 95% ของผลตอบแทนรายวัน หารด้วยควอนไทล์ 5% โดยไม่คิดเครื่องหมาย "
            "ค่ามากกว่า 1 คือวันที่ดีที่สุดมีน้ำหนักกว่าวันที่แย่ที่สุด",
        ),
        Unit.RATIO,
        Group.RISK,
        EMPYRICAL,
        lambda s: s.days.tail_ratio,
    ),
    Metric(
        "autocorrelation",
        Text("Autocorrelation", "อัตสหสัมพันธ์"),
        Text(
            "The correlation of each daily return with the day before's. Far from 0, "
            "the Sharpe ratio misleads.",
            "สหสัมพันธ์ของผลตอบแทนรายวันกับวันก่อนหน้า "
            "หากห่างจาก 0 มาก Sharpe ratio อาจทำให้เข้าใจผิด",
        ),
        Unit.RATIO,
        Group.RISK,
        BOX,
        lambda s: s.days.autocorrelation,
    ),
)
