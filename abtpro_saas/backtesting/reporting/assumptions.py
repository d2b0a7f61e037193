"""What a result rests on, said with it: free of costs is not free of assumptions."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from abtpro_saas.backtesting.engines.port import FillAt, Setup, SlippageModel
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.plugins.api.parameters import Text


class Assumption(NamedTuple):
    """One of them: its code is for programs, its text for people."""

    code: str
    text: Text


TEXTS: Mapping[str, Text] = {
    "simulated": Text(
        "The candles are simulated: they are nobody's market.",
        "แท่งเทียนเป็นข้อมูลจำลอง ไม่ใช่ราคาของตลาดจริง",
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
    "open_at_end": Text(
        "A position still open at the end counts at the last close, without a fee.",
        "สถานะที่ยังเปิดอยู่ตอนจบ คิดมูลค่าที่ราคาปิดสุดท้าย โดยไม่คิดค่าธรรมเนียม",
    ),
}


def assumptions(order: Order, *, simulated: bool) -> list[Assumption]:
    """Return what a run of ``order`` assumes, the gravest first."""
    codes = (*(["simulated"] if simulated else []), *_codes(order.setup))
    return [Assumption(code, TEXTS[code]) for code in codes]


def _codes(setup: Setup) -> Iterator[str]:
    costs, market = setup.costs, setup.market
    yield "next_open" if setup.fill_at is FillAt.NEXT_OPEN else "close"
    if not costs.maker and not costs.taker:
        yield "no_fees"
    if costs.slippage.model is SlippageModel.NONE or not costs.slippage.value:
        yield "no_slippage"
    if not (market.price_tick or market.size_step or market.least_value):
        yield "unlimited_precision"
    if setup.fraction == 1:
        yield "all_in"
    yield "no_funding" if setup.shorts else "long_only"
    yield "open_at_end"
