"""Checks of what was earned: for which risk, and from how little of the run."""

from abtpro_saas.backtesting.robustness.checks.words import (
    Check,
    Facts,
    Verdict,
    at_least,
    at_most,
    failed,
    judged,
    passed,
    percent,
    unknown,
    warned,
)
from abtpro_saas.plugins.api.parameters import Text

WELL_PAID, BARELY_PAID = 2.0, 1.0
"""Net profit by the maximum drawdown in money."""
TRADE_SHARE, LARGE_TRADE_SHARE = 0.25, 0.5
MONTH_SHARE, LARGE_MONTH_SHARE = 0.5, 1.0
OPEN_SHARE = 0.2
"""Parts of the net profit."""
REJECTED_SHARE = 0.05


def profit(facts: Facts) -> Check:
    """Fail a run that lost; warn of one that did worse than holding."""
    net = facts.metrics.get("total_return") or 0.0
    held = facts.metrics.get("buy_and_hold_return") or 0.0
    words = (
        f"It returned {percent(net)}; who bought and held had {percent(held)}.",
        f"ได้ผลตอบแทน {percent(net)} ส่วนผู้ที่ซื้อแล้วถือได้ {percent(held)}",
    )
    if net <= 0:
        return failed("profit", *words)
    better = net >= held
    return judged("profit", Verdict.PASSED if better else Verdict.WARNED, *words)


def drawdown(facts: Facts) -> Check:
    """Compare the profit with the deepest fall on the way to it."""
    paid, deepest = (
        facts.metrics.get(key) for key in ("profit_to_drawdown", "max_drawdown")
    )
    if paid is None or deepest is None:
        return unknown(
            "drawdown",
            "There was no drawdown: nobody knows how deep one would be.",
            "ไม่เคยมี Drawdown จึงไม่รู้ว่าหากเกิดขึ้นจะลึกเพียงใด",
        )
    return judged(
        "drawdown",
        at_least(paid, WELL_PAID, BARELY_PAID),
        f"The profit is {paid:,.2f} times the deepest drawdown, which was "
        f"{percent(deepest)}.",
        f"กำไรเป็น {paid:,.2f} เท่าของ Drawdown ที่ลึกที่สุด ซึ่งเท่ากับ {percent(deepest)}",
    )


def best_trade(facts: Facts) -> Check:
    """Ask how much of the profit one trade made."""
    found = facts.examined["concentration"]
    share = found["best_trade"]
    if share is None:
        return _nothing_earned("best_trade")
    one, few = percent(100 * share), percent(100 * found["best_trades"])
    return judged(
        "best_trade",
        at_most(share, TRADE_SHARE, LARGE_TRADE_SHARE),
        f"The best trade made {one} of the profit, the best {found['few']:,} together "
        f"{few}.",
        f"การเทรดที่ดีที่สุดครั้งเดียวทำกำไร {one} ของกำไรทั้งหมด "
        f"และ {found['few']:,} ครั้งที่ดีที่สุดรวมกัน {few}",
    )


def best_month(facts: Facts) -> Check:
    """Ask how much of the profit one month made."""
    found = facts.examined["concentration"]
    share = found["best_month"]
    if share is None:
        if found["months"] < 2:  # noqa: PLR2004 - one month is all there is
            return unknown(
                "best_month", "There is one month alone.", "มีข้อมูลเพียงเดือนเดียว"
            )
        return _nothing_earned("best_month")
    made = percent(100 * share)
    return judged(
        "best_month",
        at_most(share, MONTH_SHARE, LARGE_MONTH_SHARE),
        f"The best of {found['months']} months made {made} of the profit.",
        f"เดือนที่ดีที่สุดจาก {found['months']} เดือน ทำกำไร {made} ของกำไรทั้งหมด",
    )


def _nothing_earned(code: str) -> Check:
    return unknown(
        code,
        "Nothing was earned, so that no part of it is the largest.",
        "ไม่มีกำไร จึงไม่มีส่วนใดที่มากที่สุด",
    )


def liquidation(facts: Facts) -> Check:
    """Fail a run in which a position was taken away."""
    count = int(facts.metrics.get("liquidations") or 0)
    if count:
        return failed(
            "liquidation",
            f"Positions liquidated: {count:,}; all of their margin was lost.",
            f"ถูกบังคับปิดสถานะ {count:,} ครั้ง เสียหลักประกันของสถานะนั้นทั้งหมด",
        )
    return passed("liquidation", "No position was liquidated.", "ไม่มีสถานะใดถูกบังคับปิด")


def open_at_end(facts: Facts) -> Check:
    """Warn where much of the profit is what an open position is worth just now."""
    found = facts.examined["concentration"]
    count, share = found["open_trades"], found["open_share"]
    if not count:
        return passed(
            "open_at_end",
            "No position is open at the end.",
            "ไม่มีสถานะที่ยังเปิดอยู่ตอนจบ",
        )
    left = Text(
        f"Positions open at the end: {count:,}, counted at the last close and free of "
        "the cost of closing.",
        f"มีสถานะที่ยังเปิดอยู่ตอนจบ {count:,} สถานะ คิดมูลค่าที่ราคาปิดสุดท้ายโดยไม่หักต้นทุนการปิด",
    )
    if share is None:
        return warned(
            "open_at_end",
            f"{left.en} There is no profit to compare them with.",
            f"{left.th} และไม่มีกำไรให้เทียบ",
        )
    part, most = percent(100 * share), percent(100 * OPEN_SHARE)
    large = abs(share) > OPEN_SHARE
    return judged(
        "open_at_end",
        Verdict.WARNED if large else Verdict.PASSED,
        f"{left.en} They make {part} of the profit; up to {most} is little.",
        f"{left.th} คิดเป็น {part} ของกำไร ถ้าไม่เกิน {most} ถือว่าน้อย",
    )


def rejected(facts: Facts) -> Check | None:
    """Warn where many orders were refused; without any there is nothing to say."""
    count = facts.examined["rejected"]
    total = (facts.metrics.get("total_trades") or 0) + count
    if not count:
        return None
    few = count <= REJECTED_SHARE * total
    return judged(
        "rejected",
        Verdict.PASSED if few else Verdict.WARNED,
        f"Orders rejected, for want of money or as too small: {count:,}, beside "
        f"{total - count:,.0f} closed trades.",
        f"มีคำสั่งถูกปฏิเสธ {count:,} ครั้ง เพราะเงินไม่พอหรือเล็กเกินไป จากการเทรดที่ปิดแล้ว "
        f"{total - count:,.0f} ครั้ง",
    )
