"""Checks of what a result rests on: its candles, and what went on within them."""

from abtpro_saas.backtesting.robustness.checks.words import (
    Check,
    Facts,
    Verdict,
    at_most,
    judged,
    passed,
    percent,
    unknown,
    warned,
)

MISSING, MANY_MISSING = 0.005, 0.05
"""Parts of all candles."""
UNCLEAR = 0.05
"""Of closed trades."""
WIDE = 1.0
"""A trailing stop by the mean range of a candle."""


def simulated(facts: Facts) -> Check | None:
    """Warn of candles that a model has made."""
    if not facts.simulated:
        return None
    return warned(
        "simulated",
        "The candles are simulated: they are nobody's market, and what earns in them "
        "is no sign that it would elsewhere.",
        "แท่งเทียนเป็นข้อมูลจำลอง ไม่ใช่ตลาดจริง กำไรที่ได้จึงไม่ได้บอกว่าจะได้ในตลาดจริง",
    )


def provenance(facts: Facts) -> Check | None:
    """Say so where candles came as a file: it may hold what no market did."""
    if not facts.brought:
        return None
    return unknown(
        "provenance",
        "The candles were brought as a file: nobody here can tell whether a market was "
        "like them.",
        "แท่งเทียนมาจากไฟล์ที่มีผู้นำมา จึงไม่มีใครยืนยันได้ว่าตลาดเป็นเช่นนั้นจริง",
    )


def data_quality(facts: Facts) -> Check:
    """Ask how many candles are missing, and how many stand out."""
    found = facts.examined["data"]
    share = found["missing"] / max(found["bars"] + found["missing"], 1)
    verdict = at_most(share, MISSING, MANY_MISSING)
    if verdict is Verdict.PASSED and found["outliers"]:
        verdict = Verdict.WARNED
    part = percent(100 * share)
    return judged(
        "data_quality",
        verdict,
        f"Candles missing: {found['missing']:,} ({part}), in "
        f"{found['gaps']:,} gaps, the longest of {found['longest_gap']:,}. Candles far "
        f"from their neighbours: {found['outliers']:,}.",
        f"แท่งเทียนหายไป {found['missing']:,} แท่ง ({part}) "
        f"ใน {found['gaps']:,} ช่วง ยาวสุด {found['longest_gap']:,} แท่ง "
        f"และมีราคาผิดปกติ {found['outliers']:,} แท่ง",
    )


def trailing_stop(facts: Facts) -> Check | None:
    """Warn of a trailing stop that is narrower than a usual candle."""
    inside = facts.examined["inside"]
    if inside is None or inside["trail"] is None:
        return None
    both = _both(facts)
    narrow = inside["trail"] < WIDE
    return judged(
        "trailing_stop",
        Verdict.WARNED if narrow else Verdict.PASSED,
        f"The narrowest trailing stop is {inside['trail']:.2f} times the mean range of "
        "a candle; below 1, the order of prices within a candle decides, which candles "
        f"do not tell.{both[0]}",
        f"Trailing stop ที่แคบที่สุดเป็น {inside['trail']:.2f} เท่าของช่วงราคาเฉลี่ยของแท่งเทียน "
        f"หากต่ำกว่า 1 ผลจะขึ้นกับลำดับราคาภายในแท่ง ซึ่งแท่งเทียนไม่ได้บอก{both[1]}",
    )


def within_candles(facts: Facts) -> Check | None:
    """Warn where candles often touched a stop and a target."""
    inside = facts.examined["inside"]
    if inside is None or not (inside["unclear"] or inside["coarse"] is not None):
        return None
    count, both = inside["unclear"], _both(facts)
    often = count > UNCLEAR * max(facts.metrics.get("total_trades") or 0.0, 1.0)
    return judged(
        "within_candles",
        Verdict.WARNED if often else Verdict.PASSED,
        f"Candles that touched a stop and a target, nobody knows which first: "
        f"{count:,}. The stop was taken.{both[0]}",
        f"มีแท่งเทียน {count:,} แท่งที่แตะทั้งจุดตัดขาดทุนและเป้ากำไรโดยไม่รู้ว่าแตะอะไรก่อน "
        f"จึงถือว่าแตะจุดตัดขาดทุนก่อน{both[1]}",
    )


def _both(facts: Facts) -> tuple[str, str]:
    """Return words that name the final equity with and without finer candles."""
    inside = facts.examined["inside"]
    if inside["coarse"] is None:
        return "", ""
    final, coarse, detail = (
        inside["final"],
        inside["coarse"],
        facts.examined["setup"]["detail"],
    )
    return (
        f" Final equity: {final:,.2f} with {detail} candles, {coarse:,.2f} without.",
        f" เมื่อใช้แท่ง {detail} มูลค่าสุดท้ายคือ {final:,.2f} หากไม่ใช้จะเป็น {coarse:,.2f}",
    )


def funding(facts: Facts) -> Check | None:
    """Tell whether the funding of perpetual contracts is known, where there are any."""
    if not facts.examined["setup"]["funding"]:
        return None
    paid = facts.metrics.get("funding")
    if paid is None:
        return unknown(
            "funding",
            "Funding unknown: rates are missing for some of the time. Those that are "
            "known are in the profit.",
            "ไม่ทราบค่า funding ทั้งหมด เพราะขาดอัตราในบางช่วง กำไรรวมเฉพาะส่วนที่ทราบ",
        )
    return passed(
        "funding",
        f"Funding of {paid:,.2f} is in the profit.",
        f"ค่า funding {paid:,.2f} รวมอยู่ในกำไรแล้ว",
    )


def universe(facts: Facts) -> Check | None:
    """Tell what is not known of a list of symbols that somebody has chosen."""
    count = facts.examined["data"]["symbols"]
    if count == 1:
        return None
    moved = facts.examined.get("universe")
    if moved and moved["left"]:
        return passed(
            "universe",
            f"Of {count} symbols {moved['left']} are no longer traded at the end, and "
            "count for as long as they were.",
            f"จาก {count} เหรียญ มี {moved['left']} เหรียญที่เลิกซื้อขายก่อนสิ้นช่วงเวลา "
            "และถูกนับตราบที่ยังซื้อขายอยู่",
        )
    return unknown(
        "universe",
        f"The {count} symbols were chosen by hand: whether coins that were delisted "
        "since are missing among them, nobody can tell.",
        f"รายชื่อ {count} เหรียญถูกเลือกด้วยมือ จึงไม่รู้ว่าขาดเหรียญที่ถูกถอดออกจากตลาดไปแล้วหรือไม่",
    )
