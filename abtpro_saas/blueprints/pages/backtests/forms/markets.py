"""Which candles a reader can test on: each symbol with its time frames and coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.service import SeriesFilter, list_series
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.markets.words import FUNDING

MOST_SHOWN = 500
_BETWEEN = "|"


@dataclass(frozen=True)
class Market:
    """One symbol of one source, with what there is of it."""

    exchange: str
    symbol: str
    timeframes: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    simulated: bool

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.exchange}{_BETWEEN}{self.symbol}"

    @property
    def usual(self) -> tuple[date, date]:
        """The last whole year that is covered, else all there is."""
        last = self.ends_at - timedelta(milliseconds=1)
        year = self.ends_at.year - 1 if last.year == self.ends_at.year else last.year
        first = date(year, 1, 1)
        if self.starts_at.date() > first:
            return self.starts_at.date(), last.date()
        return first, date(year, 12, 31)


def markets(session: Session, tenant_id: TenantId, user_id: UserId) -> list[Market]:
    """Return what the reader can choose among as it came, simulated candles last."""
    series = list_series(session, tenant_id, user_id, SeriesFilter(), limit=MOST_SHOWN)
    together: dict[tuple[str, str], list[Series]] = {}
    for each in series:
        if each.timeframe == FUNDING:
            continue
        together.setdefault((each.exchange, each.symbol), []).append(each)
    found = [_market(group) for group in together.values()]
    return sorted(found, key=lambda each: each.simulated)


def of_key(key: str) -> tuple[str, str]:
    """Return exchange and symbol of what a form calls a market."""
    exchange, _, symbol = key.partition(_BETWEEN)
    return exchange, symbol


def _market(group: Sequence[Series]) -> Market:
    frames = sorted({each.timeframe for each in group}, key=lambda name: STEPS[name])
    return Market(
        group[0].exchange,
        group[0].symbol,
        tuple(frames),
        min(each.starts_at for each in group),
        max(each.ends_at for each in group),
        any(each.simulated for each in group),
    )
