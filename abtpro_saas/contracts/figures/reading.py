"""The figures as the database counts them: a tenant's own, or each tenant's.

The counting is SQL (``migrations/versions/0012_figures.py`` and 0015), since operators
may see sums and no row that they were made of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from abtpro_saas.contracts.figures.months import Month, Months
from abtpro_saas.contracts.figures.report import (
    Cohort,
    Enforcement,
    Figures,
    MonthFigures,
    Mrr,
    Renewals,
    Revenue,
    ShortPeriods,
    Topups,
)
from abtpro_saas.ids import TenantId
from abtpro_saas.money import Satang

WHOLE = 0
"""In the place of a month's number: all months together."""


OWN, EVERYBODYS = "business_figures", "tenants_figures"
"""The functions that are asked: as the application's role, and as the operators'."""

Counts = Mapping[str, int]


def read_figures(session: Session, tenant_id: TenantId, months: Months) -> Figures:
    """Return a tenant's figures of ``months``, in a transaction that sees it."""
    return _read(session, OWN, [tenant_id], months)[tenant_id]


def read_tenants(
    session: Session, tenant_ids: Sequence[TenantId], months: Months
) -> dict[TenantId, Figures]:
    """Return the figures of each of these tenants, asked as the operators' role."""
    return _read(session, EVERYBODYS, tenant_ids, months)


def _read(
    session: Session, source: str, tenant_ids: Sequence[TenantId], months: Months
) -> dict[TenantId, Figures]:
    found: dict[TenantId, defaultdict[int, dict[str, int]]]
    found = {each: defaultdict(dict) for each in tenant_ids}
    query = text(
        "SELECT tenant_id, month, metric, figure FROM"
        f" {source}(cast(:chosen AS uuid[]), :bounds, :at)"
    )
    values = {
        "chosen": [str(each) for each in tenant_ids],
        "bounds": months.bounds,
        "at": months.at,
    }
    for tenant_id, month, metric, figure in session.execute(query, values):
        found[tenant_id][month][metric] = figure
    return {each: _figures(months, found[each]) for each in tenant_ids}


def _figures(months: Months, found: defaultdict[int, dict[str, int]]) -> Figures:
    numbered = list(enumerate(months.each, 1))
    return Figures(
        months,
        tuple(
            _line(month, found[n], is_over=months.is_over(month))
            for n, month in numbered
        ),
        tuple(_cohort(months, month, found[n]) for n, month in numbered),
        _enforcement(found[WHOLE]),
    )


def _line(month: Month, of: Counts, *, is_over: bool) -> MonthFigures:
    return MonthFigures(
        month,
        is_over,
        Mrr(
            _money(of, "opening"),
            _money(of, "new"),
            _money(of, "reactivation"),
            _money(of, "expansion"),
            _money(of, "contraction"),
            _money(of, "churn"),
            _money(of, "closing"),
        ),
        of.get("paying", 0),
        of.get("with_access", 0),
        Topups(
            of.get("topups", 0), of.get("topups_paid", 0), of.get("topups_waiting", 0)
        ),
        Renewals(of.get("due", 0), of.get("renewed", 0), of.get("waiting", 0)),
        Revenue(
            _money(of, "invoiced"),
            _money(of, "credited"),
            _money(of, "revenue"),
            _money(of, "vat"),
        ),
        _enforcement(of),
        ShortPeriods(of.get("short_periods", 0), _money(of, "short_paid")),
    )


def _enforcement(of: Counts) -> Enforcement:
    return Enforcement(
        of.get("enforced", 0),
        of.get("lag_median"),
        of.get("lag_p99"),
        of.get("lag_longest"),
        of.get("missed", 0),
    )


def _cohort(months: Months, month: Month, of: Counts) -> Cohort:
    """Return a cohort up to the last month that is over."""
    last = months.last if months.is_over(months.last) else months.last.plus(-1)
    distances = range(1, month.until(last) + 1)
    kept = tuple(of.get(f"kept_{n}", 0) for n in distances)
    return Cohort(month, of.get("began", 0), kept)


def _money(of: Counts, metric: str) -> Satang:
    return Satang(of.get(metric, 0))
