"""How much of what a search found is luck, in figures and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from abtpro_saas.backtesting.reporting.writing import NOTHING, number

HALF = 0.5
"""How much of what was seen in training must be left on unseen days."""
RARE, LIKELY = 0.2, 0.5
"""From which probability of overfitting on to take care, and to distrust."""
SURE = 0.95

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Doubt:
    """A figure about luck, and what it means."""

    title: str
    figure: str
    tone: str
    verdict: str
    meaning: str


def doubts_of(found: Values) -> list[Doubt]:
    """Return what speaks for luck, each with what it means."""
    return [
        _overfitting(found["overfitting"]),
        *_unseen(found.get("cross_validation") or {}),
        _deflated(found),
    ]


def _unseen(found: Values) -> list[Doubt]:
    """Return what the best came to on days that did not choose it, if that is known."""
    paths = found.get("paths")
    if not paths:
        return []
    median, seen, losing = found["median"], found["in_training"], found["losing_paths"]
    tone = "good" if median >= HALF * seen > 0 else "warn" if median > 0 else "bad"
    if losing:
        verdict = _("%(lost)s of %(all)s paths lost", lost=losing, all=len(paths))
    else:
        verdict = _("None of %(all)s paths lost", all=len(paths))
    meaning = _(
        "The Sharpe ratio on days that were left out when the best was chosen, with a"
        " gap around them, in %(splits)s ways; where it was chosen it was %(seen)s.",
        splits=found["splits"],
        seen=number(seen),
    )
    return [Doubt(_("On unseen days"), number(median), tone, verdict, meaning)]


def _overfitting(found: Values) -> Doubt:
    title = _("Probability of overfitting")
    meaning = _(
        "Time is cut in two in many ways. In so many of them, what was best in one half"
        " was below the middle of all trials in the other."
    )
    share = found["probability"]
    if share is None:
        return Doubt(title, NOTHING, "", _("Too few trials or days to tell"), meaning)
    if share < RARE:
        tone, verdict = "good", _("What was best tends to stay ahead")
    elif share < LIKELY:
        tone, verdict = "warn", _("What was best often did not stay ahead")
    else:
        tone, verdict = "bad", _("Choosing the best is no better than a draw")
    return Doubt(title, f"{number(share * 100)}%", tone, verdict, meaning)


def _deflated(found: Values) -> Doubt:
    title = _("More than luck")
    counted = found["counted_trials"]
    meaning = ngettext(
        "How likely it is that the best one's Sharpe ratio is above what luck alone"
        " finds in %(num)d trial: every trial that you have made on these candles.",
        "How likely it is that the best one's Sharpe ratio is above what luck alone"
        " finds in %(num)d trials: all that you have made on these candles.",
        counted,
    )
    share = found["deflated_sharpe_ratio"]
    if share is None:
        return Doubt(title, NOTHING, "", _("It cannot be told of this one"), meaning)
    if share >= SURE:
        tone, verdict = "good", _("Luck alone hardly explains it")
    elif share >= LIKELY:
        tone, verdict = "warn", _("Luck is not ruled out")
    else:
        tone, verdict = "bad", _("Luck explains it as well")
    return Doubt(title, f"{number(share * 100)}%", tone, verdict, meaning)
