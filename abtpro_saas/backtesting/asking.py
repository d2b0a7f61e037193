"""An order read from the members of a request, each refused by its own name.

The API and the command take the same members; their meaning is in docs/api.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from abtpro_saas.backtesting.engines.port import (
    Costs,
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Market,
    Members,
    Setup,
    Slippage,
    SlippageModel,
)
from abtpro_saas.backtesting.orders import GAPS, Order, OrderError
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.errors import Faults, ForbiddenError
from abtpro_saas.markets.naming import MarketNameError, exchange_name, symbol_name

MOST_SYMBOLS = 100
LARGEST_CAPITAL = 1e12
HIGHEST_FEE = 0.1
HIGHEST_SLIPPAGE = 0.2
LARGEST_COEFFICIENT = 1_000.0
LARGEST_SEED = 2**31 - 1
HIGHEST_LEVERAGE = 125.0
HIGHEST_MAINTENANCE = 0.5
HIGHEST_FUNDING = 0.05
HOURS = 0.25, 168.0
"""The shortest and the longest time between two payments of funding."""
_FRACTIONS = {SlippageModel.NONE, SlippageModel.FIXED, SlippageModel.SPREAD}

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_DAY = timedelta(days=1)

NO_SANDBOX = (
    "code of your own cannot run here: there is no sandbox yet. On your own machine "
    "`abtpro backtest run --strategy-file` runs it"
)

Word = TypeVar("Word", bound=StrEnum)
Asked = Mapping[str, Any]


class SandboxUnavailableError(ForbiddenError):
    """Code of a user's own runs in a sandbox or nowhere."""

    code = "sandbox_unavailable"


@dataclass(frozen=True)
class _Members:
    """Members of a request, or of an object ``inside`` it; null is not given.

    One that cannot be used is noted, and its default stands for it.
    """

    values: Asked
    faults: Faults
    inside: str = ""

    def given(self, name: str) -> bool:
        return self.values.get(name) is not None

    def within(self, name: str) -> "_Members":
        inside = self.values.get(name) or {}
        if not isinstance(inside, Mapping):
            self.refuse(name, "an object with members")
            inside = {}
        return _Members(inside, self.faults, f"{self.inside}{name}.")

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.values.get(name)
        if value is None:
            return default
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not low <= value <= high:
            self.refuse(name, f"a number from {low:g} to {high:,g}")
            return default
        return float(value)

    def positive(self, name: str, default: float, high: float) -> float:
        value = self.number(name, default, 0.0, high)
        if value <= 0:
            self.refuse(name, f"a number above 0, and {high:,g} at most")
            return default
        return value

    def word(self, name: str, kind: type[Word], default: Word) -> Word:
        text = self.values.get(name)
        try:
            return default if text is None else kind(str(text).strip().lower())
        except ValueError:
            self.refuse(name, f"one of {', '.join(kind)}")
            return default

    def text(self, name: str) -> str | None:
        """Return a text, None where there is none in it."""
        given = self.values.get(name)
        if given is not None and not isinstance(given, str):
            self.refuse(name, "a text")
            return None
        return (given or "").strip() or None

    def flag(self, name: str) -> bool:
        given = self.values.get(name)
        if given is not None and not isinstance(given, bool):
            self.refuse(name, "true or false")
            return False
        return bool(given)

    def refuse(self, name: str, message: str) -> None:
        self.faults.note(OrderError(message, f"{self.inside}{name}"))


def read_order(asked: Asked, faults: Faults | None = None) -> Order:
    """Return the order that ``asked`` makes; nothing is looked up yet.

    Given ``faults``, members that cannot be used are noted there, and the order has
    what is usual in their place: it is to be checked, not to be run.

    Raises:
        OrderError, MarketNameError: members cannot be used; ``field`` is a name.
        SandboxUnavailableError: it brings a strategy of its own.
    """
    if asked.get("strategy_code") is not None:
        raise SandboxUnavailableError(NO_SANDBOX)
    noted = Faults() if faults is None else faults
    members = _Members(asked, noted)
    start, end = _span(asked, noted)
    order = Order(
        strategy=asked["strategy_name"].strip(),
        symbols=_symbols(asked, noted),
        timeframe=asked["timeframe"].strip(),
        exchange=_exchange(asked, noted),
        start=start,
        end=end,
        parameters=dict(asked.get("parameters") or {}),
        setup=_setup(members),
        engine=members.word("engine", EngineName, EngineName.COMPILED),
        gap_tolerance=members.number("gap_tolerance", GAPS, 0.0, 1.0),
        seed=int(members.number("seed", 0, 0, LARGEST_SEED)),
    )
    if faults is None:
        noted.tell()
    return order


def _span(asked: Asked, faults: Faults) -> tuple[int | None, int | None]:
    start, end = None, None
    with faults.noted():
        start = read_instant(asked.get("start_date"), "start_date")
    with faults.noted():
        end = read_instant(asked.get("end_date"), "end_date", last=True)
    if start is not None and end is not None and end <= start:
        faults.note(OrderError("the end lies after the start", "end_date"))
    return start, end


