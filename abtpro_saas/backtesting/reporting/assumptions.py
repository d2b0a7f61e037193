"""What a result rests on, said with it: free of costs is not free of assumptions."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from abtpro_saas.backtesting.engines.port import (
    FeeIn,
    FillAt,
    Members,
    Setup,
    SlippageModel,
)
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.parameters import Text
from abtpro_saas.plugins.api.strategies import SignalStrategy


class Assumption(NamedTuple):
    """One of them: its code is for programs, its text for people."""

    code: str
    text: Text


TEXTS: Mapping[str, Text] = {
    "simulated": Text(
        "The candles are simulated: they are nobody's market.",
        "แท่งเทียนเป็นข้อมูลจำลอง ไม่ใช่ราคาของตลาดจริง",
    ),
    "brought": Text(
        "Prices were brought as a file: nobody has compared them with the exchange's.",
        "ราคามาจากไฟล์ที่ผู้ใช้นำเข้า ไม่มีใครเทียบกับราคาของตลาดนั้น",
    ),
    "next_open": Text(
        "Orders of a candle's close are filled at the next open.",
        "คำสั่งที่เกิดเมื่อแท่งเทียนปิด ได้ราคาเปิดของแท่งถัดไป",
    ),
    "close": Text(
        "Orders of a candle's close are filled at that close, which no market grants.",
        "คำสั่งที่เกิดเมื่อแท่งเทียนปิด ได้ราคาปิดนั้นเอง ซึ่งตลาดจริงทำไม่ได้",
    ),
    "no_fees": Text("Trading is free of fees.", "ไม่คิดค่าธรรมเนียมการซื้อขาย"),
    "no_slippage": Text(
        "Orders are filled at the price that is seen, whatever their size.",
        "ทุกคำสั่งได้ราคาที่เห็น ไม่ว่าจะมีขนาดเท่าใด",
    ),
    "unlimited_precision": Text(
        "Prices and sizes are as fine as can be, and nothing is too small to trade.",
        "ราคาและจำนวนละเอียดได้ไม่จำกัด และไม่มีจำนวนใดน้อยเกินไป",
    ),
    "all_in": Text(
        "Each entry commits all of the equity, its fee within.",
        "การเข้าซื้อแต่ละครั้งใช้มูลค่าพอร์ตทั้งหมด รวมค่าธรรมเนียมแล้ว",
    ),
    "long_only": Text("It never sells short.", "ไม่มีการขายชอร์ต"),
    "no_funding": Text(
        "Positions cost and earn no funding.", "ไม่คิดค่า funding ของสถานะที่ถือ"
    ),
    "funding_unknown": Text(
        "Funding unknown: for some or all of the time the market's rates are not "
        "known, so none is charged then, and what it would have cost is not in the "
        "result.",
        "ไม่ทราบค่า funding: บางช่วงหรือทั้งหมดไม่มีประวัติอัตราของตลาด จึงไม่ได้คิดในช่วงนั้น "
        "และผลไม่รวมต้นทุนส่วนนี้",
    ),
    "market_funding": Text(
        "Funding is charged at the market's own rates, as far as they are known.",
        "คิดค่า funding ตามอัตราจริงของตลาดเท่าที่มีประวัติ",
    ),
    "fixed_funding": Text(
        "Funding has the same rate each time, which no market's has.",
        "อัตรา funding เท่ากันทุกครั้ง ซึ่งตลาดจริงไม่เป็นเช่นนั้น",
    ),
    "isolated_margin": Text(
        "Each position has a margin of its own, and is liquidated by the traded price: "
        "the venue's mark price is not known.",
        "แต่ละสถานะมีหลักประกันแยกของตัวเอง และถูกบังคับปิดตามราคาซื้อขาย เพราะไม่ทราบ mark price",
    ),
    "whole_orders": Text(
        "Each order is filled as a whole, however little was traded.",
        "ทุกคำสั่งได้ครบจำนวน ไม่ว่าปริมาณซื้อขายจะน้อยเพียงใด",
    ),
    "shared_times": Text(
        "Of several symbols only the times that all of them have count.",
        "เมื่อมีหลายเหรียญ ใช้เฉพาะช่วงเวลาที่ทุกเหรียญมีข้อมูล",
    ),
    "point_in_time": Text(
        "A symbol counts while it is traded: it joins with the history that the "
        "strategy needs, and is sold at its last price once it is gone.",
        "เหรียญถูกนับตราบที่ยังซื้อขายอยู่ โดยเข้าร่วมเมื่อมีข้อมูลย้อนหลังพอ และขายที่ราคาสุดท้ายเมื่อถูกถอดออก",
    ),
    "fee_in_coins": Text(
        "The fee of a purchase is taken in the coin that was bought.",
        "ค่าธรรมเนียมขาซื้อหักเป็นเหรียญที่ซื้อ",
    ),
    "unclear_bars": Text(
        "Some candles touched a stop and a target, and nothing tells which was first: "
        "the stop was taken to be.",
        "บางแท่งแตะทั้งจุดตัดขาดทุนและเป้าทำกำไรโดยไม่รู้ว่าแตะสิ่งใดก่อน ระบบถือว่าตัดขาดทุนก่อน",
    ),
    "narrow_trail": Text(
        "A trailing stop is narrower than candles are high: what happens within them "
        "decides the result, and only finer candles tell it.",
        "trailing stop แคบกว่าช่วงราคาเฉลี่ยของแท่ง ผลจึงขึ้นกับสิ่งที่เกิดภายในแท่ง "
        "ซึ่งต้องดูจากแท่งเทียนย่อย",
    ),
    "open_at_end": Text(
        "A position still open at the end counts at the last close, without a fee.",
        "สถานะที่ยังเปิดอยู่ตอนจบ คิดมูลค่าที่ราคาปิดสุดท้าย โดยไม่คิดค่าธรรมเนียม",
    ),
}


_TIMES = {Members.SHARED: "shared_times", Members.POINT_IN_TIME: "point_in_time"}


def assumptions(
    order: Order,
    *,
    simulated: bool,
    brought: bool = False,
    metrics: Mapping[str, float | None] | None = None,
) -> list[Assumption]:
    """Return what a run of ``order`` assumes, the gravest first.

    ``brought`` tells that somebody brought any of its data as a file.
    ``metrics`` are those of the run once it has ended: they tell what mattered.
    """
    codes = (
        *(["simulated"] if simulated else []),
        *(["brought"] if brought else []),
        *_warnings(metrics or {}),
        *_codes(order),
        *([_TIMES[order.setup.universe]] if len(order.symbols) > 1 else []),
    )
    return [Assumption(code, TEXTS[code]) for code in codes]


def _warnings(metrics: Mapping[str, float | None]) -> Iterator[str]:
    if metrics.get("funding", 0.0) is None:
        yield "funding_unknown"
    if (metrics.get("narrowest_trail") or 1.0) < 1.0:
        yield "narrow_trail"
    if metrics.get("unclear_bars"):
        yield "unclear_bars"


def _codes(order: Order) -> Iterator[str]:
    setup = order.setup
    costs, market = setup.costs, setup.market
    yield "next_open" if setup.fill_at is FillAt.NEXT_OPEN else "close"
    if not costs.maker and not costs.taker:
        yield "no_fees"
    if costs.slippage.model is SlippageModel.NONE or not costs.slippage.value:
        yield "no_slippage"
    if not market.participation:
        yield "whole_orders"
    if not (market.price_tick or market.size_step or market.least_value):
        yield "unlimited_precision"
    if setup.fraction == 1 and _commits_at_once(order.strategy):
        yield "all_in"
    if not setup.shorts:
        yield "long_only"
    yield from _terms(setup)
    yield "open_at_end"


def _commits_at_once(name: str) -> bool:
    """Tell whether an entry takes what there is: others divide it, or order units."""
    try:
        return isinstance(find_strategy(name), SignalStrategy)
    except InvalidError:
        return False  # somebody's own, on their own machine


def _terms(setup: Setup) -> Iterator[str]:
    if setup.costs.fee_in is FeeIn.BASE:
        yield "fee_in_coins"
    if setup.margin is not None:
        yield "isolated_margin"
    if setup.funding is not None:
        is_fixed = setup.funding.rate is not None
        yield "fixed_funding" if is_fixed else "market_funding"
    elif setup.shorts or setup.margin is not None:
        yield "no_funding"
