"""The statement: opening balance, movements, closing balance of a month or a period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from abtpro_saas.billing import wallets
from abtpro_saas.billing.wallets import Movement
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.pagination import Page, Pager
from abtpro_saas.blueprints.pages.billing.purposes import in_words, purposes
from abtpro_saas.blueprints.pages.billing.wallet import CSV_COLUMNS, csv_rows
from abtpro_saas.blueprints.pages.frame.forms import asked_day, day_of
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.frame.readers import reader
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import bangkok_date, bangkok_day
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId, UserId

MONTHS = 12
ON_A_PAGE = 100
BATCH = 1000
LONGEST = timedelta(days=366)

blp = Blueprint("statement_page", __name__, url_prefix="/statement")


@dataclass(frozen=True)
class Period:
    """The days of a statement, both included."""

    first: date
    last: date

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """The period as [since, until)."""
        return bangkok_day(self.first)[0], bangkok_day(self.last)[1]


@blp.get("")
def show() -> Response:
    """Show the statement of the period asked for, this month's otherwise."""
    with tenant_access(scope="wallet:read") as access:
        today = bangkok_date(access.now)
        period = asked_period(today)
        pager = _pager(access, period)
        key = (access.session, access.tenant_id, access.user_id, *period.instants)
        after = pager.after
        page = wallets.statement(
            *key, limit=ON_A_PAGE, after=after[0] if after else None
        )
        # What stands whole on one page adds up there: both are of the same moment.
        whole = after is None and page.after is None
        sums = page if whole else wallets.totals(*key)
        told = purposes(*key[:2], page.movements, language())
    return render(
        "statement/show.html",
        fragment="statement/_movements.html",
        page=Page(
            page.movements, pager.cursor_after((page.after,)) if page.after else None
        ),
        purposes=told,
        sums=sums,
        period=period,
        today=today,
        months=months_back(today),
        holder=reader(),
    )


@blp.get("/movements.csv")
def as_csv() -> Response:
    """Give the statement's movements, oldest first."""
    with tenant_access(scope="wallet:read") as access:
        period = asked_period(bangkok_date(access.now))
        key = access.tenant_id, access.user_id
        rows = _all(house().engine, *key, period, language())
    name = f"statement-{period.first}-{period.last}"
    return csv_stream(name, CSV_COLUMNS, csv_rows(rows))


def _pager(access: Access, period: Period) -> Pager:
    filters = {"user": access.user_id, "from": period.first, "to": period.last}
    cursor = request.args.get("cursor")
    return Pager(access.tenant_id, "pages.statement", ON_A_PAGE, filters, cursor)


def _all(
    engine: Engine, tenant_id: TenantId, user_id: UserId, period: Period, locale: str
) -> Iterator[Movement]:
    """Yield the movements, each batch from a transaction of its own."""
    after: datetime | None = None
    while True:
        with tenant_transaction(engine, tenant_id) as session:
            page = wallets.statement(
                session, tenant_id, user_id, *period.instants, limit=BATCH, after=after
            )
            told = list(in_words(session, tenant_id, page.movements, locale))
        yield from told
        if page.after is None:
            return
        after = page.after


def asked_period(today: date) -> Period:
    """Return the query's ``month`` (YYYY-MM) or ``from``/``to``, a year at most."""
    first, last = asked_day("from"), asked_day("to")
    if first is None or last is None or not first <= last < first + LONGEST:
        return month_of(_asked_month() or today)
    return Period(first, last)


def month_of(day: date) -> Period:
    """Return the month in which a day lies."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(first, following - timedelta(days=1))


def months_back(today: date) -> list[date]:
    """Return the first days of this month and of those before it, newest first."""
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def _asked_month() -> date | None:
    return day_of(request.args.get("month", "") + "-01")
