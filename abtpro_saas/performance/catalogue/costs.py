"""What trading cost, and how much of the account was at work; open trades included."""

from abtpro_saas.performance.catalogue.sources import (
    ACCOUNT,
    BACKTESTING,
    FREQTRADE,
    GIPS,
    LEAN,
    PARDO,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.undefined import Why, over
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "fees",
        Text("Fees", "ค่าธรรมเนียม"),
        Text(
            "All fees paid, those of trades still open included.",
            "ค่าธรรมเนียมทั้งหมดที่จ่าย รวมของการเทรดที่ยังเปิดอยู่",
        ),
        Unit.QUOTE,
        Group.COSTS,
        LEAN,
        lambda s: s.record.trades.fees.sum(),
    ),
    Metric(
        "funding",
        Text("Funding", "ค่า funding"),
        Text(
            "Funding paid on perpetual contracts, negative if received.",
            "ค่า funding ที่จ่ายของสัญญา perpetual ติดลบหากได้รับ",
        ),
        Unit.QUOTE,
        Group.COSTS,
        FREQTRADE,
        lambda s: s.deals.funding,
    ),
    Metric(
        "slippage_paid",
        Text("Slippage paid", "ค่า slippage ที่เสีย"),
        Text(
            "What fills worse than their reference price have cost; profits have it "
            "deducted already.",
            "ต้นทุนจากการได้ราคาที่แย่กว่าราคาอ้างอิง ซึ่งหักจากกำไรแล้ว",
        ),
        Unit.QUOTE,
        Group.COSTS,
        ACCOUNT,
        lambda s: s.record.trades.slippage.sum(),
    ),
    Metric(
        "costs_percent",
        Text("Costs of the capital", "ต้นทุนเทียบเงินทุน"),
        Text(
            "Fees and slippage as a percentage of the initial capital.",
            "ค่าธรรมเนียมและ slippage คิดเป็นเปอร์เซ็นต์ของเงินทุนตั้งต้น",
        ),
        Unit.PERCENT,
        Group.COSTS,
        PARDO,
        lambda s: 100 * s.deals.costs / s.curve.initial,
    ),
    Metric(
        "break_even_cost",
        Text("Break-even cost", "ต้นทุนคุ้มทุน"),
        Text(
            "The cost of each fill, as a percentage of its value, at which the "
            "profit would be gone: profit before fees and slippage divided by "
            "traded value, with unchanged sizes. Below 0, the strategy loses "
            "without any cost.",
            "ต้นทุนต่อการซื้อหรือขายแต่ละครั้ง เป็นเปอร์เซ็นต์ของมูลค่า ที่ทำให้กำไรหมดไป "
            "คือกำไรก่อนหักค่าธรรมเนียมและ slippage หารมูลค่าซื้อขาย โดยขนาดคงเดิม "
            "ค่าติดลบคือขาดทุนแม้ไม่มีต้นทุน",
        ),
        Unit.PERCENT,
        Group.COSTS,
        PARDO,
        lambda s: 100 * s.deals.break_even,
    ),
    Metric(
        "volume",
        Text("Traded value", "มูลค่าซื้อขาย"),
        Text(
            "The value of all fills: entries, and exits of closed trades.",
            "มูลค่ารวมของทุกการซื้อขาย ทั้งขาเข้า และขาออกของการเทรดที่ปิดแล้ว",
        ),
        Unit.QUOTE,
        Group.COSTS,
        FREQTRADE,
        lambda s: s.deals.volume,
    ),
    Metric(
        "average_stake",
        Text("Average stake", "มูลค่าเฉลี่ยต่อการเทรด"),
        Text(
            "The mean of the value at entry, over all trades.",
            "ค่าเฉลี่ยของมูลค่า ณ จุดเข้า ของการเทรดทั้งหมด",
        ),
        Unit.QUOTE,
        Group.COSTS,
        FREQTRADE,
        lambda s: s.deals.average_stake,
    ),
    Metric(
        "turnover",
        Text("Turnover", "อัตราการหมุนเวียน"),
        Text(
            "Traded value divided by mean equity, per year of 365 days.",
            "มูลค่าซื้อขายหารมูลค่าพอร์ตเฉลี่ย ต่อปี 365 วัน",
        ),
        Unit.RATIO,
        Group.COSTS,
        LEAN,
        lambda s: over(s.deals.volume, s.curve.load[4] * s.curve.years, Why.RUINED),
    ),
    Metric(
        "time_in_market",
        Text("Time in the market", "สัดส่วนเวลาที่มีสถานะ"),
        Text(
            "Bars that closed with a position, of all bars.",
            "สัดส่วนแท่งเทียนที่ปิดโดยมีสถานะ จากแท่งทั้งหมด",
        ),
        Unit.PERCENT,
        Group.COSTS,
        BACKTESTING,
        lambda s: 100 * s.curve.load[0] / s.curve.bars,
    ),
    Metric(
        "average_exposure",
        Text("Average exposure", "สถานะเฉลี่ยเทียบพอร์ต"),
        Text(
            "The mean over all closes of the gross value of positions divided by "
            "equity.",
            "ค่าเฉลี่ยทุกแท่งของมูลค่าสถานะรวมหารมูลค่าพอร์ต",
        ),
        Unit.PERCENT,
        Group.COSTS,
        LEAN,
        lambda s: 100 * s.curve.load[1],
    ),
    Metric(
        "max_leverage",
        Text("Highest leverage", "อัตราทดสูงสุด"),
        Text(
            "The highest gross value of positions divided by equity, at a close; "
            "above 1, they were larger than the account.",
            "มูลค่าสถานะรวมหารมูลค่าพอร์ตสูงสุด ณ ราคาปิด ค่ามากกว่า 1 คือสถานะรวมใหญ่กว่าเงินทุน",
        ),
        Unit.RATIO,
        Group.COSTS,
        GIPS,
        lambda s: s.curve.load[2],
    ),
    Metric(
        "largest_position",
        Text("Largest exposure", "มูลค่าสถานะสูงสุด"),
        Text(
            "The highest gross value of positions at a close.",
            "มูลค่าสถานะรวมสูงสุด ณ ราคาปิด",
        ),
        Unit.QUOTE,
        Group.COSTS,
        LEAN,
        lambda s: s.curve.load[3],
    ),
)
