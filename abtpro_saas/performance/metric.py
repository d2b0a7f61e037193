"""What a metric is: one entry of the catalogue, shown by pages, API and docs alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from abtpro_saas.plugins.api.parameters import Text

if TYPE_CHECKING:  # the arithmetic is compiled code; who only shows words needs none
    from abtpro_saas.performance.arithmetic.sheet import Sheet


class Unit(StrEnum):
    """What a metric counts in."""

    PERCENT = "percent"
    QUOTE = "quote"
    RATIO = "ratio"
    BARS = "bars"
    SECONDS = "seconds"
    COUNT = "count"
    DATE = "date"


WHOLE = frozenset({Unit.SECONDS, Unit.COUNT, Unit.DATE})
"""Units whose values are whole numbers."""

UNITS: Mapping[Unit, Text] = {
    Unit.PERCENT: Text("percent", "เปอร์เซ็นต์"),
    Unit.QUOTE: Text("quote currency", "สกุลเงินอ้างอิง"),
    Unit.RATIO: Text("ratio", "อัตราส่วน"),
    Unit.BARS: Text("bars", "แท่งเทียน"),
    Unit.SECONDS: Text("seconds", "วินาที"),
    Unit.COUNT: Text("count", "จำนวน"),
    Unit.DATE: Text("instant, in ms since 1970 (UTC)", "เวลา เป็น ms นับจากปี 1970 (UTC)"),
}


class Group(StrEnum):
    """Under which heading a metric stands."""

    EQUITY = "equity"
    RETURNS = "returns"
    RISK = "risk"
    DRAWDOWN = "drawdown"
    RATIOS = "ratios"
    MARKET = "market"
    TRADES = "trades"
    RESULTS = "results"
    HOLDING = "holding"
    EXCURSION = "excursion"
    COSTS = "costs"


GROUPS: Mapping[Group, Text] = {
    Group.EQUITY: Text("Equity", "มูลค่าพอร์ต"),
    Group.RETURNS: Text("Returns", "ผลตอบแทน"),
    Group.RISK: Text("Risk", "ความเสี่ยง"),
    Group.DRAWDOWN: Text("Drawdown", "Drawdown (การถอยจากจุดสูงสุด)"),
    Group.RATIOS: Text("Return for risk", "ผลตอบแทนเทียบความเสี่ยง"),
    Group.MARKET: Text("Against the market", "เทียบกับตลาด"),
    Group.TRADES: Text("Trades", "การเทรด"),
    Group.RESULTS: Text("Results of trades", "ผลของการเทรด"),
    Group.HOLDING: Text("Holding and exits", "ระยะถือและการปิด"),
    Group.EXCURSION: Text("Course of trades", "ระหว่างถือ"),
    Group.COSTS: Text("Costs and exposure", "ต้นทุนและสถานะที่ถือ"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure; ``of`` gives it, or raises UndefinedError with the reason.

    ``source`` is the paper, book or documentation that the formula is from.
    """

    key: str
    title: Text
    definition: Text
    unit: Unit
    group: Group
    source: str
    of: "Callable[[Sheet], float]"
