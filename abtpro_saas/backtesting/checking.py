"""What an order asks for, held against what there is, before anything is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from abtpro_saas.backtesting.engines.port import Members
from abtpro_saas.backtesting.limits import check_limits
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.errors import Faults
from abtpro_saas.markets.timeframes import ceil_to, floor_to, step_of
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Parameter,
    ParameterError,
    Value,
    Values,
    read_values,
)
from abtpro_saas.plugins.api.strategies import Strategy

DAY_MS = 86_400_000
MOST_BARS = 60_000_000
"""Of all symbols together: over a century of minutes."""


@dataclass(frozen=True)
class Coverage:
    """From when to when there are candles of a symbol, in ms, and what is missing."""

    symbol: str
    starts: int
    ends: int
    gaps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Checked:
    """An order with every parameter's value, and what its strategy asks for."""

    order: Order
    strategy: Strategy
    warm_up: int


def check_strategy(
    order: Order, own: Strategy | None = None, faults: Faults | None = None
) -> Checked:
    """Return the order with its strategy's name and all parameters in full.

    ``own`` stands in for one of ours: nobody but a command passes it. Given ``faults``,
    what is wrong is noted there.

    Raises:
        InvalidError: there is no such strategy.
        OrderError: parameters cannot be used, it takes one symbol alone, or neither
            the strategy nor the engine does what is asked.
    """
    noted = Faults() if faults is None else faults
    strategy = own or find_strategy(order.strategy)
    values, warm_up = _check_parameters(order, strategy, noted)
    if order.symbols:
        with noted.noted():
            _check_symbols(order, strategy)
    with noted.noted():
        check_limits(order, strategy)
    if faults is None:
        noted.tell()
    order = replace(order, strategy=strategy.name, parameters=values)
    return Checked(order, strategy, warm_up)


def _check_parameters(
    order: Order, strategy: Strategy, faults: Faults
) -> tuple[Values, int]:
    """Return all values, and how many candles they need; each is read by itself."""
    values = read_values(strategy.parameters, {})
    try:
        values = read_values(strategy.parameters, _usable(order, strategy, faults))
    except ParameterError as error:
        faults.note(_of_parameter(error))
    if not faults.at("search"):
        _check_together(strategy, values, faults)
    if faults.at("parameters", "search"):
        return values, 0
    return values, strategy.warm_up(values)


def _check_together(strategy: Strategy, values: Values, faults: Faults) -> None:
    """Note values that do not go together, whatever stands for one at fault."""
    found: ParameterError | None = None
    for stand_ins in _stand_ins(strategy, faults):
        try:
            strategy.check({**values, **stand_ins})
        except ParameterError as error:
            found = error
        else:
            return
    if found is not None:
        faults.note(_of_parameter(found))


def _stand_ins(strategy: Strategy, faults: Faults) -> Sequence[Values]:
    """Return the least, the usual and the most of all parameters that are at fault."""
    wrong = [
        each
        for each in strategy.parameters
        if faults.at(*(f"parameters.{name}" for name in (each.name, *each.also)))
    ]
    ends: list[dict[str, Value]] = [{}, {}, {}]
    for each in wrong:
        for place, value in enumerate(_spread(each)):
            ends[place][each.name] = value
    return ends if wrong else ends[:1]


def _spread(parameter: Parameter) -> tuple[Value, Value, Value]:
    if isinstance(parameter, Choice):
        first, *_, last = (*parameter.options, parameter.default)
        return first, parameter.default, last
    return parameter.low, parameter.default, parameter.high


def _usable(order: Order, strategy: Strategy, faults: Faults) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in order.parameters.items():
        try:
            read_values(strategy.parameters, {name: value})
        except ParameterError as error:
            faults.note(_of_parameter(error))
        else:
            found[name] = value
    return found


def _of_parameter(error: ParameterError) -> OrderError:
    return OrderError(f"{error.name}: {error}", f"parameters.{error.name}")


