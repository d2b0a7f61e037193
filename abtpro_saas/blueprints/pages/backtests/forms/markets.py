"""Which candles a reader can test on: each symbol with its time frames and coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.finding import SeriesNotFoundError, default_exchange
from abtpro_saas.markets.imports.provenance import is_brought
from abtpro_saas.markets.naming import perpetual_name
from abtpro_saas.markets.service import SeriesFilter, list_series
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.markets.words import FUNDING, SIMULATED

MOST_SHOWN = 500
USUAL_TIMEFRAME = "1h"
_BETWEEN = "|"
_MOMENT = timedelta(milliseconds=1)

Span = tuple[datetime, datetime]
"""From when to when there are candles: the end is no part of it."""


@dataclass(frozen=True)
class Market:
    """One symbol of one source, with what there is of it.

    ``spans`` are those of its candles by time frame, the shortest first; ``own`` are
    candles of the reader's alone; ``funding`` is the time of which the rates of its
    perpetual are known; ``brought`` are rows of a file among them.
    """

    exchange: str
    symbol: str
    spans: Mapping[str, Span]
    simulated: bool
    own: bool = False
    funding: Span | None = None
    brought: bool = False

    @property
    def timeframes(self) -> tuple[str, ...]:
        """The time frames of its candles, as they were brought."""
        return tuple(self.spans)

    @property
    def made(self) -> tuple[str, ...]:
        """The time frames that its candles make, longer ones of shorter ones."""
        return tuple(each for each in STEPS if self.span_of(each))

    def span_of(self, timeframe: str) -> Span | None:
        """Return what there is of a time frame, None where nothing makes it.

        A run reads the longest candles of which it is made.
        """
        step = STEPS.get(timeframe, 0)
        makers = [each for each in self.spans if step and not step % STEPS[each]]
        return self.spans[makers[-1]] if makers else None

    @property
    def stretches(self) -> Sequence[tuple[Sequence[str], Span]]:
        """Each span with the time frames of which there is as much."""
        found: dict[Span, list[str]] = {}
        for timeframe, span in self.spans.items():
            found.setdefault(span, []).append(timeframe)
        return [(frames, span) for span, frames in found.items()]

    @property
    def days(self) -> Mapping[str, tuple[str, str]]:
        """First and last day of its candles, by their length in ms."""
        return {
            str(STEPS[timeframe]): (first.isoformat(), last.isoformat())
            for timeframe, (first, last) in (
                (each, _days(span)) for each, span in self.spans.items()
            )
        }

    @property
    def is_perpetual(self) -> bool:
        """Tell whether it is named as a perpetual contract is."""
        return ":" in self.symbol

    @property
    def label(self) -> str:
        """What a reader calls it: no two are called the same."""
        told = [self.symbol]
        if self.exchange != SIMULATED:
            told.append(self.exchange)
        if self.simulated:
            told.append(str(_("simulated")))
        if self.brought:
            told.append(str(_("brought as a file")))
        if self.own:
            told.append(str(_("yours")))
        return " · ".join(told)

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.exchange}{_BETWEEN}{self.symbol}"


def usual_timeframe(picked: Sequence[Market]) -> str:
    """Return the time frame that is chosen to begin with."""
    made = common_timeframes(picked)
    if USUAL_TIMEFRAME in made or not made:
        return USUAL_TIMEFRAME
    return next(each for each in picked[0].timeframes[::-1] + made if each in made)


def common_timeframes(picked: Sequence[Market]) -> tuple[str, ...]:
    """Return the time frames that the candles of all these markets make."""
    return tuple(each for each in STEPS if all(m.span_of(each) for m in picked))


def common_span(picked: Sequence[Market], timeframe: str) -> Span | None:
    """Return the time of which there are such candles of all; None if there is none."""
    spans = [each.span_of(timeframe) for each in picked]
    known = [each for each in spans if each is not None]
    if not known or len(known) < len(spans):
        return None
    starts, ends = max(each[0] for each in known), min(each[1] for each in known)
    return (starts, ends) if starts < ends else None


def usual_days(picked: Sequence[Market], timeframe: str) -> tuple[date, date] | None:
    """Return the last whole year of which there are such candles, else all there is."""
    span = common_span(picked, timeframe)
    if span is None:
        return None
    first, last = _days(span)
    year = last.year if (last.month, last.day) == (12, 31) else last.year - 1
    if first > date(year, 1, 1):
        return first, last
    return date(year, 1, 1), date(year, 12, 31)


def markets(session: Session, tenant_id: TenantId, user_id: UserId) -> list[Market]:
    """Return what the reader can choose among, as it came.

    First stand those of the tenant's default source, last simulated ones of others.
    """
    series = list_series(session, tenant_id, user_id, SeriesFilter(), limit=MOST_SHOWN)
    together: dict[tuple[str, str], list[Series]] = {}
    funding: dict[tuple[str, str], Series] = {}
    for each in series:
        name = each.exchange, each.symbol
        if each.timeframe != FUNDING:
            together.setdefault(name, []).append(each)
        elif each.owner_id is not None or name not in funding:
            funding[name] = each
    usual = _usual_source(session, tenant_id)
    found = [
        _market(group, funding.get((exchange, perpetual_name(symbol))))
        for (exchange, symbol), group in together.items()
    ]
    return sorted(found, key=lambda each: (each.exchange != usual, each.simulated))


def _usual_source(session: Session, tenant_id: TenantId) -> str | None:
    try:
        return default_exchange(session, tenant_id)
    except SeriesNotFoundError:
        return None


def of_key(key: str) -> tuple[str, str]:
    """Return exchange and symbol of what a form calls a market."""
    exchange, _, symbol = key.partition(_BETWEEN)
    return exchange, symbol


def _market(group: Sequence[Series], funding: Series | None) -> Market:
    spans: dict[str, Span] = {}
    # Of a time frame one's own candles are read before the tenant's.
    for each in sorted(group, key=lambda one: (STEPS[one.timeframe], not one.owner_id)):
        spans.setdefault(each.timeframe, (each.starts_at, each.ends_at))
    return Market(
        group[0].exchange,
        group[0].symbol,
        spans,
        any(each.simulated for each in group),
        all(each.owner_id is not None for each in group),
        None if funding is None else (funding.starts_at, funding.ends_at),
        any(map(is_brought, [*group, *([] if funding is None else [funding])])),
    )


def _days(span: Span) -> tuple[date, date]:
    return span[0].date(), (span[1] - _MOMENT).date()
