"""The figures as the database counts them: a tenant's own, or each tenant's.

The counting is SQL (``migrations/versions/0012_figures.py``), since operators may see
sums and no row that they were made of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
    Topups,
)
from abtpro_saas.ids import TenantId
from abtpro_saas.money import Satang

WHOLE = 0
"""In the place of a month's number: all months together."""


class Source(NamedTuple):
    """Where figures are asked for: functions of the same columns."""

    figures: str
    cohorts: str


OWN = Source("business_figures", "cohort_figures")
EVERYBODYS = Source("tenants_figures", "tenants_cohorts")

Counts = Mapping[str, int]


class _Found(NamedTuple):
    """What is known of one tenant: by month and metric, and by month and distance."""

    counts: defaultdict[int, dict[str, int]]
    cohorts: defaultdict[int, dict[int, int]]


def read_figures(session: Session, tenant_id: TenantId, months: Months) -> Figures:
    """Return a tenant's figures of ``months``, in a transaction that sees it."""
    return _read(session, OWN, [tenant_id], months)[tenant_id]


def read_tenants(
    session: Session, tenant_ids: Sequence[TenantId], months: Months
) -> dict[TenantId, Figures]:
    """Return the figures of each of these tenants, asked as the operators' role."""
    return _read(session, EVERYBODYS, tenant_ids, months)


def _read(
    session: Session, source: Source, tenant_ids: Sequence[TenantId], months: Months
) -> dict[TenantId, Figures]:
    values = {
        "chosen": [str(each) for each in tenant_ids],
        "bounds": months.bounds,
        "at": months.at,
    }
    found = {each: _Found(defaultdict(dict), defaultdict(dict)) for each in tenant_ids}
    figures = text(
        "SELECT tenant_id, month, metric, figure FROM"
        f" {source.figures}(cast(:chosen AS uuid[]), :bounds, :at)"
    )
    for tenant_id, month, metric, figure in session.execute(figures, values):
        found[tenant_id].counts[month][metric] = figure
    cohorts = text(
        "SELECT tenant_id, month, after, users FROM"
        f" {source.cohorts}(cast(:chosen AS uuid[]), :bounds)"
    )
    del values["at"]
    for tenant_id, month, after, users in session.execute(cohorts, values):
        found[tenant_id].cohorts[month][after] = users
    return {each: _figures(months, found[each]) for each in tenant_ids}


def _figures(months: Months, found: _Found) -> Figures:
    each = months.each
    return Figures(
        months,
        tuple(
            _line(month, found.counts[n], is_over=months.is_over(month))
            for n, month in enumerate(each, 1)
        ),
        tuple(
            _cohort(months, month, found.cohorts[n]) for n, month in enumerate(each, 1)
        ),
        _enforcement(found.counts[WHOLE]),
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
        Topups(of.get("topups", 0), of.get("topups_paid", 0)),
        Renewals(of.get("due", 0), of.get("renewed", 0), of.get("waiting", 0)),
        Revenue(
            _money(of, "invoiced"),
            _money(of, "credited"),
            _money(of, "revenue"),
            _money(of, "vat"),
        ),
        _enforcement(of),
    )


def _enforcement(of: Counts) -> Enforcement:
    return Enforcement(
        of.get("enforced", 0),
        of.get("lag_median"),
        of.get("lag_p99"),
        of.get("lag_longest"),
        of.get("missed", 0),
    )


def _cohort(months: Months, month: Month, of: Mapping[int, int]) -> Cohort:
    """Return a cohort up to the last month that is over."""
    last = months.last if months.is_over(months.last) else months.last.plus(-1)
    distances = range(1, month.until(last) + 1)
    return Cohort(month, of.get(0, 0), tuple(of.get(n, 0) for n in distances))


def _money(of: Counts, metric: str) -> Satang:
    return Satang(of.get(metric, 0))
