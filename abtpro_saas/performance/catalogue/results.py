"""What closed trades earned, after all costs."""

from math import sqrt

import numpy as np

from abtpro_saas.performance.catalogue.sources import (
    BACKTESTING,
    KELLY,
    LEAN,
    PARDO,
    THARP,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.undefined import Why, over
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "profit_factor",
        Text("Profit factor", "Profit factor"),
        Text("Gross profit divided by gross loss.", "กำไรขั้นต้นหารขาดทุนขั้นต้น"),
        Unit.RATIO,
        Group.RESULTS,
        PARDO,
        lambda s: over(s.deals.of_all(s.deals.gain), s.deals.loss, Why.NO_LOSER),
    ),
    Metric(
        "expectancy",
        Text("Average trade", "กำไรเฉลี่ยต่อการเทรด"),
        Text(
            "The mean profit of closed trades: what one more may be expected to earn.",
            "กำไรเฉลี่ยของการเทรดที่ปิดแล้ว คือค่าคาดหวังของการเทรดครั้งถัดไป",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        THARP,
        lambda s: s.deals.mean(s.deals.profit, Why.NO_CLOSED),
    ),
    Metric(
        "expectancy_percent",
        Text("Average trade, percent", "กำไรเฉลี่ยต่อการเทรด (%)"),
        Text(
            "The mean of closed trades' profits as percentages of their entry's value.",
            "ค่าเฉลี่ยกำไรของการเทรดที่ปิดแล้ว คิดเป็นเปอร์เซ็นต์ของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.RESULTS,
        BACKTESTING,
        lambda s: 100 * s.deals.mean(s.deals.returns, Why.NO_CLOSED),
    ),
    Metric(
        "median_trade",
        Text("Median trade", "มัธยฐานของกำไรต่อการเทรด"),
        Text(
            "The profit that half of the closed trades stay below.",
            "กำไรที่ครึ่งหนึ่งของการเทรดที่ปิดแล้วได้น้อยกว่า",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        PARDO,
        lambda s: np.median(s.deals.of_all(s.deals.profit)),
    ),
    Metric(
        "average_win",
        Text("Average win", "กำไรเฉลี่ยเมื่อชนะ"),
        Text("The mean profit of winning trades.", "กำไรเฉลี่ยของการเทรดที่กำไร"),
        Unit.QUOTE,
        Group.RESULTS,
        LEAN,
        lambda s: s.deals.mean(s.deals.won, Why.NO_WINNER),
    ),
    Metric(
        "average_loss",
        Text("Average loss", "ขาดทุนเฉลี่ยเมื่อแพ้"),
        Text(
            "The mean loss of losing trades, as a positive amount.",
            "ขาดทุนเฉลี่ยของการเทรดที่ขาดทุน แสดงเป็นจำนวนบวก",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        LEAN,
        lambda s: -s.deals.mean(s.deals.lost, Why.NO_LOSER),
    ),
    Metric(
        "payoff_ratio",
        Text("Payoff ratio", "อัตราส่วนกำไรต่อขาดทุน"),
        Text(
            "Average win divided by average loss.", "กำไรเฉลี่ยเมื่อชนะ หารขาดทุนเฉลี่ยเมื่อแพ้"
        ),
        Unit.RATIO,
        Group.RESULTS,
        PARDO,
        lambda s: s.deals.payoff,
    ),
    Metric(
        "expectancy_ratio",
        Text("Expectancy ratio", "อัตราส่วนความคาดหวัง"),
        Text(
            "Average trade divided by average loss: what each unit of risk earns.",
            "กำไรเฉลี่ยต่อการเทรด หารขาดทุนเฉลี่ยเมื่อแพ้ คือผลที่ได้ต่อความเสี่ยงหนึ่งหน่วย",
        ),
        Unit.RATIO,
        Group.RESULTS,
        THARP,
        lambda s: (
            s.deals.mean(s.deals.profit, Why.NO_CLOSED)
            / -s.deals.mean(s.deals.lost, Why.NO_LOSER)
        ),
    ),
    Metric(
        "best_trade",
        Text("Best trade", "การเทรดที่ดีที่สุด"),
        Text("The highest profit of a closed trade.", "กำไรสูงสุดของการเทรดที่ปิดแล้ว"),
        Unit.QUOTE,
        Group.RESULTS,
        LEAN,
        lambda s: s.deals.of_all(s.deals.profit).max(),
    ),
    Metric(
        "worst_trade",
        Text("Worst trade", "การเทรดที่แย่ที่สุด"),
        Text(
            "The lowest profit of a closed trade, negative if it lost.",
            "กำไรต่ำสุดของการเทรดที่ปิดแล้ว ติดลบหากขาดทุน",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        LEAN,
        lambda s: s.deals.of_all(s.deals.profit).min(),
    ),
    Metric(
        "best_trade_percent",
        Text("Best trade, percent", "การเทรดที่ดีที่สุด (%)"),
        Text(
            "The highest profit of a closed trade, as a percentage of its entry's "
            "value.",
            "กำไรสูงสุดของการเทรดที่ปิดแล้ว คิดเป็นเปอร์เซ็นต์ของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.RESULTS,
        BACKTESTING,
        lambda s: 100 * s.deals.of_all(s.deals.returns).max(),
    ),
    Metric(
        "worst_trade_percent",
        Text("Worst trade, percent", "การเทรดที่แย่ที่สุด (%)"),
        Text(
            "The lowest profit of a closed trade, as a percentage of its entry's "
            "value.",
            "กำไรต่ำสุดของการเทรดที่ปิดแล้ว คิดเป็นเปอร์เซ็นต์ของมูลค่าตอนเข้า",
        ),
        Unit.PERCENT,
        Group.RESULTS,
        BACKTESTING,
        lambda s: 100 * s.deals.of_all(s.deals.returns).min(),
    ),
    Metric(
        "profit_long",
        Text("Profit of long trades", "กำไรฝั่งซื้อ"),
        Text(
            "The sum of the profits and losses of closed long trades.",
            "ผลรวมกำไรและขาดทุนของการเทรดฝั่งซื้อที่ปิดแล้ว",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        PARDO,
        lambda s: s.deals.of_side(1, Why.NO_LONG).sum(),
    ),
    Metric(
        "profit_short",
        Text("Profit of short trades", "กำไรฝั่งขาย"),
        Text(
            "The sum of the profits and losses of closed short trades.",
            "ผลรวมกำไรและขาดทุนของการเทรดฝั่งขายที่ปิดแล้ว",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        PARDO,
        lambda s: s.deals.of_side(-1, Why.NO_SHORT).sum(),
    ),
    Metric(
        "profit_deviation",
        Text("Deviation of profits", "ส่วนเบี่ยงเบนของกำไร"),
        Text(
            "The standard deviation (n - 1) of closed trades' profits.",
            "ส่วนเบี่ยงเบนมาตรฐาน (n - 1) ของกำไรของการเทรดที่ปิดแล้ว",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        LEAN,
        lambda s: s.deals.deviation,
    ),
    Metric(
        "profit_downside_deviation",
        Text("Downside deviation of profits", "ส่วนเบี่ยงเบนขาลงของกำไร"),
        Text(
            "The root of the mean square of closed trades' losses, others counting 0.",
            "รากที่สองของค่าเฉลี่ยกำลังสองของผลขาดทุนของการเทรดที่ปิดแล้ว โดยการเทรดอื่นนับเป็น 0",
        ),
        Unit.QUOTE,
        Group.RESULTS,
        LEAN,
        lambda s: sqrt((np.minimum(s.deals.of_all(s.deals.profit), 0) ** 2).mean()),
    ),
    Metric(
        "sqn",
        Text("System quality number", "System quality number (SQN)"),
        Text(
            "The mean profit of closed trades divided by their standard deviation "
            "(n - 1), times the root of their number.",
            "กำไรเฉลี่ยของการเทรดที่ปิดแล้ว หารส่วนเบี่ยงเบนมาตรฐาน (n - 1) "
            "คูณรากที่สองของจำนวนการเทรด",
        ),
        Unit.RATIO,
        Group.RESULTS,
        THARP,
        lambda s: s.deals.quality,
    ),
    Metric(
        "kelly",
        Text("Kelly share", "สัดส่วน Kelly"),
        Text(
            "Win rate less (1 - win rate) divided by the payoff ratio: the share of "
            "equity to risk for the fastest growth, if the future is as the past. "
            "Below 0, none.",
            "อัตราชนะ ลบ (1 - อัตราชนะ) หารอัตราส่วนกำไรต่อขาดทุน "
            "คือสัดส่วนของพอร์ตที่ควรเสี่ยงเพื่อให้โตเร็วที่สุดหากอนาคตเหมือนอดีต ค่าติดลบคือไม่ควรเสี่ยง",
        ),
        Unit.PERCENT,
        Group.RESULTS,
        KELLY,
        lambda s: 100 * s.deals.kelly,
    ),
)
