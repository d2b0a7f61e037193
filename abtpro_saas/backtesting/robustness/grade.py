"""How far a result can be trusted: a letter, and the checks that it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from abtpro_saas.backtesting.robustness.searching.luck import TrialStats
from abtpro_saas.plugins.api.parameters import Text

__all__ = ["Check", "Grade", "TrialStats", "Verdict", "grade", "grade_json"]


class Verdict(StrEnum):
    """What a check came to; UNKNOWN says that the data do not allow it."""

    PASSED = "PASSED"
    WARNED = "WARNED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Check:
    """One question that was asked of a run; ``text`` has the figures in it."""

    code: str
    verdict: Verdict
    text: Text


@dataclass(frozen=True)
class Grade:
    """``score`` is from 0 to 100; ``checks`` come failing first."""

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
) -> Grade:
    """Return the grade of a run, from ``examine``'s figures and its metrics."""
    raise NotImplementedError


def grade_json(grade: Grade, trials: TrialStats) -> dict[str, Any]:
    """Return a grade as JSON keeps it.

    {grade, score, trials, deflated_sharpe_ratio, checks[{code, verdict, en, th}]}
    """
    raise NotImplementedError
