"""Checks of how much a result proves: its length, its trades, its luck."""

from abtpro_saas.backtesting.robustness.checks.words import (
    Check,
    Facts,
    at_least,
    judged,
    percent,
    unknown,
)
from abtpro_saas.backtesting.robustness.searching.luck import deflated
from abtpro_saas.performance.overfitting import Moments

MANY_TRADES, FEW_TRADES = 30, 10
LONG_DAYS, SHORT_DAYS = 365, 90
SURE, LIKELY = 0.95, 0.90
_DAY_S = 86_400


def trades(facts: Facts) -> Check:
    """Count closed trades: of a handful the mean says nothing."""
    count = int(facts.metrics.get("total_trades") or 0)
    return judged(
        "trades",
        at_least(count, MANY_TRADES, FEW_TRADES),
        f"Closed trades: {count:,}; from {MANY_TRADES} on their mean says something.",
        f"มีการเทรดที่ปิดแล้ว {count:,} ครั้ง ควรมีตั้งแต่ {MANY_TRADES} ครั้งขึ้นไปจึงสรุปค่าเฉลี่ยได้",
    )


def sample_length(facts: Facts) -> Check:
    """Ask for a year, in which a market has been more than one thing."""
    days = int((facts.metrics.get("length") or 0) / _DAY_S)
    return judged(
        "sample_length",
        at_least(days, LONG_DAYS, SHORT_DAYS),
        f"Days tested: {days:,}; a year shows more than one kind of market.",
        f"ทดสอบ {days:,} วัน ควรมีอย่างน้อยหนึ่งปีจึงจะเห็นตลาดหลายแบบ",
    )


def probabilistic_sharpe(facts: Facts) -> Check:
    """Ask how likely the true Sharpe ratio is above 0."""
    code, found = (
        "probabilistic_sharpe",
        facts.metrics.get("probabilistic_sharpe_ratio"),
    )
    if found is None:
        return _no_ratio(code)
    least = facts.metrics.get("minimum_track_record")
    needed = ("", "")
    if least is not None:
        days = round(least / _DAY_S)
        needed = (
            f" {days:,} days like these would make 95% sure.",
            f" หากเป็นเช่นนี้ต่อเนื่อง {days:,} วันจึงจะมั่นใจได้ 95%",
        )
    sure = percent(found)
    return judged(
        code,
        at_least(found / 100, SURE, LIKELY),
        f"The true Sharpe ratio is above 0 with a probability of {sure}, judged by "
        f"this run alone.{needed[0]}",
        f"ความน่าจะเป็นที่ Sharpe ratio จริงมากกว่า 0 คือ {sure} เมื่อดูจากการทดสอบนี้ครั้งเดียว"
        f"{needed[1]}",
    )


def deflated_sharpe(facts: Facts) -> Check:
    """Ask the same, of the best of all trials that were made on these data."""
    code, stats = "deflated_sharpe", facts.trials
    found = deflated_ratio(facts)
    if found is None:
        return _no_ratio(code)
    if stats.count > 1 and stats.sharpes < 2:  # noqa: PLR2004 - one says nothing of spread
        return unknown(
            code,
            f"Trials on these data: {stats.count:,}; how far they lie apart is not "
            "known.",
            f"มีการทดลองบนข้อมูลชุดนี้ {stats.count:,} ครั้ง แต่ไม่ทราบว่าผลต่างกันมากเพียงใด",
        )
    sure = percent(100 * found)
    return judged(
        code,
        at_least(found, SURE, LIKELY),
        f"Trials on these data: {stats.count:,}. That this result is more than the "
        f"luck of the best of so many has a probability of {sure}.",
        f"มีการทดลองบนข้อมูลชุดนี้ {stats.count:,} ครั้ง ความน่าจะเป็นที่ผลนี้ดีเกินกว่าโชคดีที่สุดในนั้นคือ "
        f"{sure}",
    )


def deflated_ratio(facts: Facts) -> float | None:
    """Return the deflated Sharpe ratio of the run, None where it has none."""
    days = facts.examined["days"]
    if days["sharpe"] is None:
        return None
    moments = Moments(days["count"], days["sharpe"], days["skewness"], days["kurtosis"])
    return deflated(moments, facts.trials)


def _no_ratio(code: str) -> Check:
    return unknown(
        code,
        "Daily returns are too few, or do not vary: there is no Sharpe ratio.",
        "ผลตอบแทนรายวันมีน้อยเกินไปหรือไม่ผันผวน จึงไม่มี Sharpe ratio",
    )
