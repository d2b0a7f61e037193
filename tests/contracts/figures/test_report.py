from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, lists, tuples

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
    share_bps,
)
from tests.conftest import NOON

SATANG = integers(0, 10**12)
COUNT = integers(0, 10**6)


@pytest.mark.parametrize(
    ("part", "whole", "bps"),
    [(1, 3, 3333), (2, 3, 6667), (1, 20_000, 1), (0, 5, 0), (5, 5, 10_000)],
)
def test_shares_round_half_up(part, whole, bps):
    assert share_bps(part, whole) == bps


def test_of_nothing_there_is_no_share():
    assert share_bps(0, 0) is None
    assert Topups(0, 0).rate_bps is None
    assert Topups(2, 0, 2).rate_bps is None
    assert Renewals(2, 0, 2).rate_bps is None


@given(COUNT, COUNT)
def test_a_share_is_within_half_a_basis_point(part, more):
    whole = part + more
    if whole:
        off = Fraction(part * 10_000, whole) - share_bps(part, whole)
        assert Fraction(-1, 2) <= off < Fraction(1, 2)


def test_what_is_still_in_grace_is_not_counted_against_renewal():
    renewals = Renewals(due=10, renewed=6, waiting=2)

    assert (renewals.lapsed, renewals.rate_bps) == (2, 7500)


def test_what_can_still_be_paid_is_not_counted_against_top_ups():
    assert Topups(created=5, paid=3, waiting=1).rate_bps == 7500


def test_what_is_kept_of_a_cohort():
    assert Cohort(Month(2026, 1), 8, (8, 6, 1)).kept_bps == (10_000, 7500, 1250)
    assert Cohort(Month(2026, 1), 0, (0,)).kept_bps == (None,)


def test_ledger_and_documents_agree_or_not():
    assert Revenue(1000, 300, 700, 49).agrees
    assert not Revenue(1000, 300, 701, 49).agrees


def line(of):
    """Return a month whose closing follows from its movements."""
    opening, new, back, more, less, gone = of
    closing = opening + new + back + more - less - gone
    mrr = Mrr(opening, new, back, more, less, gone, closing)
    topups, renewals = Topups(new, back, more), Renewals(new, back, 0)
    revenue, short = Revenue(new, back, more, less), ShortPeriods(new, back)
    counts = topups, renewals, revenue, Enforcement(), short
    return MonthFigures(Month(2026, 1), True, mrr, 1, 1, *counts)


@given(lists(builds(line, tuples(*[SATANG] * 6)), min_size=1, max_size=6))
def test_months_add_up(lines):
    whole = Figures(
        Months(Month(2026, 1), Month(2026, 1), NOON), tuple(lines), (), Enforcement()
    )

    assert whole.mrr.opening == lines[0].mrr.opening
    assert whole.mrr.closing == lines[-1].mrr.closing
    assert whole.mrr.change == sum(each.mrr.change for each in lines)
    assert whole.topups.created == sum(each.topups.created for each in lines)
    assert whole.topups.waiting == sum(each.topups.waiting for each in lines)
    assert whole.short.paid == sum(each.short.paid for each in lines)
    assert whole.renewals.lapsed == sum(each.renewals.lapsed for each in lines)
    assert whole.revenue.net == sum(each.revenue.net for each in lines)
