"""What a Monte Carlo has found, in words: ruin, loss, depth, the fan of courses."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from abtpro_saas.backtesting.reporting.writing import number, percent
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.findings.curves import (
    Curves,
    Series,
    Span,
    curves,
)
from abtpro_saas.blueprints.pages.backtests.findings.luck import Doubt
from abtpro_saas.blueprints.pages.backtests.words import utc_day
from abtpro_saas.blueprints.pages.figures.plots import Part, columns
from abtpro_saas.blueprints.pages.figures.view import Chart, Label

Found = Mapping[str, Any]

RARE, OFTEN = 0.01, 0.05
"""Ruin in one course of a hundred can be borne, in one of twenty not."""
LUCKY, FAIR = 0.1, 0.25
"""If so few courses ended as well as the run, it was a lucky one."""
SAME = 1e-6
"""Of the capital: what rounding makes of equal ends."""
DEEPER = 1.5
"""A bad course as many times as deep as the run was is a surprise."""


def resampled_context(run: Backtest, parent: Backtest) -> dict[str, Any]:
    """Return what the page of a completed Monte Carlo of ``parent`` draws."""
    found = run.findings or {}
    initial = run.ordered["setup"]["initial_capital"]
    ends = found["end"]["percentiles"]
    # Trades in another order come to the same end: of that there is nothing to tell.
    same_ends = ends["99"] - ends["1"] <= SAME * initial
    of_ends = [] if same_ends else [_loss(found), _standing(found)]
    return {
        "found": found,
        "doubts": [_ruin(found), _depth(found, parent), *of_ends],
        "fan": _fan(found),
        "falls": _falls(found),
        "fall_rows": [
            (f"{each['drawdown']}%", _share(each["probability"]))
            for each in found["drawdown_probability"]
        ],
        "spread": [
            (
                name,
                number(ends[name], digits=0),
                percent((ends[name] / initial - 1) * 100),
                f"{number(found['drawdown']['percentiles'][name])}%",
            )
            for name in ends
        ],
        "same_ends": same_ends,
    }


def _ruin(found: Found) -> Doubt:
    share, loss = found["ruin"]["probability"], found["ruin"]["loss"]
    part = f"{loss * 100:g}%"
    tone = "good" if share <= RARE else "warn" if share <= OFTEN else "bad"
    verdict = _(
        "In %(count)s of %(all)s courses %(part)s of the capital was once lost.",
        count=f"{round(share * found['simulations']):,}",
        all=f"{found['simulations']:,}",
        part=part,
    )
    meaning = _(
        "Whoever loses half must double what is left to be where they were; most stop"
        " before."
    )
    return Doubt(_("Probability of ruin"), _share(share), tone, verdict, meaning)


def _loss(found: Found) -> Doubt:
    share = found["loss_probability"]
    tone = "good" if share <= LUCKY else "warn" if share <= FAIR else "bad"
    verdict = {
        "good": _("It seldom ends below what it began with"),
        "warn": _("It may well end below what it began with"),
        "bad": _("It often ends below what it began with"),
    }[tone]
    meaning = _("The share of courses that end with less than the capital.")
    return Doubt(_("Probability of a loss"), _share(share), tone, verdict, meaning)


def _depth(found: Found, parent: Backtest) -> Doubt:
    deep, own = found["drawdown"]["percentiles"]["95"], found["drawdown"]["original"]
    tone = "" if deep <= own * DEEPER else "warn"
    verdict = _(
        "The run itself fell by %(own)s, seen the same way",
        own=f"{number(own)}%",
    )
    meaning = _(
        "In one course of twenty it fell by so much from a peak, or by more: be ready"
        " to sit through that."
    )
    counted = _counted(found, own, parent)
    return Doubt(
        _("A bad drawdown"),
        f"{number(deep)}%",
        tone,
        verdict,
        f"{counted} {meaning}".strip(),
    )


def _counted(found: Found, own: float, parent: Backtest) -> str:
    """Return why the run fell less here than its report says, if it did."""
    told = (parent.metrics or {}).get("max_drawdown")
    if told is None or number(told) == number(own):
        return ""
    by = f"{number(told)}%"
    if found["axis"] == "trades":
        words = _(
            "Its report says %(by)s, candle by candle; here is counted from trade to"
            " trade, and while a trade is open it may fall deeper.",
            by=by,
        )
    else:
        words = _(
            "Its report says %(by)s, candle by candle; here is counted from day to day,"
            " and within a day it may fall deeper.",
            by=by,
        )
    return str(words)


def _standing(found: Found) -> Doubt:
    share = found["end"]["at_least"]
    tone = "good" if share >= FAIR else "warn" if share >= LUCKY else "bad"
    verdict = {
        "good": _("The run was nothing out of the ordinary"),
        "warn": _("The run went better than most"),
        "bad": _("The run was a lucky one"),
    }[tone]
    meaning = _("The share of courses that ended at least as well as the run did.")
    return Doubt(_("As good as the run"), _share(share), tone, verdict, meaning)


def _fan(found: Found) -> Curves:
    bands, x = found["bands"], found["x"]
    return curves(
        [
            Series("accent", _("Median"), bands["50"]),
            Series("ink", _("The run"), found["original"]),
        ],
        lambda value: number(value, digits=0),
        [_at(found["axis"], each) for each in x],
        [
            Span("accent", _("9 of 10 courses"), bands["5"], bands["95"]),
            Span("accent", _("Half of the courses"), bands["25"], bands["75"]),
        ],
    )


def _at(axis: str, value: float) -> str:
    if axis == "time":
        return utc_day(value)
    if axis == "days":
        return str(_("day %(number)s", number=f"{value:,}"))
    return str(_("trade %(number)s", number=f"{value:,}"))


def _falls(found: Found) -> Chart:
    """Return how likely falls of so much and more are, drawn as columns."""
    told = found["drawdown_probability"]
    stacks = []
    for each in told:
        share = round(each["probability"] * 100)
        words = f"{each['drawdown']}%: {_share(each['probability'])}"
        stacks.append([Part(share, "down", words)])
    plot = columns(stacks)
    labels = tuple(Label(f"{each['drawdown']}%", narrow=True) for each in told)
    return Chart(plot, tuple(f"{tick.amount}%" for tick in plot.ticks), labels)


def _share(value: float) -> str:
    """Write a probability; what is nearly nothing isn't written as nothing."""
    if 0 < value < 0.001:  # noqa: PLR2004 - less than the digit that is written
        return "<0.1%"
    return f"{value * 100:.1f}%"
