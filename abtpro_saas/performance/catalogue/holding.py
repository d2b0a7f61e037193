"""How long closed trades were held, and why they ended."""

from typing import TYPE_CHECKING

import numpy as np

from abtpro_saas.performance.catalogue.sources import (
    BACKTESTING,
    FREQTRADE,
    LEAN,
    PARDO,
)
from abtpro_saas.performance.metric import Group, Metric, Unit
from abtpro_saas.performance.record import Inside, Reason
from abtpro_saas.performance.undefined import UndefinedError, Why, known
from abtpro_saas.plugins.api.parameters import Text

if TYPE_CHECKING:  # the arithmetic is compiled code
    from abtpro_saas.performance.arithmetic.sheet import Sheet


def inside_of(sheet: "Sheet") -> Inside:
    """Return what is known of the insides of candles.

    Raises:
        UndefinedError: the engine did not look.
    """
    if sheet.record.inside is None:
        raise UndefinedError(Why.NOT_LOOKED)
    return sheet.record.inside


METRICS = (
    Metric(
        "average_duration",
        Text("Average holding time", "เวลาถือเฉลี่ย"),
        Text(
            "The mean time from the entry's bar to the exit's.",
            "เวลาเฉลี่ยจากแท่งที่เข้าถึงแท่งที่ออก",
        ),
        Unit.SECONDS,
        Group.HOLDING,
        LEAN,
        lambda s: s.deals.mean(s.deals.seconds, Why.NO_CLOSED),
    ),
    Metric(
        "median_duration",
        Text("Median holding time", "มัธยฐานของเวลาถือ"),
        Text(
            "The time that half of the closed trades were held less than.",
            "เวลาที่ครึ่งหนึ่งของการเทรดที่ปิดแล้วถือสั้นกว่า",
        ),
        Unit.SECONDS,
        Group.HOLDING,
        LEAN,
        lambda s: np.median(s.deals.of_all(s.deals.seconds)),
    ),
    Metric(
        "longest_duration",
        Text("Longest holding time", "เวลาถือนานที่สุด"),
        Text(
            "The longest time that a closed trade was held.",
            "เวลาที่นานที่สุดที่ถือการเทรดที่ปิดแล้ว",
        ),
        Unit.SECONDS,
        Group.HOLDING,
        BACKTESTING,
        lambda s: s.deals.of_all(s.deals.seconds).max(),
    ),
    Metric(
        "shortest_duration",
        Text("Shortest holding time", "เวลาถือสั้นที่สุด"),
        Text(
            "The shortest time that a closed trade was held; 0 is within one bar.",
            "เวลาที่สั้นที่สุดที่ถือการเทรดที่ปิดแล้ว ค่า 0 คือภายในแท่งเดียว",
        ),
        Unit.SECONDS,
        Group.HOLDING,
        FREQTRADE,
        lambda s: s.deals.of_all(s.deals.seconds).min(),
    ),
    Metric(
        "average_duration_winners",
        Text("Average holding time of winners", "เวลาถือเฉลี่ยเมื่อชนะ"),
        Text(
            "The mean time that winning trades were held.",
            "เวลาถือเฉลี่ยของการเทรดที่กำไร",
        ),
        Unit.SECONDS,
        Group.HOLDING,
        LEAN,
        lambda s: s.deals.mean(s.deals.seconds[s.deals.profit > 0], Why.NO_WINNER),
    ),
    Metric(
        "average_duration_losers",
        Text("Average holding time of losers", "เวลาถือเฉลี่ยเมื่อแพ้"),
        Text(
            "The mean time that losing trades were held.",
            "เวลาถือเฉลี่ยของการเทรดที่ขาดทุน",
        ),
        Unit.SECONDS,
        Group.HOLDING,
        LEAN,
        lambda s: s.deals.mean(s.deals.seconds[s.deals.profit < 0], Why.NO_LOSER),
    ),
    Metric(
        "average_bars",
        Text("Average bars held", "จำนวนแท่งที่ถือเฉลี่ย"),
        Text(
            "The mean number of bars from entry to exit; 0 is within one bar.",
            "จำนวนแท่งเฉลี่ยจากเข้าถึงออก ค่า 0 คือภายในแท่งเดียว",
        ),
        Unit.BARS,
        Group.HOLDING,
        PARDO,
        lambda s: s.deals.mean(s.deals.bars, Why.NO_CLOSED),
    ),
    Metric(
        "signal_exits",
        Text("Closed by signal", "ปิดโดยสัญญาณ"),
        Text(
            "Trades that the strategy closed itself: by a signal, a reversal or a "
            "change of weights.",
            "จำนวนการเทรดที่กลยุทธ์ปิดเอง ด้วยสัญญาณ การกลับฝั่ง หรือการปรับน้ำหนัก",
        ),
        Unit.COUNT,
        Group.HOLDING,
        FREQTRADE,
        lambda s: s.deals.ended(Reason.SIGNAL, Reason.REBALANCED, Reason.REVERSED),
    ),
    Metric(
        "stop_exits",
        Text("Closed by stop-loss", "ปิดโดยจุดตัดขาดทุน"),
        Text(
            "Trades that a fixed stop-loss closed.",
            "จำนวนการเทรดที่ปิดด้วยจุดตัดขาดทุนแบบคงที่",
        ),
        Unit.COUNT,
        Group.HOLDING,
        FREQTRADE,
        lambda s: s.deals.ended(Reason.STOP_LOSS),
    ),
    Metric(
        "trailing_exits",
        Text("Closed by trailing stop", "ปิดโดยจุดตัดขาดทุนแบบเลื่อนตาม"),
        Text(
            "Trades that a trailing stop closed.",
            "จำนวนการเทรดที่ปิดด้วยจุดตัดขาดทุนแบบเลื่อนตามราคา",
        ),
        Unit.COUNT,
        Group.HOLDING,
        FREQTRADE,
        lambda s: s.deals.ended(Reason.TRAILING_STOP),
    ),
    Metric(
        "target_exits",
        Text("Closed by take-profit", "ปิดโดยจุดทำกำไร"),
        Text("Trades that a take-profit closed.", "จำนวนการเทรดที่ปิดด้วยจุดทำกำไร"),
        Unit.COUNT,
        Group.HOLDING,
        FREQTRADE,
        lambda s: s.deals.ended(Reason.TAKE_PROFIT),
    ),
    Metric(
        "liquidations",
        Text("Liquidations", "จำนวนครั้งที่ถูกบังคับปิด"),
        Text(
            "Trades that the exchange closed because the margin ran out.",
            "จำนวนการเทรดที่ตลาดบังคับปิดเพราะหลักประกันไม่พอ",
        ),
        Unit.COUNT,
        Group.HOLDING,
        LEAN,
        lambda s: s.deals.ended(Reason.LIQUIDATION),
    ),
    Metric(
        "unclear_bars",
        Text("Unclear bars", "แท่งที่ลำดับไม่ชัด"),
        Text(
            "Bars that touched a stop, or a liquidation, and a target, where nothing "
            "tells which was first; what loses money was taken to be.",
            "แท่งที่ราคาแตะทั้งจุดตัดขาดทุน (หรือจุดบังคับปิด) และเป้าทำกำไร โดยไม่รู้ว่าแตะสิ่งใดก่อน "
            "ระบบถือว่าฝั่งที่ขาดทุนเกิดก่อน",
        ),
        Unit.COUNT,
        Group.HOLDING,
        BACKTESTING,
        lambda s: inside_of(s).unclear,
    ),
    Metric(
        "narrowest_trail",
        Text("Narrowest trailing stop", "trailing stop ที่แคบที่สุด"),
        Text(
            "The narrowest trailing stop divided by the mean range of a bar, high to "
            "low; below 1, what happens within bars decides the result.",
            "ระยะ trailing stop ที่แคบที่สุด หารช่วงราคาเฉลี่ยของแท่ง (สูงสุดถึงต่ำสุด) "
            "ค่าต่ำกว่า 1 คือผลขึ้นกับสิ่งที่เกิดภายในแท่ง",
        ),
        Unit.RATIO,
        Group.HOLDING,
        FREQTRADE,
        lambda s: known(inside_of(s).trail, Why.NO_TRAIL),
    ),
    Metric(
        "coarse_return",
        Text("Return without detail", "ผลตอบแทนเมื่อไม่ดูแท่งย่อย"),
        Text(
            "The total return of the same run, had nobody looked at finer candles.",
            "ผลตอบแทนรวมของการทดสอบเดียวกัน หากไม่ได้ดูแท่งเทียนย่อย",
        ),
        Unit.PERCENT,
        Group.HOLDING,
        FREQTRADE,
        lambda s: (
            100 * (known(inside_of(s).coarse, Why.NO_DETAIL) / s.curve.initial - 1)
        ),
    ),
)
