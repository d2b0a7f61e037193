"""Checks of what trading costs, and of what is left when it costs more."""

from abtpro_saas.backtesting.robustness.checks.words import (
    Check,
    Facts,
    Verdict,
    at_least,
    failed,
    judged,
    passed,
    percent,
    unknown,
    warned,
)

ROOM, BARE = 2.0, 1.0
"""Break-even cost, as a multiple of the cost that was paid."""


def costs_given(facts: Facts) -> Check:
    """Warn of a run that trades for nothing."""
    costs = facts.examined["costs"]
    if costs["assumed"]:
        return warned(
            "costs_given",
            "Trading is free in this run, as it is nowhere. Checks of costs assume "
            f"{percent(costs['fee_percent'])} a fill.",
            "การทดสอบนี้ไม่คิดต้นทุนการซื้อขาย ซึ่งไม่มีที่ใดเป็นเช่นนั้น การตรวจเรื่องต้นทุนจึงสมมติที่ "
            f"{percent(costs['fee_percent'])} ต่อครั้ง",
        )
    paid = costs["paid_percent"]
    shown = f"{paid:.3f}" if paid is not None else "0"
    return passed(
        "costs_given",
        f"Fills cost {shown}% of their value, fees and slippage together.",
        f"การซื้อขายมีต้นทุน {shown}% ของมูลค่า รวมค่าธรรมเนียมและ slippage",
    )


def costs_doubled(facts: Facts) -> Check:
    """Fail where twice the costs leave no profit."""
    return _multiplied(facts, "costs_doubled", 2, Verdict.FAILED)


def costs_tripled(facts: Facts) -> Check:
    """Warn where three times the costs leave no profit."""
    return _multiplied(facts, "costs_tripled", 3, Verdict.WARNED)


def _multiplied(facts: Facts, code: str, multiple: int, otherwise: Verdict) -> Check:
    costs = facts.examined["costs"]
    if not costs["paid_percent"] and not facts.metrics.get("volume"):
        return unknown(
            code,
            "Nothing was traded, so nothing was paid.",
            "ไม่มีการซื้อขาย จึงไม่มีต้นทุน",
        )
    once, more = (costs["returns"][str(each)] for each in (1, multiple))
    about = ("about ", "ประมาณ ") if costs["estimated"] else ("", "")
    return judged(
        code,
        Verdict.PASSED if more > 0 else otherwise,
        f"With {multiple} times the costs the return is {about[0]}{percent(more)} "
        f"instead of {percent(once)}.",
        f"เมื่อต้นทุนเป็น {multiple} เท่า ผลตอบแทนเป็น{about[1]} {percent(more)} แทนที่จะเป็น "
        f"{percent(once)}",
    )


def break_even(facts: Facts) -> Check:
    """Compare the cost at which the profit is gone with the one that was paid."""
    costs = facts.examined["costs"]
    limit = costs["break_even_percent"]
    paid = costs["fee_percent"] if costs["assumed"] else costs["paid_percent"]
    if limit is None or not paid:
        return unknown(
            "break_even",
            "Nothing was traded, so that there is no cost at which it breaks even.",
            "ไม่มีการซื้อขาย จึงไม่มีต้นทุนคุ้มทุน",
        )
    if limit <= 0:
        return failed(
            "break_even",
            "There is no profit at any cost: it loses before fees and slippage.",
            "ไม่มีกำไรไม่ว่าต้นทุนจะต่ำเพียงใด เพราะขาดทุนตั้งแต่ก่อนหักค่าธรรมเนียมและ slippage",
        )
    return judged(
        "break_even",
        at_least(limit / paid, ROOM, BARE),
        f"The profit is gone at costs of {limit:.3f}% a fill; {paid:.3f}% "
        f"{'are assumed' if costs['assumed'] else 'were paid'}.",
        f"กำไรหมดไปเมื่อต้นทุนถึง {limit:.3f}% ต่อครั้ง "
        f"{'โดยสมมติไว้ที่' if costs['assumed'] else 'ส่วนที่จ่ายจริงคือ'} {paid:.3f}%",
    )
