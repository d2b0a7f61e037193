"""What the account earned, as percentages; days and months are of UTC."""

from abtpro_saas.performance.catalogue.sources import (
    BACKTESTING,
    BACON,
    EMPYRICAL,
    FREQTRADE,
    GIPS,
    OCTOBOT,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "cagr",
        Text("Compound annual growth", "อัตราเติบโตทบต้นต่อปี (CAGR)"),
        Text(
            "Final equity divided by initial capital, to the power of 1 / years, "
            "less 1. A year is 365 days.",
            "มูลค่าพอร์ตสุดท้ายหารเงินทุนตั้งต้น ยกกำลังหนึ่งส่วนจำนวนปี ลบ 1 โดยหนึ่งปีคือ 365 วัน",
        ),
        Unit.PERCENT,
        Group.RETURNS,
        GIPS,
        lambda s: 100 * s.growth,
    ),
    Metric(
        "annual_return",
        Text("Average annual return", "ผลตอบแทนเฉลี่ยต่อปี"),
        Text(
            "The mean daily return times 365, without compounding.",
            "ผลตอบแทนรายวันเฉลี่ยคูณ 365 โดยไม่ทบต้น",
        ),
        Unit.PERCENT,
        Group.RETURNS,
        BACON,
        lambda s: 100 * s.days.yearly,
    ),
    Metric(
        "best_day",
        Text("Best day", "วันที่ดีที่สุด"),
        Text("The highest daily return.", "ผลตอบแทนรายวันสูงสุด"),
        Unit.PERCENT,
        Group.RETURNS,
        FREQTRADE,
        lambda s: 100 * s.days.returns.max(),
    ),
    Metric(
        "worst_day",
        Text("Worst day", "วันที่แย่ที่สุด"),
        Text("The lowest daily return.", "ผลตอบแทนรายวันต่ำสุด"),
        Unit.PERCENT,
        Group.RETURNS,
        FREQTRADE,
        lambda s: 100 * s.days.returns.min(),
    ),
    Metric(
        "winning_days",
        Text("Winning days", "วันที่กำไร"),
        Text("Days with a return above zero.", "จำนวนวันที่ผลตอบแทนมากกว่าศูนย์"),
        Unit.COUNT,
        Group.RETURNS,
        FREQTRADE,
        lambda s: (s.days.returns > 0).sum(),
    ),
    Metric(
        "even_days",
        Text("Even days", "วันที่เสมอตัว"),
        Text("Days with a return of exactly zero.", "จำนวนวันที่ผลตอบแทนเป็นศูนย์พอดี"),
        Unit.COUNT,
        Group.RETURNS,
        FREQTRADE,
        lambda s: (s.days.returns == 0).sum(),
    ),
    Metric(
        "losing_days",
        Text("Losing days", "วันที่ขาดทุน"),
        Text("Days with a return below zero.", "จำนวนวันที่ผลตอบแทนน้อยกว่าศูนย์"),
        Unit.COUNT,
        Group.RETURNS,
        FREQTRADE,
        lambda s: (s.days.returns < 0).sum(),
    ),
    Metric(
        "best_month",
        Text("Best month", "เดือนที่ดีที่สุด"),
        Text(
            "The highest return of a calendar month, the first and the last as far as "
            "they go.",
            "ผลตอบแทนรายเดือนสูงสุด โดยเดือนแรกและเดือนสุดท้ายนับเท่าที่มีข้อมูล",
        ),
        Unit.PERCENT,
        Group.RETURNS,
        GIPS,
        lambda s: 100 * s.days.months.max(),
    ),
    Metric(
        "worst_month",
        Text("Worst month", "เดือนที่แย่ที่สุด"),
        Text(
            "The lowest return of a calendar month, the first and the last as far as "
            "they go.",
            "ผลตอบแทนรายเดือนต่ำสุด โดยเดือนแรกและเดือนสุดท้ายนับเท่าที่มีข้อมูล",
        ),
        Unit.PERCENT,
        Group.RETURNS,
        GIPS,
        lambda s: 100 * s.days.months.min(),
    ),
    Metric(
        "winning_months",
        Text("Winning months", "เดือนที่กำไร"),
        Text(
            "Months with a return above zero, of all months.",
            "สัดส่วนเดือนที่ผลตอบแทนมากกว่าศูนย์ จากเดือนทั้งหมด",
        ),
        Unit.PERCENT,
        Group.RETURNS,
        GIPS,
        lambda s: 100 * (s.days.months > 0).mean(),
    ),
    Metric(
        "r2_end_balance",
        Text("R² to the end", "R² เทียบเส้นตรงถึงจุดสิ้นสุด"),
        Text(
            "1 less the sum of squared distances of equity from the straight line "
            "between initial capital and final equity, divided by that from its "
            "mean. 1 is a straight line; below 0, the mean fits better.",
            "1 ลบผลรวมกำลังสองของระยะห่างระหว่างมูลค่าพอร์ตกับเส้นตรงจากเงินทุนตั้งต้นถึงมูลค่าสุดท้าย "
            "หารด้วยผลรวมกำลังสองของระยะห่างจากค่าเฉลี่ย ค่า 1 คือเส้นตรง "
            "ค่าติดลบคือเส้นตรงอธิบายได้แย่กว่าค่าเฉลี่ย",
        ),
        Unit.RATIO,
        Group.RETURNS,
        OCTOBOT,
        lambda s: s.curve.fit(s.curve.final),
    ),
    Metric(
        "r2_maximum_balance",
        Text("R² to the maximum", "R² เทียบเส้นตรงถึงจุดสูงสุด"),
        Text(
            "As R² to the end, with a line that reaches the highest equity at the last "
            "bar: it punishes a fall at the end.",
            "คำนวณเหมือน R² ถึงจุดสิ้นสุด แต่ใช้เส้นตรงที่ไปถึงมูลค่าสูงสุดในแท่งสุดท้าย "
            "จึงลดลงเมื่อพอร์ตร่วงในช่วงท้าย",
        ),
        Unit.RATIO,
        Group.RETURNS,
        OCTOBOT,
        lambda s: s.curve.fit(s.curve.peak),
    ),
    Metric(
        "stability",
        Text("Stability of growth", "ความสม่ำเสมอของการเติบโต"),
        Text(
            "R² of the straight line that fits the logarithm of equity at the ends of "
            "days best: 1 is growth, or decay, at one rate.",
            "R² ของเส้นตรงที่เข้ากับลอการิทึมของมูลค่าพอร์ตปลายวันมากที่สุด "
            "ค่า 1 คือเติบโตหรือลดลงด้วยอัตราคงที่",
        ),
        Unit.RATIO,
        Group.RETURNS,
        EMPYRICAL,
        lambda s: s.stability,
    ),
    Metric(
        "exposed_return",
        Text("Annual growth while in the market", "อัตราเติบโตต่อปีเฉพาะเวลาที่ถือสถานะ"),
        Text(
            "Compound annual growth divided by the share of bars with a position.",
            "อัตราเติบโตทบต้นต่อปี หารด้วยสัดส่วนแท่งเทียนที่มีสถานะ",
        ),
        Unit.PERCENT,
        Group.RETURNS,
        BACKTESTING,
        lambda s: 100 * s.growth_in_market,
    ),
)
