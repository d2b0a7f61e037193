"""What a study's form comes to, told before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from abtpro_saas.backtesting.asking import read_instant
from abtpro_saas.backtesting.robustness.planning import (
    LONGEST_STUDY_S,
    LONGEST_TASK_S,
    MOST_LEARNING,
    seconds_of,
)
from abtpro_saas.backtesting.robustness.search import (
    MOST_TRIALS,
    TRIALS,
    Method,
    search_from,
)
from abtpro_saas.backtesting.robustness.searching.space import Choices, check_search
from abtpro_saas.backtesting.robustness.walking import Window, walk_from, windows_of
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.blueprints.pages.backtests.forms.asking import PARAMETER
from abtpro_saas.blueprints.pages.backtests.forms.markets import Market, common_span
from abtpro_saas.blueprints.pages.backtests.forms.studying import (
    search_members,
    walk_members,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.forms.units import value_of
from abtpro_saas.blueprints.pages.backtests.studies.complaining import too_much
from abtpro_saas.blueprints.pages.backtests.words import last_day, utc_day
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.parameters import Choice, Value
from abtpro_saas.plugins.api.strategies import Strategy

COUNTED = 5_000
"""Up to so many combinations are looked at for whether they go together."""
WIDE = 1_000
"""Units of the drawing of windows from its left to its right."""


@dataclass(frozen=True)
class Drawn:
    """A window as it is drawn and written."""

    train: str
    test: str
    train_x: float
    train_width: float
    test_x: float
    test_width: float


@dataclass(frozen=True)
class Plan:
    """What will be done; ``problem`` says why that cannot be told yet."""

    sentence: str = ""
    note: str = ""
    problem: str = ""
    windows: Sequence[Drawn] = ()
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class _Size:
    """How many trials a search has; ``apart`` combinations do not go together."""

    trials: int
    combinations: int | None
    apart: int = 0


@dataclass(frozen=True)
class _Span:
    """Candles that there are of what is chosen, in ms."""

    start: int
    step: int
    bars: int


def plan_search(
    strategy: Strategy, typed: Typed, picked: Sequence[Market], usual: Sequence[str]
) -> Plan:
    """Return how many combinations a search tries; ``usual`` as in ``plan_walk``."""
    plan, size = _counted(strategy, typed)
    if size is None:
        return plan
    try:
        bars = [_span(typed, picked, usual).bars]
    except InvalidError:
        return plan
    too_long = _seconds(strategy, typed, picked, size, bars) > LONGEST_STUDY_S
    return Plan(problem=too_much()) if too_long else plan


def _counted(strategy: Strategy, typed: Typed) -> tuple[Plan, _Size | None]:
    """Return a plan without its time; what cannot be tried has no size."""
    if not strategy.parameters:
        none = _("This strategy has no parameters: choose another one.")
        return Plan(problem=none), None
    try:
        size = _size(strategy, typed)
    except InvalidError:
        told = _("At least one range is needed: lowest, highest, and a step.")
        return Plan(problem=told), None
    if size.trials > MOST_TRIALS:
        return Plan(problem=_too_many(size.trials)), None
    if typed.text("method") == Method.BAYESIAN and size.trials > MOST_LEARNING:
        return Plan(problem=too_much()), None
    sentence = ngettext("%(num)s trial", "%(num)s trials", size.trials)
    return Plan(_written(sentence, size.trials), _about(size)), size


def plan_walk(
    strategy: Strategy, typed: Typed, picked: Sequence[Market], usual: Sequence[str]
) -> Plan:
    """Return the windows of a walk over time, and what is tried in each.

    ``usual`` are the days that stand where none are typed.
    """
    search, size = _counted(strategy, typed)
    if size is None:
        return search
    try:
        span = _span(typed, picked, usual)
        warm_up = strategy.warm_up(_values(strategy, typed))
        walk = walk_from(walk_members(typed, span.step))
        windows = windows_of(walk, span.bars, warm_up)
    except (InvalidError, ValueError):
        return Plan(
            problem=_(
                "The time is too short for these windows: take fewer or shorter ones,"
                " or a longer time."
            )
        )
    lengths = [each.end - each.start for each in windows]
    longest = _seconds(strategy, typed, picked, size, [max(lengths)])
    whole = _seconds(strategy, typed, picked, size, lengths)
    if longest > LONGEST_TASK_S or whole > LONGEST_STUDY_S:
        return Plan(problem=too_much())
    sentence = _(
        "%(windows)s windows x %(trials)s trials, and a test of each window's choice",
        windows=len(windows),
        trials=f"{size.trials:,}",
    )
    drawn = [_drawn(each, span) for each in windows]
    ends = span.start + span.bars * span.step
    return Plan(sentence, search.note, "", drawn, utc_day(span.start), last_day(ends))


def _seconds(
    strategy: Strategy,
    typed: Typed,
    picked: Sequence[Market],
    size: _Size,
    lengths: Sequence[int],
) -> float:
    """Return about how long all trials take over so many candles each time."""
    asked = typed.text("engine")
    engine = EngineName(asked) if asked in set(EngineName) else EngineName.COMPILED
    symbols = max(len(picked), 1)
    one = (seconds_of(strategy, engine, bars * symbols) for bars in lengths)
    return size.trials * sum(one)


def _size(strategy: Strategy, typed: Typed) -> _Size:
    asked = search_from(search_members(strategy, typed))
    # A grid that is too large is refused: here its size is wanted all the same.
    loose = check_search(replace(asked, method=Method.RANDOM), strategy)
    choices = Choices(loose, strategy, _values(strategy, typed))
    there = choices.count
    if asked.method is not Method.GRID:
        return _Size(min(asked.trials or TRIALS, there or MOST_TRIALS), there)
    if there is None:
        raise InvalidError("a grid needs steps", "search.space")
    if there > COUNTED:
        return _Size(there, there)
    together = sum(choices.at(place) is not None for place in range(there))
    return _Size(together, there, there - together)


def _about(size: _Size) -> str:
    if size.apart:
        text = ngettext(
            "%(num)s combination does not go together and is left out.",
            "%(num)s combinations do not go together and are left out.",
            size.apart,
        )
        return _written(text, size.apart)
    if size.combinations is None:
        return str(_("Of values without end: there is no step between them."))
    if size.combinations > size.trials:
        return str(_("Of %(all)s combinations.", all=f"{size.combinations:,}"))
    return ""


def _too_many(trials: int) -> str:
    told = _(
        "%(count)s combinations are more than the %(most)s that a search may try: take"
        " larger steps, or search at random.",
        count=f"{trials:,}",
        most=f"{MOST_TRIALS:,}",
    )
    return str(told)


def _written(sentence: str, count: int) -> str:
    """Write a count with separators where the sentence has it plain."""
    return sentence.replace(str(count), f"{count:,}", 1)


def _values(strategy: Strategy, typed: Typed) -> dict[str, Value]:
    """Return what is fixed; what cannot be read is its default."""
    found: dict[str, Value] = {}
    for each in strategy.parameters:
        name = PARAMETER + each.name
        given: Any = typed.text(name)
        if not isinstance(each, Choice):
            try:
                given = typed.number(name)
            except InvalidError:
                given = None
            if given is not None:
                given = value_of(each, given)
        found[each.name] = given if given not in {None, ""} else each.default
    return found


def _span(typed: Typed, picked: Sequence[Market], usual: Sequence[str]) -> _Span:
    timeframe = typed.text("timeframe")
    step = step_of(timeframe)
    first = typed.text("start_date") or (usual[0] if usual else "")
    last = typed.text("end_date") or (usual[1] if usual else "")
    there = common_span(picked, timeframe)
    if there is None:
        raise InvalidError("there are no such candles", "timeframe")
    starts, ends = (round(each.timestamp() * 1000) for each in there)
    start = max(starts, read_instant(first or None, "start_date") or 0)
    end = min(ends, read_instant(last or None, "end_date", last=True) or ends)
    return _Span(start, step, max((end - start) // step, 0))


def _drawn(window: Window, span: _Span) -> Drawn:
    def days(first: int, end: int) -> str:
        starts, ends = (span.start + bar * span.step for bar in (first, end))
        return f"{utc_day(starts)} \N{EN DASH} {last_day(ends)}"

    scale = WIDE / max(span.bars, 1)
    return Drawn(
        train=days(window.start, window.end),
        test=days(window.test_start, window.test_end),
        train_x=round(window.start * scale, 1),
        train_width=round((window.end - window.start) * scale, 1),
        test_x=round(window.test_start * scale, 1),
        test_width=round((window.test_end - window.test_start) * scale, 1),
    )
