"""What a walk has found, in words: the unseen result, each window, how values moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from abtpro_saas.backtesting.reporting.writing import NOTHING, number
from abtpro_saas.backtesting.robustness.search import Range
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.findings.curves import (
    Curves,
    Series,
    curves,
)
from abtpro_saas.blueprints.pages.backtests.findings.luck import Doubt
from abtpro_saas.blueprints.pages.backtests.findings.writer import Writer
from abtpro_saas.blueprints.pages.backtests.words import in_words, last_day, utc_day
from abtpro_saas.performance.definitions import CATALOGUE

HOLDS, HALF = 0.5, 0.0
"""Walk-forward efficiency: Pardo asks for half; at none or less nothing is left."""
FAR = 10
"""A share as large comes of training that made next to nothing."""
CALM, RESTLESS = 0.25, 0.5
"""How much of the range that was tried chosen values may take up."""
TILES = ("max_drawdown", "sharpe_ratio", "total_trades", "profit_factor")

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A window: what it chose, what that made where it was chosen and where not."""

    number: int
    tested: str
    values: Sequence[tuple[str, str]]
    seen: str
    unseen: str
    gain: float | None
    trades: str
    efficiency: str


@dataclass(frozen=True)
class Drift:
    """How a parameter moved from window to window."""

    title: str
    words: str
    tone: str
    chart: Curves | None
    values: Sequence[str]


def walk_context(run: Backtest) -> dict[str, Any]:
    """Return what the page of a completed walk draws."""
    found, writer = run.findings or {}, Writer(run)
    metrics = found["metrics"]
    return {
        "found": found,
        "objective": writer.title,
        "metrics": metrics,
        "efficiency": _efficiency(found),
        "held_together": _windows(found),
        "tiles": [
            (in_words(CATALOGUE[key].title), writer.metric(key, metrics.get(key)))
            for key in TILES
        ],
        "equity": _equity(found),
        "windows": [_row(writer, each) for each in found["windows"]],
        "scores": _scores(writer, found),
        "drift": [
            _drift(writer, name, found["drift"][name])
            for name in writer.names
            if name in found["drift"]
        ],
    }


def _efficiency(found: Found) -> Doubt:
    title = _("Walk-forward efficiency")
    meaning = _(
        "What a year made where it was unseen, by what a year made where the values"
        " were chosen. Half or more is held to be good."
    )
    value = found["efficiency"]
    if value is None:
        verdict = _("It cannot be told: training earned nothing")
        return Doubt(title, NOTHING, "", verdict, meaning)
    if (found["metrics"].get("total_return") or 0.0) <= 0:
        tone, verdict = "bad", _("On unseen candles it lost all the same")
    elif value >= HOLDS:
        tone, verdict = "good", _("Much of it was left on unseen candles")
    elif value > HALF:
        tone, verdict = "warn", _("Little of it was left on unseen candles")
    else:
        tone, verdict = "bad", _("Nothing was left on unseen candles")
    return Doubt(title, _share(value), tone, verdict, meaning)


def _share(value: float) -> str:
    """Write an efficiency; far beyond what it means, only on which side."""
    if abs(value) >= FAR:
        return f"{'>' if value > 0 else '<-'}{FAR * 100}%"
    return number(value * 100, digits=0) + "%"


def _windows(found: Found) -> Doubt:
    count, won = len(found["windows"]), found["profitable_windows"]
    empty = found["empty_windows"]
    meaning = _(
        "One lucky window is not a method: gains should come from most of them."
    )
    if empty:
        meaning += " " + ngettext(
            "In %(num)d window no trial counted, so nothing was traded.",
            "In %(num)d windows no trial counted, so nothing was traded.",
            empty,
        )
    tone = "good" if won * 3 >= count * 2 else "warn" if won * 2 >= count else "bad"
    verdicts = {
        "good": _("Most windows gained"),
        "warn": _("About half of the windows gained"),
        "bad": _("Most windows lost"),
    }
    figure = _("%(won)s of %(count)s", won=won, count=count)
    if empty == count:
        verdict = _("Nothing was traded in any window")
        return Doubt(_("Windows with a gain"), figure, "", verdict, meaning)
    return Doubt(_("Windows with a gain"), figure, tone, verdicts[tone], meaning)


