"""What a check is, and what each one weighs: one table for docs, pages and grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from abtpro_saas import formats
from abtpro_saas.backtesting.robustness.searching.luck import TrialStats
from abtpro_saas.plugins.api.parameters import Text

FORM = 1
"""Of the figures that an examination keeps: checks read no other."""


class Verdict(StrEnum):
    """What a check came to; UNKNOWN says that the data do not allow it."""

    FAILED = "FAILED"
    WARNED = "WARNED"
    UNKNOWN = "UNKNOWN"
    PASSED = "PASSED"


@dataclass(frozen=True)
class Check:
    """One question that was asked of a run; ``text`` has the figures in it."""

    code: str
    verdict: Verdict
    text: Text


@dataclass(frozen=True)
class Facts:
    """All that checks look at; see ``grade``."""

    examined: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    trials: TrialStats
    simulated: bool
    brought: bool = False


class Rule(NamedTuple):
    """How much a check weighs, and the best letter that is left if it fails."""

    title: Text
    weight: int
    cap: str
    warned_cap: str = "A"


RULES: Mapping[str, Rule] = {
    "look_ahead": Rule(Text("No look-ahead", "ไม่ใช้ข้อมูลอนาคต"), 3, "F"),
    "repeatable": Rule(Text("Repeats itself", "ให้ผลซ้ำเดิมได้"), 3, "F"),
    "liquidation": Rule(Text("No liquidation", "ไม่ถูกบังคับปิดสถานะ"), 3, "D"),
    "profit": Rule(Text("Earned something", "มีกำไร"), 3, "D"),
    "deflated_sharpe": Rule(
        Text("More than the luck of many trials", "ดีเกินกว่าโชคจากการลองหลายครั้ง"), 3, "C"
    ),
    "probabilistic_sharpe": Rule(Text("More than chance", "ดีเกินกว่าความบังเอิญ"), 3, "C"),
    "costs_doubled": Rule(
        Text("Survives twice the costs", "ยังกำไรเมื่อต้นทุนเป็น 2 เท่า"), 3, "C"
    ),
    "simulated": Rule(Text("A real market", "ข้อมูลตลาดจริง"), 3, "C", "B"),
    "provenance": Rule(Text("Prices from a known source", "ราคาจากแหล่งที่รู้จัก"), 2, "C"),
    "warm_up": Rule(Text("Enough history", "มีข้อมูลย้อนหลังพอ"), 2, "D"),
    "data_quality": Rule(Text("Whole candles", "แท่งเทียนครบถ้วน"), 2, "D"),
    "costs_given": Rule(Text("Costs were given", "ระบุต้นทุนการซื้อขาย"), 2, "C", "B"),
    "break_even": Rule(Text("Room above costs", "ระยะห่างจากต้นทุนคุ้มทุน"), 2, "C"),
    "trades": Rule(Text("Enough trades", "จำนวนการเทรดเพียงพอ"), 2, "C"),
    "sample_length": Rule(Text("Long enough", "ระยะเวลาทดสอบยาวพอ"), 2, "C"),
    "drawdown": Rule(Text("Profit for its drawdown", "กำไรคุ้มกับ Drawdown"), 2, "C"),
    "best_trade": Rule(Text("Not one lucky trade", "ไม่ได้มาจากการเทรดครั้งเดียว"), 2, "C"),
    "trailing_stop": Rule(
        Text("Trailing stop wider than a candle", "Trailing stop กว้างกว่าแท่งเทียน"),
        2,
        "C",
        "B",
    ),
    "best_month": Rule(Text("Not one lucky month", "ไม่ได้มาจากเดือนเดียว"), 1, "C"),
    "within_candles": Rule(Text("Clear within candles", "ลำดับราคาในแท่งชัดเจน"), 1, "C"),
    "costs_tripled": Rule(
        Text("Survives three times the costs", "ยังกำไรเมื่อต้นทุนเป็น 3 เท่า"), 1, "B"
    ),
    "fill_price": Rule(
        Text("Fills that markets grant", "ราคาที่ซื้อขายได้จริง"), 1, "C", "B"
    ),
    "open_at_end": Rule(
        Text("Little profit still open", "กำไรที่ยังค้างในสถานะเปิดมีน้อย"), 1, "C"
    ),
    "funding": Rule(Text("Funding known", "ทราบค่า funding"), 1, "C"),
    "rejected": Rule(Text("Orders accepted", "คำสั่งได้รับการยอมรับ"), 1, "C"),
    "universe": Rule(Text("Symbols as they were then", "รายชื่อเหรียญตามเวลานั้น"), 1, "C"),
}
"""All checks; the heaviest first."""


def percent(value: float) -> str:
    """Write 12.345 as ``12.35%``: rounded as metrics are, wherever they stand."""
    return formats.format_percent(round(100 * value), signed=False)


def failed(code: str, en: str, th: str) -> Check:
    """Return a check that failed."""
    return Check(code, Verdict.FAILED, Text(en, th))


def warned(code: str, en: str, th: str) -> Check:
    """Return a check that warns."""
    return Check(code, Verdict.WARNED, Text(en, th))


def unknown(code: str, en: str, th: str) -> Check:
    """Return a check that the data do not allow."""
    return Check(code, Verdict.UNKNOWN, Text(en, th))


def passed(code: str, en: str, th: str) -> Check:
    """Return a check that passed."""
    return Check(code, Verdict.PASSED, Text(en, th))


def judged(code: str, verdict: Verdict, en: str, th: str) -> Check:
    """Return a check of which the words are the same whatever it came to."""
    return Check(code, verdict, Text(en, th))


def at_least(value: float, enough: float, bare: float) -> Verdict:
    """Return PASSED from ``enough`` on, WARNED from ``bare`` on, else FAILED."""
    if value >= enough:
        return Verdict.PASSED
    return Verdict.WARNED if value >= bare else Verdict.FAILED


def at_most(value: float, enough: float, bare: float) -> Verdict:
    """Return PASSED up to ``enough``, WARNED up to ``bare``, else FAILED."""
    return at_least(-value, -enough, -bare)
