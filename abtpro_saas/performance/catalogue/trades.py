"""How many trades, how often, and how many won; open ones are counted apart."""

from abtpro_saas.performance.catalogue.sources import ACCOUNT, FREQTRADE, LEAN, PARDO
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.undefined import Why
from abtpro_saas.plugins.api.parameters import Text

METRICS = (
    Metric(
        "total_trades",
        Text("Closed trades", "การเทรดที่ปิดแล้ว"),
        Text(
            "Round trips that are closed; a position still open at the end is none.",
            "จำนวนรอบการเทรดที่ปิดแล้ว ไม่นับสถานะที่ยังเปิดอยู่ตอนจบ",
        ),
        Unit.COUNT,
        Group.TRADES,
        ACCOUNT,
        lambda s: len(s.deals),
    ),
    Metric(
        "open_trades",
        Text("Open trades", "การเทรดที่ยังเปิดอยู่"),
        Text("Trades still open at the end.", "จำนวนการเทรดที่ยังเปิดอยู่ตอนจบ"),
        Unit.COUNT,
        Group.TRADES,
        ACCOUNT,
        lambda s: len(s.deals.open),
    ),
    Metric(
        "winning_trades",
        Text("Winning trades", "การเทรดที่กำไร"),
        Text(
            "Closed trades with a profit above zero, after all costs.",
            "จำนวนการเทรดที่ปิดแล้วและกำไรมากกว่าศูนย์ หลังหักต้นทุนทั้งหมด",
        ),
        Unit.COUNT,
        Group.TRADES,
        PARDO,
        lambda s: len(s.deals.won),
    ),
    Metric(
        "losing_trades",
        Text("Losing trades", "การเทรดที่ขาดทุน"),
        Text(
            "Closed trades with a profit below zero, after all costs.",
            "จำนวนการเทรดที่ปิดแล้วและขาดทุน หลังหักต้นทุนทั้งหมด",
        ),
        Unit.COUNT,
        Group.TRADES,
        PARDO,
        lambda s: len(s.deals.lost),
    ),
    Metric(
        "even_trades",
        Text("Even trades", "การเทรดที่เสมอตัว"),
        Text(
            "Closed trades with a profit of exactly zero.",
            "จำนวนการเทรดที่ปิดแล้วและกำไรเป็นศูนย์พอดี",
        ),
        Unit.COUNT,
        Group.TRADES,
        FREQTRADE,
        lambda s: len(s.deals) - len(s.deals.won) - len(s.deals.lost),
    ),
    Metric(
        "long_trades",
        Text("Long trades", "การเทรดฝั่งซื้อ (long)"),
        Text("Closed trades that bought first.", "จำนวนการเทรดที่ปิดแล้วซึ่งเปิดด้วยการซื้อ"),
        Unit.COUNT,
        Group.TRADES,
        ACCOUNT,
        lambda s: (s.deals.side > 0).sum(),
    ),
    Metric(
        "short_trades",
        Text("Short trades", "การเทรดฝั่งขาย (short)"),
        Text("Closed trades that sold first.", "จำนวนการเทรดที่ปิดแล้วซึ่งเปิดด้วยการขาย"),
        Unit.COUNT,
        Group.TRADES,
        ACCOUNT,
        lambda s: (s.deals.side < 0).sum(),
    ),
    Metric(
        "long_share",
        Text("Share of long trades", "สัดส่วนการเทรดฝั่งซื้อ"),
        Text(
            "Long trades of all closed trades.",
            "สัดส่วนการเทรดฝั่งซื้อจากการเทรดที่ปิดแล้วทั้งหมด",
        ),
        Unit.PERCENT,
        Group.TRADES,
        FREQTRADE,
        lambda s: 100 * s.deals.share((s.deals.side > 0).sum()),
    ),
    Metric(
        "trades_per_day",
        Text("Trades per day", "การเทรดต่อวัน"),
        Text(
            "Closed trades divided by the length in days.",
            "จำนวนการเทรดที่ปิดแล้วหารระยะเวลาเป็นวัน",
        ),
        Unit.RATIO,
        Group.TRADES,
        FREQTRADE,
        lambda s: len(s.deals) / s.curve.years / 365,
    ),
    Metric(
        "trades_per_week",
        Text("Trades per week", "การเทรดต่อสัปดาห์"),
        Text(
            "Closed trades divided by the length in weeks.",
            "จำนวนการเทรดที่ปิดแล้วหารระยะเวลาเป็นสัปดาห์",
        ),
        Unit.RATIO,
        Group.TRADES,
        FREQTRADE,
        lambda s: len(s.deals) / s.curve.years / 365 * 7,
    ),
    Metric(
        "trades_per_month",
        Text("Trades per month", "การเทรดต่อเดือน"),
        Text(
            "Closed trades divided by the length in months of a twelfth of 365 days.",
            "จำนวนการเทรดที่ปิดแล้วหารระยะเวลาเป็นเดือน โดยหนึ่งเดือนคือหนึ่งในสิบสองของ 365 วัน",
        ),
        Unit.RATIO,
        Group.TRADES,
        FREQTRADE,
        lambda s: len(s.deals) / s.curve.years / 12,
    ),
    Metric(
        "win_rate",
        Text("Win rate", "อัตราชนะ"),
        Text(
            "Winning trades of all closed trades.",
            "สัดส่วนการเทรดที่กำไรจากการเทรดที่ปิดแล้วทั้งหมด",
        ),
        Unit.PERCENT,
        Group.TRADES,
        PARDO,
        lambda s: 100 * s.deals.share(len(s.deals.won)),
    ),
    Metric(
        "loss_rate",
        Text("Loss rate", "อัตราแพ้"),
        Text(
            "Losing trades of all closed trades.",
            "สัดส่วนการเทรดที่ขาดทุนจากการเทรดที่ปิดแล้วทั้งหมด",
        ),
        Unit.PERCENT,
        Group.TRADES,
        LEAN,
        lambda s: 100 * s.deals.share(len(s.deals.lost)),
    ),
    Metric(
        "win_rate_long",
        Text("Win rate of long trades", "อัตราชนะฝั่งซื้อ"),
        Text(
            "Winning long trades of all closed long trades.",
            "สัดส่วนการเทรดฝั่งซื้อที่กำไรจากการเทรดฝั่งซื้อที่ปิดแล้วทั้งหมด",
        ),
        Unit.PERCENT,
        Group.TRADES,
        PARDO,
        lambda s: 100 * (s.deals.of_side(1, Why.NO_LONG) > 0).mean(),
    ),
    Metric(
        "win_rate_short",
        Text("Win rate of short trades", "อัตราชนะฝั่งขาย"),
        Text(
            "Winning short trades of all closed short trades.",
            "สัดส่วนการเทรดฝั่งขายที่กำไรจากการเทรดฝั่งขายที่ปิดแล้วทั้งหมด",
        ),
        Unit.PERCENT,
        Group.TRADES,
        PARDO,
        lambda s: 100 * (s.deals.of_side(-1, Why.NO_SHORT) > 0).mean(),
    ),
    Metric(
        "win_streak",
        Text("Longest run of wins", "ชนะติดต่อกันสูงสุด"),
        Text(
            "The most winning trades one after the other, by their exits.",
            "จำนวนการเทรดที่กำไรติดต่อกันมากที่สุด เรียงตามเวลาปิด",
        ),
        Unit.COUNT,
        Group.TRADES,
        LEAN,
        lambda s: s.deals.streak(1),
    ),
    Metric(
        "loss_streak",
        Text("Longest run of losses", "แพ้ติดต่อกันสูงสุด"),
        Text(
            "The most losing trades one after the other, by their exits.",
            "จำนวนการเทรดที่ขาดทุนติดต่อกันมากที่สุด เรียงตามเวลาปิด",
        ),
        Unit.COUNT,
        Group.TRADES,
        LEAN,
        lambda s: s.deals.streak(-1),
    ),
)
