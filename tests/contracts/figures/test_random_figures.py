"""Figures of random lives, against the same figures counted slowly."""

from datetime import UTC, datetime

import pytest

from abtpro_saas.contracts.figures.months import asked_months
from abtpro_saas.contracts.figures.reading import read_figures
from tests.contracts.figures.lives import Lives
from tests.contracts.figures.reference import Reference

BEGIN = datetime(2026, 1, 9, 5, tzinfo=UTC)


@pytest.fixture
def lived(new_renter, campaign):
    """Some renters, a year of whose lives has passed; the diary of it."""
    renters = [new_renter(900_000) for _ in range(campaign.length(9, 30))]
    renters[0].office.register(BEGIN)
    lives = Lives(renters, campaign.random, BEGIN)
    end = datetime(2026, 12, 20, 5, tzinfo=UTC)
    while lives.now < end:
        lives.step()
        lives.pass_time(campaign.length(36, 10))
    return lives


@pytest.fixture
def figures(lived):
    months = asked_months("2026-01", "2026-12", lived.now)
    return lived.renters[0].office.run(read_figures, months)


@pytest.fixture
def reference(lived, figures):
    return Reference(lived.renters[0].office, figures.months, lived.diary)


def test_a_year_of_random_lives_counts_as_it_was(figures, reference, subtests):
    for line, cohort in zip(figures.lines, figures.cohorts, strict=True):
        with subtests.test(month=str(line.month)):
            assert line.mrr.opening + line.mrr.change == line.mrr.closing
            if line.is_over:
                assert line.mrr == reference.mrr(line.month)
                assert line.with_access == len(reference.diary[line.month])
                assert line.paying == reference.paying(line.month)
            assert line.renewals == reference.renewals(line.month)
            assert (cohort.size, cohort.kept) == reference.cohort(line.month)
            assert money(line.revenue) == reference.revenue(line.month)
            assert line.revenue.agrees
            short = line.short.periods, line.short.paid
            assert short == reference.short(line.month)
            assert lag(line.enforcement) == reference.lags(line.month)
    assert lag(figures.enforcement) == reference.lags()
    assert figures.renewals.due > figures.renewals.renewed > 0
    assert figures.revenue.credited > 0


def money(of):
    return of.invoiced, of.credited, of.vat


def lag(of):
    return of.measured, of.median_ms, of.p99_ms, of.longest_ms
