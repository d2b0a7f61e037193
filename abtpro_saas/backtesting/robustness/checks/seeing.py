"""Checks of what a strategy could know: nothing of the future, enough of the past."""

from datetime import UTC, datetime

from abtpro_saas import formats
from abtpro_saas.backtesting.robustness.checks.words import (
    Check,
    Facts,
    at_least,
    failed,
    judged,
    passed,
    unknown,
    warned,
)
from abtpro_saas.plugins.api.parameters import Text

AMPLE, BARE = 5, 2
"""Candles in a run, as a multiple of the history that decisions need."""


def look_ahead(facts: Facts) -> Check:
    """Fail where an earlier decision changed when later candles were cut off."""
    code, seen = "look_ahead", facts.examined["foresight"]
    cuts, broken = seen["cuts"], seen["broken"]
    if broken:
        column, (when, then) = seen["column"], _instant(seen["time"])
        return failed(
            code,
            f"Without later candles the strategy decides otherwise: at {broken} of "
            f"{cuts} cuts, first in {column} at {when}. It knows the future, and its "
            "result means nothing.",
            f"เมื่อตัดแท่งเทียนหลังออก กลยุทธ์ตัดสินใจต่างไปจากเดิม {broken} จาก {cuts} จุดที่ตัด "
            f"เริ่มที่ {column} เมื่อ {then} แสดงว่าใช้ข้อมูลอนาคต ผลทดสอบนี้จึงไม่มีความหมาย",
        )
    if not seen["repeatable"] or cuts == seen["failed"]:
        return unknown(
            code,
            "The strategy could not be asked again over fewer candles.",
            "ไม่สามารถถามกลยุทธ์ซ้ำด้วยแท่งเทียนที่น้อยลงได้",
        )
    asked = cuts - seen["failed"]
    return passed(
        code,
        f"Cut off after {asked} candles, the longest after {seen['longest']:,} of "
        f"{seen['bars']:,}, no earlier decision changed.",
        f"ตัดแท่งเทียนออก {asked} จุด ยาวสุดที่ {seen['longest']:,} จาก {seen['bars']:,} แท่ง "
        "ไม่มีการตัดสินใจก่อนหน้าใดเปลี่ยนไป",
    )


def repeatable(facts: Facts) -> Check:
    """Fail where the same candles lead to other decisions."""
    if facts.examined["foresight"]["repeatable"]:
        return passed(
            "repeatable",
            "Asked twice over the same candles, it decides the same.",
            "เมื่อถามซ้ำด้วยแท่งเทียนชุดเดิม กลยุทธ์ตัดสินใจเหมือนเดิม",
        )
    return failed(
        "repeatable",
        "Asked twice over the same candles, it decides otherwise: no result of it can "
        "be repeated.",
        "เมื่อถามซ้ำด้วยแท่งเทียนชุดเดิม กลยุทธ์ตัดสินใจไม่เหมือนเดิม จึงทำผลซ้ำไม่ได้",
    )


def warm_up(facts: Facts) -> Check:
    """Compare the run's length with the history that decisions depend on."""
    code, found = "warm_up", facts.examined["history"]
    if "universe" in facts.examined:
        return unknown(
            code,
            "Symbols join once they have the history that the strategy declares; "
            "whether that is enough was not measured.",
            "เหรียญเข้าร่วมเมื่อมีข้อมูลย้อนหลังตามที่กลยุทธ์ประกาศ แต่ไม่ได้วัดว่าพอหรือไม่",
        )
    if found is None:
        return unknown(
            code,
            "It decides candle by candle from its own start, so that how much history "
            "it needs cannot be measured.",
            "กลยุทธ์ตัดสินใจทีละแท่งนับจากจุดเริ่มของตัวเอง จึงวัดไม่ได้ว่าต้องใช้ข้อมูลย้อนหลังเท่าใด",
        )
    if found["failed"]:
        return unknown(
            code,
            "The strategy could not be asked over other candles than the run's.",
            "ไม่สามารถถามกลยุทธ์ด้วยแท่งเทียนชุดอื่นนอกจากที่ใช้ทดสอบได้",
        )
    bars, declared, needed = found["bars"], found["declared"], found["needed"]
    if needed is None:
        return warned(
            code,
            f"Over {found['measured']:,} candles its decisions still depend on where "
            "the candles begin: another first day is another result.",
            f"แม้ผ่านไป {found['measured']:,} แท่ง การตัดสินใจยังขึ้นกับจุดเริ่มของข้อมูล "
            "หากเริ่มวันอื่นก็ได้ผลอื่น",
        )
    wanted = AMPLE * needed
    return judged(
        code,
        at_least(bars, wanted, BARE * needed),
        f"History that decisions depend on, in candles: {needed:,} (declared: "
        f"{declared:,}). The run has {bars:,}; {wanted:,} at least are wanted.",
        f"การตัดสินใจขึ้นกับ {needed:,} แท่งล่าสุด (กลยุทธ์ประกาศไว้ {declared:,}) "
        f"การทดสอบนี้มี {bars:,} แท่ง ควรมีอย่างน้อย {wanted:,} แท่ง",
    )


def fill_price(facts: Facts) -> Check:
    """Warn of fills at a close that the strategy had to see first."""
    if facts.examined["setup"]["fill_at"] == "close":
        return warned(
            "fill_price",
            "Orders are filled at the very close that they were decided by: no market "
            "grants that.",
            "คำสั่งได้ราคาปิดเดียวกับที่ใช้ตัดสินใจ ซึ่งตลาดจริงทำไม่ได้",
        )
    return passed(
        "fill_price",
        "Orders are filled at the next open, after the close that decided.",
        "คำสั่งได้ราคาเปิดของแท่งถัดไป หลังราคาปิดที่ใช้ตัดสินใจ",
    )


def _instant(ms: int) -> Text:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    en, th = (formats.format_instant(at, each) for each in ("en", "th"))
    return Text(f"{en} (Bangkok)", f"{th} (กรุงเทพฯ)")