def _check_symbols(order: Order, strategy: Strategy) -> None:
    least, most = strategy.symbols
    if least <= len(order.symbols) <= most:
        currencies = sorted({each.partition("/")[2] for each in order.symbols})
        if len(currencies) > 1:
            told = f"one pool holds one currency, not {' and '.join(currencies)}"
            raise OrderError(told, "symbols")
        return
    many = f"{least} symbols" if least == most else f"{least} to {most} symbols"
    wanted = "one symbol" if most == 1 else many
    raise OrderError(f"{strategy.name} trades {wanted}", "symbols")


def check_span(order: Order, covered: Sequence[Coverage], warm_up: int) -> Order:
    """Return the order with start and end in full, within what symbols cover.

    All of them must, unless they may come and go: then each must for some of it.

    Up to a day outside is cut off: a date names the whole of a day of which there may
    be a part.

    Raises:
        OrderError: outside the candles, too short for the strategy, or too many gaps.
    """
    step = step_of(order.timeframe)
    come_and_go = order.setup.universe is Members.POINT_IN_TIME
    first, last = (min, max) if come_and_go else (max, min)
    starts = first(each.starts for each in covered)
    ends = last(each.ends for each in covered)
    start = starts if order.start is None else order.start
    end = ends if order.end is None else order.end
    faults = Faults()
    if start < starts - DAY_MS or start >= ends:
        faults.note(_outside("start_date", starts, ends))
    if end > ends + DAY_MS or end <= starts:
        faults.note(_outside("end_date", starts, ends))
    faults.tell()
    start, end = max(start, starts), min(end, ends)
    bars = (end - start) // step
    check_bars(bars, warm_up)
    if bars * len(covered) > MOST_BARS:
        raise OrderError(f"{MOST_BARS:,} candles at most: choose fewer", "start_date")
    for each in covered:
        inside = min(end, each.ends) // step - -(-max(start, each.starts) // step)
        if inside <= 0:
            raise OrderError(f"{each.symbol} has no candles in this time", "symbols")
        missing = _missing(each.gaps, start, end, step)
        check_gaps(order, each.symbol, missing, inside)
        if not come_and_go:
            check_bars(inside - missing, warm_up)
    return replace(order, start=start, end=end)


def check_detail(order: Order, covered: Coverage) -> None:
    """Refuse finer candles that tell nothing of a checked order's time, or too much.

    Raises:
        OrderError: none of them is in it, or there are too many.
    """
    start, end = order.start or 0, order.end or 0
    if covered.ends <= start or covered.starts >= end:
        raise _outside("detail_timeframe", covered.starts, covered.ends)
    if (end - start) // step_of(order.setup.detail_timeframe or "") > MOST_BARS:
        raise OrderError(
            f"{MOST_BARS:,} candles at most: choose longer ones", "detail_timeframe"
        )


def check_bars(bars: int, warm_up: int) -> None:
    """Refuse a span in which the strategy could not decide once and see what follows.

    Raises:
        OrderError: the span is too short.
    """
    if bars < warm_up + 2:
        raise OrderError(
            f"the strategy decides after {warm_up} candles, and here are {bars}:"
            " choose a longer time, or a shorter time frame",
            "start_date",
        )


def check_gaps(order: Order, symbol: str, missing: int, bars: int) -> None:
    """Refuse data with more gaps than the order tolerates.

    Raises:
        OrderError: more are missing.
    """
    if missing > order.gap_tolerance * bars:
        share = missing / bars
        raise OrderError(
            f"{missing:,} of {bars:,} candles of {symbol} are missing ({share:.1%}):"
            f" more than gap_tolerance allows ({order.gap_tolerance:.1%})",
            "gap_tolerance",
        )


def _missing(gaps: Sequence[Mapping[str, Any]], start: int, end: int, step: int) -> int:
    """Return how many candles of ``step``, whole in [start, end), the gaps take away.

    A candle of which any part is missing is none; two gaps may take the same one.
    """
    found, seen, last = 0, ceil_to(start, step), floor_to(end, step)
    for gap in gaps:
        first = max(floor_to(gap["start"], step), seen)
        until = min(ceil_to(gap["end"], step), last)
        found += max(0, until - first) // step
        seen = max(seen, until)
    return found


def _outside(field: str, starts: int, ends: int) -> OrderError:
    first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (starts, ends))
    return OrderError(
        f"there are candles from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} (UTC)",
        field,
    )
