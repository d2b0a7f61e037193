"""How far a result can be trusted: a letter, and the checks that it comes from.

docs/trust.md has the rule. Light to import: a grade follows from figures alone, so that
more trials on the same data change it without running anything again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abtpro_saas.backtesting.robustness.checks import (
    costing,
    earning,
    proving,
    resting,
    seeing,
)
from abtpro_saas.backtesting.robustness.checks.words import (
    RULES,
    Check,
    Facts,
    Verdict,
)
from abtpro_saas.backtesting.robustness.searching.luck import TrialStats

__all__ = ["Check", "Grade", "TrialStats", "Verdict", "grade", "grade_json"]

LETTERS: Mapping[str, int] = {"A": 90, "B": 80, "C": 65, "D": 50, "E": 35, "F": 0}
"""The least score of each."""
TAKEN = {Verdict.FAILED: 4, Verdict.WARNED: 2, Verdict.UNKNOWN: 2, Verdict.PASSED: 0}
"""Points that a check takes from 100, for each of its weight."""

CHECKS: Sequence[Callable[[Facts], Check | None]] = (
    seeing.look_ahead,
    seeing.repeatable,
    earning.liquidation,
    earning.profit,
    proving.deflated_sharpe,
    proving.probabilistic_sharpe,
    costing.costs_doubled,
    resting.simulated,
    resting.provenance,
    seeing.warm_up,
    resting.data_quality,
    costing.costs_given,
    costing.break_even,
    proving.trades,
    proving.sample_length,
    earning.drawdown,
    earning.best_trade,
    resting.trailing_stop,
    earning.best_month,
    resting.within_candles,
    costing.costs_tripled,
    seeing.fill_price,
    earning.open_at_end,
    resting.funding,
    earning.rejected,
    resting.universe,
)
"""In the order of ``RULES``; None is not asked of this run."""


@dataclass(frozen=True)
class Grade:
    """``score`` is from 0 to 100; ``checks`` come failing first, heaviest first."""

    letter: str
    score: int
    checks: tuple[Check, ...]
    deflated_sharpe_ratio: float | None


def grade(
    examination: Mapping[str, Any],
    metrics: Mapping[str, float | None],
    trials: TrialStats,
    *,
    simulated: bool,
    brought: bool = False,
) -> Grade:
    """Return the grade of a run, from ``examine``'s figures and its metrics."""
    facts = Facts(examination, metrics, trials, simulated, brought)
    checks = [check for check in (ask(facts) for ask in CHECKS) if check is not None]
    order = list(Verdict)
    checks.sort(key=lambda each: order.index(each.verdict))
    letter, score = _judged(checks)
    return Grade(letter, score, tuple(checks), proving.deflated_ratio(facts))


def _judged(checks: Sequence[Check]) -> tuple[str, int]:
    """Return the letter and the score, neither better than the worst cap allows."""
    taken = sum(TAKEN[each.verdict] * RULES[each.code].weight for each in checks)
    score = max(100 - taken, 0)
    cap = max(_cap(each) for each in checks)  # letters: the later, the worse
    return max(cap, _letter(score)), min(score, _most(cap))


def _cap(check: Check) -> str:
    rule = RULES[check.code]
    if check.verdict is Verdict.FAILED:
        return rule.cap
    return rule.warned_cap if check.verdict is Verdict.WARNED else "A"


def _letter(score: int) -> str:
    return next(letter for letter, least in LETTERS.items() if score >= least)


def _most(letter: str) -> int:
    """Return the highest score that a letter has."""
    better = [least for each, least in LETTERS.items() if each < letter]
    return better[-1] - 1 if better else 100


def grade_json(given: Grade, trials: TrialStats) -> dict[str, Any]:
    """Return a grade as JSON keeps it.

    {grade, score, trials, deflated_sharpe_ratio,
    checks[{code, verdict, title{en, th}, text{en, th}}]}
    """
    return {
        "grade": given.letter,
        "score": given.score,
        "trials": trials.count,
        "deflated_sharpe_ratio": given.deflated_sharpe_ratio,
        "checks": [
            {
                "code": each.code,
                "verdict": each.verdict.value,
                "title": RULES[each.code].title._asdict(),
                "text": each.text._asdict(),
            }
            for each in given.checks
        ],
    }
