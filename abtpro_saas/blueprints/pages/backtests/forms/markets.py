"""Which candles a reader can test on: each symbol with its time frames and coverage."""

from collections.abc import Sequence
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
_BETWEEN = "|"


@dataclass(frozen=True)
class Market:
    """One symbol of one source, with what there is of it.

    ``own`` are candles of the reader's alone; ``funding`` is the time of which the
    rates of its perpetual are known; ``brought`` are rows of a file among them.
    """

    exchange: str
    symbol: str
    timeframes: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    simulated: bool
    own: bool = False
    funding: tuple[datetime, datetime] | None = None
    brought: bool = False

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
    frames = sorted({each.timeframe for each in group}, key=lambda name: STEPS[name])
    return Market(
        group[0].exchange,
        group[0].symbol,
        tuple(frames),
        min(each.starts_at for each in group),
        max(each.ends_at for each in group),
        any(each.simulated for each in group),
        all(each.owner_id is not None for each in group),
        None if funding is None else (funding.starts_at, funding.ends_at),
        any(map(is_brought, [*group, *([] if funding is None else [funding])])),
    )