def _exchange(asked: Asked, faults: Faults) -> str | None:
    with faults.noted():
        return exchange_name(asked["exchange"]) if asked.get("exchange") else None
    return None


def read_instant(text: str | None, name: str, *, last: bool = False) -> int | None:
    """Return an instant in milliseconds; a date alone is a day in UTC.

    The day that a ``last`` date names is included. Without an offset, UTC is meant.

    Raises:
        OrderError: it is neither a date nor an instant, or no calendar goes so far.
    """
    if text is None:
        return None
    try:
        instant = _instant(text, last=last)
        return round(instant.timestamp() * 1000)
    except OverflowError:
        message = "too late: 9999-12-30 is the last day that an end can name"
        raise OrderError(message, name) from None
    except ValueError:
        raise OrderError("write 2023-01-31, or 2023-01-31T12:00:00Z", name) from None


def _instant(text: str, *, last: bool) -> datetime:
    if _DATE.fullmatch(text):
        day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        return day + _DAY if last else day
    if not _INSTANT.fullmatch(text):
        raise ValueError("neither date nor instant")
    instant = datetime.fromisoformat(text.upper())
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _symbols(asked: Asked, faults: Faults) -> tuple[str, ...]:
    """Return what is to be traded; nothing where it cannot be said."""
    one, many = asked.get("symbol"), asked.get("symbols")
    if (one is None) == (many is None):
        told = "name one symbol, or several as symbols"
        faults.note(OrderError(told, "symbol"))
        return ()
    field, given = ("symbols", many) if one is None else ("symbol", [one])
    try:
        found = tuple(map(symbol_name, given or ()))
    except MarketNameError as error:
        faults.note(OrderError(str(error), field))
        return ()
    if not 1 <= len(found) <= MOST_SYMBOLS or len(set(found)) != len(found):
        faults.note(OrderError(f"1 to {MOST_SYMBOLS} symbols, each once", field))
        return ()
    return found


def _setup(asked: _Members) -> Setup:
    sizing = asked.within("sizing")
    return Setup(
        initial_capital=asked.positive("initial_capital", 10_000.0, LARGEST_CAPITAL),
        fraction=sizing.positive("fraction", 1.0, 1.0),
        shorts=sizing.flag("shorts"),
        fill_at=asked.word("fill_at", FillAt, FillAt.NEXT_OPEN),
        costs=_costs(asked),
        market=_market(asked.within("costs")),
        margin=_margin(asked),
        funding=_funding(asked),
        detail_timeframe=asked.text("detail_timeframe"),
        universe=asked.word("universe", Members, Members.SHARED),
    )


def _costs(asked: _Members) -> Costs:
    """Read ``costs``, or version 1.x's ``commission`` and ``slippage``."""
    costs = asked.within("costs")
    if asked.given("commission") and (costs.given("maker") or costs.given("taker")):
        asked.refuse("commission", "either commission, or costs of maker and taker")
    if asked.given("slippage") and costs.given("slippage"):
        asked.refuse("slippage", "either slippage, or costs.slippage")
    fee = asked.number("commission", 0.0, 0.0, HIGHEST_FEE)
    return Costs(
        maker=costs.number("maker", fee, 0.0, HIGHEST_FEE),
        taker=costs.number("taker", fee, 0.0, HIGHEST_FEE),
        slippage=_slippage(asked, costs),
        fee_in=costs.word("fee_in", FeeIn, FeeIn.QUOTE),
    )


def _slippage(asked: _Members, costs: _Members) -> Slippage:
    if not costs.given("slippage"):
        value = asked.number("slippage", 0.0, 0.0, HIGHEST_SLIPPAGE)
        return Slippage(SlippageModel.FIXED if value else SlippageModel.NONE, value)
    given = costs.within("slippage")
    model = given.word("model", SlippageModel, SlippageModel.FIXED)
    most = HIGHEST_SLIPPAGE if model in _FRACTIONS else LARGEST_COEFFICIENT
    return Slippage(model, given.number("value", 0.0, 0.0, most))


def _market(costs: _Members) -> Market:
    names = ("price_tick", "size_step", "minimum_notional")
    tick, step, least = (
        costs.number(each, 0.0, 0.0, LARGEST_CAPITAL) for each in names
    )
    return Market(tick, step, least, costs.number("participation", 0.0, 0.0, 1.0))


def _margin(asked: _Members) -> Margin | None:
    """Read ``margin``; a market with funding has one, if nothing else is said."""
    if not asked.given("margin") and not asked.given("funding"):
        return None
    margin = asked.within("margin")
    return Margin(
        margin.number("leverage", 1.0, 1.0, HIGHEST_LEVERAGE),
        margin.number("maintenance", 0.0, 0.0, HIGHEST_MAINTENANCE),
        margin.number("liquidation_fee", 0.0, 0.0, HIGHEST_FEE),
    )


def _funding(asked: _Members) -> Funding | None:
    """Read ``funding``; without a rate it is the market's own."""
    if not asked.given("funding"):
        return None
    funding = asked.within("funding")
    most = HIGHEST_FUNDING
    return Funding(
        funding.number("rate", 0.0, -most, most) if funding.given("rate") else None,
        funding.number("interval_hours", 8.0, *HOURS),
    )
