"""How far, and how long, equity fell below its highest point so far.

Marked to market at each close, the initial capital before the first.
"""

from abtpro_saas.performance.arithmetic.calendar import SECOND_MS
from abtpro_saas.performance.catalogue.sources import (
    BACKTESTING,
    CDAR,
    FREQTRADE,
    MAGDON,
    PAIN,
    ULCER,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "max_drawdown",
        Text("Maximum drawdown", "Drawdown สูงสุด"),
        Text(
            "The largest fall of equity below its highest point so far, as a positive "
            "percentage of that point; open positions count at each close.",
            "การลดลงมากที่สุดของมูลค่าพอร์ตจากจุดสูงสุดก่อนหน้า เป็นเปอร์เซ็นต์บวกของจุดนั้น "
            "นับสถานะที่เปิดอยู่ตามราคาปิดทุกแท่ง",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        MAGDON,
        lambda s: 100 * s.curve.drawdown,
    ),
    Metric(
        "max_drawdown_amount",
        Text("Maximum drawdown, amount", "Drawdown สูงสุด (จำนวนเงิน)"),
        Text(
            "The largest fall of equity below its highest point so far, in money; it "
            "may be another than the largest by percentage.",
            "การลดลงมากที่สุดของมูลค่าพอร์ตจากจุดสูงสุดก่อนหน้า เป็นจำนวนเงิน "
            "อาจเป็นคนละช่วงกับที่มากที่สุดตามเปอร์เซ็นต์",
        ),
        Unit.QUOTE,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: s.curve.amount,
    ),
    Metric(
        "max_drawdown_high",
        Text("Equity before the maximum drawdown", "มูลค่าพอร์ตก่อน Drawdown สูงสุด"),
        Text(
            "The highest equity from which the maximum drawdown fell.",
            "มูลค่าพอร์ต ณ จุดสูงสุดที่เริ่ม Drawdown สูงสุด",
        ),
        Unit.QUOTE,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: s.curve.falls.peak[s.curve.deepest],
    ),
    Metric(
        "max_drawdown_low",
        Text("Equity at the maximum drawdown", "มูลค่าพอร์ต ณ จุดต่ำสุดของ Drawdown สูงสุด"),
        Text(
            "The lowest equity of the maximum drawdown.",
            "มูลค่าพอร์ตต่ำสุดในช่วง Drawdown สูงสุด",
        ),
        Unit.QUOTE,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: s.curve.falls.trough[s.curve.deepest],
    ),
    Metric(
        "max_drawdown_started_at",
        Text("Maximum drawdown begins", "Drawdown สูงสุดเริ่ม"),
        Text(
            "The close at which equity was at its peak for the last time before.",
            "เวลาปิดแท่งที่มูลค่าพอร์ตอยู่ที่จุดสูงสุดครั้งสุดท้ายก่อนลดลง",
        ),
        Unit.DATE,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: s.curve.at(s.curve.falls.high),
    ),
    Metric(
        "max_drawdown_low_at",
        Text("Maximum drawdown is deepest", "Drawdown สูงสุดถึงจุดต่ำสุด"),
        Text(
            "The first close at which equity was at the maximum drawdown's lowest.",
            "เวลาปิดแท่งแรกที่มูลค่าพอร์ตถึงจุดต่ำสุดของ Drawdown สูงสุด",
        ),
        Unit.DATE,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: s.curve.at(s.curve.falls.low),
    ),
    Metric(
        "max_drawdown_ended_at",
        Text("Maximum drawdown ends", "Drawdown สูงสุดสิ้นสุด"),
        Text(
            "The first close at which equity was at its old peak again.",
            "เวลาปิดแท่งแรกที่มูลค่าพอร์ตกลับถึงจุดสูงสุดเดิม",
        ),
        Unit.DATE,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: s.curve.end_of_deepest,
    ),
    Metric(
        "max_drawdown_duration",
        Text("Maximum drawdown lasts", "ระยะเวลาของ Drawdown สูงสุด"),
        Text(
            "From the peak before the maximum drawdown until that peak is reached "
            "again, else until the last close.",
            "ตั้งแต่จุดสูงสุดก่อน Drawdown สูงสุดจนกลับถึงจุดเดิม หากยังไม่ถึงให้นับถึงแท่งสุดท้าย",
        ),
        Unit.SECONDS,
        Group.DRAWDOWN,
        BACKTESTING,
        lambda s: s.curve.lengths[s.curve.deepest],
    ),
    Metric(
        "recovery_time",
        Text("Recovery", "ระยะเวลาฟื้นตัว"),
        Text(
            "From the lowest point of the maximum drawdown until its peak is reached "
            "again.",
            "ตั้งแต่จุดต่ำสุดของ Drawdown สูงสุดจนกลับถึงจุดสูงสุดเดิม",
        ),
        Unit.SECONDS,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: (s.curve.end_of_deepest - s.curve.at(s.curve.falls.low)) / SECOND_MS,
    ),
    Metric(
        "drawdowns",
        Text("Drawdowns", "จำนวน Drawdown"),
        Text(
            "How many times equity fell below its highest point so far.",
            "จำนวนครั้งที่มูลค่าพอร์ตลดลงต่ำกว่าจุดสูงสุดก่อนหน้า",
        ),
        Unit.COUNT,
        Group.DRAWDOWN,
        BACKTESTING,
        lambda s: len(s.curve.depths),
    ),
    Metric(
        "average_drawdown",
        Text("Average drawdown", "Drawdown เฉลี่ย"),
        Text(
            "The mean of the deepest points of all drawdowns.",
            "ค่าเฉลี่ยของจุดต่ำสุดในแต่ละ Drawdown",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        BACKTESTING,
        lambda s: 100 * s.curve.average_depth,
    ),
    Metric(
        "average_drawdown_duration",
        Text("Average drawdown lasts", "ระยะเวลา Drawdown เฉลี่ย"),
        Text(
            "The mean of all drawdowns' durations, from peak to recovery; one that "
            "still lasts counts until the last close.",
            "ระยะเวลาเฉลี่ยของทุก Drawdown ตั้งแต่จุดสูงสุดจนฟื้นตัว หากยังไม่ฟื้นให้นับถึงแท่งสุดท้าย",
        ),
        Unit.SECONDS,
        Group.DRAWDOWN,
        BACKTESTING,
        lambda s: s.curve.average_length,
    ),
    Metric(
        "longest_drawdown",
        Text("Longest time below the peak", "ช่วงต่ำกว่าจุดสูงสุดที่นานที่สุด"),
        Text(
            "The duration of the longest drawdown, from peak to recovery or to the "
            "last close.",
            "ระยะเวลาของ Drawdown ที่นานที่สุด ตั้งแต่จุดสูงสุดจนฟื้นตัวหรือถึงแท่งสุดท้าย",
        ),
        Unit.SECONDS,
        Group.DRAWDOWN,
        BACKTESTING,
        lambda s: s.curve.longest,
    ),
    Metric(
        "time_underwater",
        Text("Time below the peak", "สัดส่วนเวลาที่ต่ำกว่าจุดสูงสุด"),
        Text(
            "Bars that closed with equity below its highest so far, of all bars.",
            "สัดส่วนแท่งเทียนที่ปิดโดยมูลค่าพอร์ตต่ำกว่าจุดสูงสุดก่อนหน้า จากแท่งทั้งหมด",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        PAIN,
        lambda s: 100 * s.curve.underwater / s.curve.bars,
    ),
    Metric(
        "current_drawdown",
        Text("Drawdown at the end", "Drawdown ณ จุดสิ้นสุด"),
        Text(
            "How far the final equity is below the highest, as a percentage of that.",
            "มูลค่าพอร์ตสุดท้ายต่ำกว่าจุดสูงสุดกี่เปอร์เซ็นต์",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        FREQTRADE,
        lambda s: 100 * (s.curve.peak - s.curve.final) / s.curve.peak,
    ),
    Metric(
        "ulcer_index",
        Text("Ulcer index", "ดัชนี Ulcer"),
        Text(
            "The root of the mean square of the drawdowns at all closes: deep and long "
            "ones weigh most.",
            "รากที่สองของค่าเฉลี่ยกำลังสองของ Drawdown ทุกแท่ง ช่วงที่ลึกและนานมีน้ำหนักมากที่สุด",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        ULCER,
        lambda s: 100 * s.ulcer,
    ),
    Metric(
        "pain_index",
        Text("Pain index", "ดัชนี Pain"),
        Text(
            "The mean of the drawdowns at all closes, 0 at a peak.",
            "ค่าเฉลี่ยของ Drawdown ทุกแท่ง โดย ณ จุดสูงสุดนับเป็น 0",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        PAIN,
        lambda s: 100 * s.pain,
    ),
    Metric(
        "drawdown_at_risk_95",
        Text("Conditional drawdown at risk, 95 %", "Drawdown คาดหมายส่วนหาง 95% (CDaR)"),
        Text(
            "The mean of the deepest 5 % of the drawdowns at the ends of days.",
            "ค่าเฉลี่ยของ Drawdown ปลายวันที่ลึกที่สุด 5%",
        ),
        Unit.PERCENT,
        Group.DRAWDOWN,
        CDAR,
        lambda s: 100 * s.days.worst_drawdowns(0.05),
    ),
)
