"""Return for the risk taken: risk-free rate 0, UTC days, a year of 365 days."""

from math import sqrt

from abtpro_saas.performance.catalogue.sources import (
    CALMAR,
    LO,
    OMEGA,
    PAIN,
    PARDO,
    PSR,
    SCHWAGER,
    SERENITY,
    SHARPE,
    SORTINO,
    ULCER,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.undefined import Why, over
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "sharpe_ratio",
        Text("Sharpe ratio", "Sharpe ratio"),
        Text(
            "The mean daily return divided by the standard deviation (n - 1) of "
            "daily returns, times the root of 365.",
            "ผลตอบแทนรายวันเฉลี่ย หารส่วนเบี่ยงเบนมาตรฐาน (n - 1) ของผลตอบแทนรายวัน "
            "คูณรากที่สองของ 365",
        ),
        Unit.RATIO,
        Group.RATIOS,
        SHARPE,
        lambda s: s.sharpe,
    ),
    Metric(
        "sharpe_ratio_bars",
        Text("Sharpe ratio by bars", "Sharpe ratio รายแท่ง"),
        Text(
            "The mean return from bar to bar divided by its standard deviation (n - "
            "1), times the root of the bars of a year.",
            "ผลตอบแทนรายแท่งเฉลี่ย หารส่วนเบี่ยงเบนมาตรฐาน (n - 1) คูณรากที่สองของจำนวนแท่งต่อปี",
        ),
        Unit.RATIO,
        Group.RATIOS,
        SHARPE,
        lambda s: s.curve.sharpe,
    ),
    Metric(
        "sharpe_ratio_adjusted",
        Text("Sharpe ratio, autocorrelation removed", "Sharpe ratio ปรับอัตสหสัมพันธ์"),
        Text(
            "The daily ratio brought to a year by Lo's factor, instead of the root of "
            "365, for returns of which each depends on the day before.",
            "Sharpe ratio รายวันแปลงเป็นรายปีด้วยตัวคูณของ Lo แทนรากที่สองของ 365 "
            "สำหรับผลตอบแทนที่ขึ้นกับวันก่อนหน้า",
        ),
        Unit.RATIO,
        Group.RATIOS,
        LO,
        lambda s: s.days.sharpe * s.scale,
    ),
    Metric(
        "sortino_ratio",
        Text("Sortino ratio", "Sortino ratio"),
        Text(
            "Average annual return divided by downside deviation.",
            "ผลตอบแทนเฉลี่ยต่อปี หารส่วนเบี่ยงเบนขาลง",
        ),
        Unit.RATIO,
        Group.RATIOS,
        SORTINO,
        lambda s: s.sortino,
    ),
    Metric(
        "sortino_ratio_adjusted",
        Text("Sortino ratio, autocorrelation removed", "Sortino ratio ปรับอัตสหสัมพันธ์"),
        Text(
            "The Sortino ratio with Lo's factor instead of the root of 365.",
            "Sortino ratio ที่ใช้ตัวคูณของ Lo แทนรากที่สองของ 365",
        ),
        Unit.RATIO,
        Group.RATIOS,
        LO,
        lambda s: s.sortino * s.scale / sqrt(s.days.per_year),
    ),
    Metric(
        "calmar_ratio",
        Text("Calmar ratio", "Calmar ratio"),
        Text(
            "Compound annual growth divided by maximum drawdown.",
            "อัตราเติบโตทบต้นต่อปี หาร Drawdown สูงสุด",
        ),
        Unit.RATIO,
        Group.RATIOS,
        CALMAR,
        lambda s: over(s.growth, s.curve.drawdown, Why.NO_DRAWDOWN),
    ),
    Metric(
        "omega_ratio",
        Text("Omega ratio", "Omega ratio"),
        Text(
            "The sum of daily gains divided by the sum of daily losses.",
            "ผลรวมผลตอบแทนรายวันที่เป็นบวก หารผลรวมผลขาดทุนรายวัน",
        ),
        Unit.RATIO,
        Group.RATIOS,
        OMEGA,
        lambda s: s.days.gains_by_losses(s.days.returns, Why.NO_LOSING_DAY),
    ),
    Metric(
        "gain_to_pain",
        Text("Gain to pain", "Gain to pain"),
        Text(
            "The sum of all monthly returns divided by the sum of the losing "
            "months' losses.",
            "ผลรวมผลตอบแทนรายเดือนทั้งหมด หารผลรวมผลขาดทุนของเดือนที่ขาดทุน",
        ),
        Unit.RATIO,
        Group.RATIOS,
        SCHWAGER,
        lambda s: s.days.gains_by_losses(s.days.months, Why.NO_LOSING_MONTH) - 1,
    ),
    Metric(
        "risk_return_ratio",
        Text("Daily return to risk", "ผลตอบแทนต่อความเสี่ยงรายวัน"),
        Text(
            "The mean daily return divided by the standard deviation (n - 1) of "
            "daily returns, not brought to a year.",
            "ผลตอบแทนรายวันเฉลี่ย หารส่วนเบี่ยงเบนมาตรฐาน (n - 1) ของผลตอบแทนรายวัน "
            "โดยไม่แปลงเป็นรายปี",
        ),
        Unit.RATIO,
        Group.RATIOS,
        SHARPE,
        lambda s: s.days.sharpe,
    ),
    Metric(
        "ulcer_performance",
        Text("Ulcer performance index", "ดัชนีผลตอบแทนต่อ Ulcer"),
        Text(
            "Compound annual growth divided by the Ulcer index (Martin ratio).",
            "อัตราเติบโตทบต้นต่อปี หารดัชนี Ulcer (Martin ratio)",
        ),
        Unit.RATIO,
        Group.RATIOS,
        ULCER,
        lambda s: over(s.growth, s.ulcer, Why.NO_DRAWDOWN),
    ),
    Metric(
        "pain_ratio",
        Text("Pain ratio", "Pain ratio"),
        Text(
            "Compound annual growth divided by the Pain index.",
            "อัตราเติบโตทบต้นต่อปี หารดัชนี Pain",
        ),
        Unit.RATIO,
        Group.RATIOS,
        PAIN,
        lambda s: over(s.growth, s.pain, Why.NO_DRAWDOWN),
    ),
    Metric(
        "serenity_ratio",
        Text("Serenity ratio", "Serenity ratio"),
        Text(
            "Average annual return divided by the product of the Ulcer index and "
            "the pitfall, which is the conditional drawdown at risk (95 %) divided "
            "by volatility.",
            "ผลตอบแทนเฉลี่ยต่อปี หารด้วยผลคูณของดัชนี Ulcer กับ pitfall "
            "ซึ่งคือ CDaR 95% หารความผันผวน",
        ),
        Unit.RATIO,
        Group.RATIOS,
        SERENITY,
        lambda s: over(s.days.yearly, s.ulcer * s.pitfall, Why.NO_DRAWDOWN),
    ),
    Metric(
        "profit_to_drawdown",
        Text("Profit to drawdown", "กำไรต่อ Drawdown"),
        Text(
            "Net profit divided by the maximum drawdown in money (recovery factor).",
            "กำไรสุทธิหาร Drawdown สูงสุดเป็นจำนวนเงิน (recovery factor)",
        ),
        Unit.RATIO,
        Group.RATIOS,
        PARDO,
        lambda s: over(
            s.curve.final - s.curve.initial, s.curve.amount, Why.NO_DRAWDOWN
        ),
    ),
    Metric(
        "probabilistic_sharpe_ratio",
        Text("Probabilistic Sharpe ratio", "Probabilistic Sharpe ratio (PSR)"),
        Text(
            "How likely the true Sharpe ratio is above 0, from the ratio seen, its "
            "number of days, skewness and kurtosis. It knows nothing of other runs "
            "that were tried.",
            "ความน่าจะเป็นที่ Sharpe ratio จริงมากกว่า 0 "
            "คำนวณจากค่าที่วัดได้ จำนวนวัน ความเบ้ และความโด่ง โดยไม่รู้ว่าเคยลองทดสอบมาแล้วกี่ครั้ง",
        ),
        Unit.PERCENT,
        Group.RATIOS,
        PSR,
        lambda s: 100 * s.certainty,
    ),
    Metric(
        "minimum_track_record",
        Text("Minimum track record", "ระยะเวลาขั้นต่ำของผลงาน"),
        Text(
            "How long a record like this must be for its Sharpe ratio to be above 0 "
            "with a certainty of 95 %.",
            "ระยะเวลาที่ผลงานแบบนี้ต้องยาวพอจึงจะมั่นใจได้ 95% ว่า Sharpe ratio มากกว่า 0",
        ),
        Unit.SECONDS,
        Group.RATIOS,
        PSR,
        lambda s: s.least_track,
    ),
)
