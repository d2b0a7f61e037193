"""The statement: opening balance, movements, closing balance of a month or a period."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, request
from werkzeug.wrappers import Response

from abtpro_saas.billing import wallets
from abtpro_saas.billing.wallets import Statement
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.http.csv_files import csv_file
from abtpro_saas.blueprints.pages.billing.wallet import CSV_COLUMNS, csv_rows
from abtpro_saas.blueprints.pages.frame.forms import asked_day, day_of
from abtpro_saas.blueprints.pages.frame.readers import reader
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import bangkok_date, bangkok_day

MONTHS = 12
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
    statement, period, today = _asked()
    return render(
        "statement/show.html",
        statement=statement,
        period=period,
        today=today,
        months=months_back(today),
        holder=reader(),
    )


@blp.get("/movements.csv")
def as_csv() -> Response:
    """Give the statement's movements, oldest first."""
    statement, period, _today = _asked()
    name = f"statement-{period.first}-{period.last}"
    return csv_file(name, CSV_COLUMNS, csv_rows(statement.movements))


def _asked() -> tuple[Statement, Period, date]:
    with tenant_access(scope="wallet:read") as access:
        today = bangkok_date(access.now)
        period = asked_period(today)
        statement = wallets.statement(
            access.session, access.tenant_id, access.user_id, *period.instants
        )
    return statement, period, today


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