def _equity(found: Found) -> Curves | None:
    pairs = found["equity"]
    if len(pairs) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    first, last = pairs[0][0], pairs[-1][0]
    length = (last - first) or 1

    def line(tone: str, title: str, points: Sequence[Sequence[float]]) -> Series:
        places = [(at - first) / length for at, _value in points]
        return Series(tone, title, [value for _at, value in points], places)

    # Studies of before this was kept have no line of holding.
    held = [line("quiet", _("Buy and hold"), found["held"])] if "held" in found else []
    marks = [(each["test_start"] - first) / length for each in found["windows"][1:]]
    return curves(
        [*held, line("accent", _("Equity"), pairs)],
        lambda value: number(value, digits=0),
        [utc_day(first + length * n / 5) for n in range(6)],
        marks=marks,
    )


def _row(writer: Writer, window: Found) -> Row:
    seen, unseen = window["in_sample"], window["out_of_sample"]
    chosen = window["parameters"]
    share = window["efficiency"]
    return Row(
        window["number"] + 1,
        f"{utc_day(window['test_start'])} \N{EN DASH} {last_day(window['test_end'])}",
        writer.varied(chosen) if chosen else [],
        writer.score(seen.get(writer.objective)),
        writer.score(unseen.get(writer.objective)),
        unseen.get("total_return"),
        writer.metric("total_trades", window.get("trades", unseen.get("total_trades"))),
        NOTHING if share is None else _share(share),
    )


def _scores(writer: Writer, found: Found) -> Curves:
    key = writer.objective
    windows = found["windows"]
    return curves(
        [
            Series("quiet", _("Training"), [w["in_sample"].get(key) for w in windows]),
            Series("accent", _("Test"), [w["out_of_sample"].get(key) for w in windows]),
        ],
        writer.short,
        [str(each["number"] + 1) for each in windows],
    )


def _drift(writer: Writer, name: str, found: Found) -> Drift:
    values = found["values"]
    steps = max(len(values) - 1, 1)
    words = _(
        "changed at %(changes)s of %(steps)s steps",
        changes=found["changes"],
        steps=steps,
    )
    shown = [dict(writer.varied({name: each})).popitem()[1] for each in values]
    title = writer.parameter(name)
    share = _share_of_tried(writer.search.space.get(name), values)
    if share is None:
        return Drift(title, words, "", None, shown)
    tone = "good" if share <= CALM else "warn" if share <= RESTLESS else "bad"
    part = f"{share * 100:.0f}%"
    judged = {
        "good": _("stays within %(part)s of the range that was tried", part=part),
        "warn": _("moves about: over %(part)s of the range that was tried", part=part),
        "bad": _(
            "restless: over %(part)s of the range that was tried; the best value is not"
            " a property of the market",
            part=part,
        ),
    }
    chart = curves(
        [Series("accent", title, [float(each) for each in values])],
        lambda value: writer.axis(name, value),
        [str(n + 1) for n in range(len(values))],
    )
    return Drift(title, f"{judged[tone]}; {words}", tone, chart, shown)


def _share_of_tried(tried: object, values: Sequence[Any]) -> float | None:
    """Return how much of what was tried values take up; None where they are words."""
    if any(isinstance(each, str) for each in values):
        return None
    if isinstance(tried, Range):
        low, high = tried.low, tried.high
    elif isinstance(tried, tuple) and tried:
        low, high = min(map(float, tried)), max(map(float, tried))
    else:
        return None
    return (max(values) - min(values)) / (high - low) if high > low else None
