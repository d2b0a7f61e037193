"""How many imports may be under way at once, and how many series can be kept."""

from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from abtpro_saas.database import take_turns
from abtpro_saas.errors import ConflictError
from abtpro_saas.markets.tables import Import, Series

MOST_OPEN = 5
"""Imports of one user that may be under way at once."""
MOST_SERIES = 200
"""Series that one user, or the tenant itself, may have."""


class TooManyImportsError(ConflictError):
    """Wait until one of those under way has ended."""

    code = "too_many_imports"


class TooManySeriesError(ConflictError):
    """No further series can be kept."""

    code = "too_many_series"


def check_limits(session: Session, made: Import) -> None:
    """Refuse an import that is one too many, of its user or of its owner's series.

    Raises:
        TooManyImportsError, TooManySeriesError: it is.
    """
    tenant_id, user_id = made.tenant_id, made.user_id
    take_turns(session, f"imports:{tenant_id}:{user_id}")
    mine = (Import.tenant_id == tenant_id, Import.user_id == user_id)
    under_way = select(func.count()).where(*mine, Import.finished_at.is_(None))
    if (session.scalar(under_way) or 0) >= MOST_OPEN:
        raise TooManyImportsError(f"{MOST_OPEN} imports are under way: wait for one")
    _check_series(session, made)


def _check_series(session: Session, made: Import) -> None:
    """Refuse a series more than can be kept; one that is there can be extended.

    Those that imports under way will make count as if they were there.

    Raises:
        TooManySeriesError: there are as many as can be.
    """
    take_turns(session, f"series of:{made.tenant_id}:{made.owner_id}")
    kept = select(*_name(Series)).where(*_whose(Series, made))
    coming = select(*_name(Import)).where(
        *_whose(Import, made), Import.finished_at.is_(None)
    )
    names = {tuple(row) for row in session.execute(union(kept, coming))}
    mine = made.exchange, made.symbol, made.timeframe
    if mine not in names and len(names) >= MOST_SERIES:
        raise TooManySeriesError(f"{MOST_SERIES} series are kept at most")


def _name(row: type[Series | Import]) -> tuple[InstrumentedAttribute[str], ...]:
    return row.exchange, row.symbol, row.timeframe


def _whose(row: type[Series | Import], made: Import) -> tuple[ColumnElement[bool], ...]:
    owned = row.owner_id.is_not_distinct_from(made.owner_id)
    return row.tenant_id == made.tenant_id, owned
