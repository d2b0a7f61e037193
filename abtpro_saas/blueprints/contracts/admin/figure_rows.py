"""How business figures are written: as the API's members, and as rows of CSV."""

from collections.abc import Iterator
from typing import Any

from abtpro_saas.contracts.figures.report import (
    Cohort,
    Figures,
    MonthFigures,
    Renewals,
    Topups,
)
from abtpro_saas.money import THB, baht

COLUMNS = (
    "month",
    "is_over",
    "mrr_opening",
    "mrr_new",
    "mrr_reactivation",
    "mrr_expansion",
    "mrr_contraction",
    "mrr_churn",
    "mrr_closing",
    "renters_paying",
    "renters_with_access",
    "topups_created",
    "topups_paid",
    "topups_waiting",
    "topups_rate_bps",
    "renewals_due",
    "renewals_renewed",
    "renewals_lapsed",
    "renewals_waiting",
    "renewals_rate_bps",
    "revenue_invoiced",
    "revenue_credited",
    "revenue_net",
    "revenue_vat",
    "enforcement_measured",
    "enforcement_median_ms",
    "enforcement_p99_ms",
    "enforcement_longest_ms",
    "enforcement_missed",
    "short_periods",
    "short_paid",
    "cohort_size",
)
"""Those of each month; then follows how many of the month's newcomers were kept."""


def figures_answer(figures: Figures) -> dict[str, Any]:
    """Return what the API says of figures."""
    return {
        "since": str(figures.months.first),
        "until": str(figures.months.last),
        "as_of": figures.months.at,
        "currency": THB,
        "months": [_month(line) for line in figures.lines],
        "total": _parts(figures),
        "cohorts": [
            {
                "month": str(each.month),
                "size": each.size,
                "kept": each.kept,
                "kept_bps": each.kept_bps,
            }
            for each in figures.cohorts
        ],
    }


def _month(line: MonthFigures) -> dict[str, Any]:
    return {
        "month": str(line.month),
        "is_over": line.is_over,
        "renters": {"paying": line.paying, "with_access": line.with_access},
        **_parts(line),
    }


def _parts(of: MonthFigures | Figures) -> dict[str, Any]:
    return {
        "mrr": vars(of.mrr),
        "topups": _topups(of.topups),
        "renewals": _renewals(of.renewals),
        "revenue": {**vars(of.revenue), "agrees": of.revenue.agrees},
        "enforcement": vars(of.enforcement),
        "short": vars(of.short),
    }


def _topups(of: Topups) -> dict[str, Any]:
    return {**vars(of), "rate_bps": of.rate_bps}


def _renewals(of: Renewals) -> dict[str, Any]:
    return {**vars(of), "lapsed": of.lapsed, "rate_bps": of.rate_bps}


def csv_columns(months: int) -> tuple[str, ...]:
    """Return the columns of figures of so many months."""
    return (*COLUMNS, *(f"kept_{n}" for n in range(1, months)))


def csv_rows(figures: Figures) -> Iterator[tuple[object, ...]]:
    """Yield a row for each month, the earliest first; amounts in baht."""
    for line, cohort in zip(figures.lines, figures.cohorts, strict=True):
        yield (*_cells(line), *_kept(cohort, len(figures.lines)))


def _cells(line: MonthFigures) -> Iterator[object]:
    mrr, topups, renewals = line.mrr, line.topups, line.renewals
    revenue, late = line.revenue, line.enforcement
    yield from (str(line.month), str(line.is_over).lower())
    yield from map(baht, (mrr.opening, mrr.new, mrr.reactivation, mrr.expansion))
    yield from map(baht, (mrr.contraction, mrr.churn, mrr.closing))
    yield from (line.paying, line.with_access)
    yield from (topups.created, topups.paid, topups.waiting, topups.rate_bps)
    yield from (renewals.due, renewals.renewed, renewals.lapsed, renewals.waiting)
    yield renewals.rate_bps
    yield from map(baht, (revenue.invoiced, revenue.credited, revenue.net, revenue.vat))
    yield from (late.measured, late.median_ms, late.p99_ms, late.longest_ms)
    yield from (late.missed, line.short.periods, baht(line.short.paid))


def _kept(cohort: Cohort, months: int) -> Iterator[object]:
    """Yield the cohort's size and how many it kept; empty where it is too early."""
    yield cohort.size
    yield from cohort.kept
    yield from [None] * (months - 1 - len(cohort.kept))
