"""The grade follows from the figures: what fails is first, and look-ahead is an F."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.canonical import canonical
from abtpro_saas.backtesting.robustness.checks.words import RULES, Verdict
from abtpro_saas.backtesting.robustness.grade import (
    CHECKS,
    LETTERS,
    TrialStats,
    grade_json,
)
from abtpro_saas.formats import NO_BREAK
from tests.backtesting.robustness.grades import ALONE, MANY, YEAR_S, graded, verdicts


def test_a_good_run_is_an_a_and_all_that_was_asked_passed():
    found = graded()

    assert (found.letter, found.score) == ("A", 100)
    assert set(verdicts(found).values()) == {Verdict.PASSED}


LEAK = {
    "foresight.broken": 3,
    "foresight.column": "enter",
    "foresight.time": 1_672_531_200_000,
}
CASES = [
    (LEAK, {}, "look_ahead", "FAILED", "F"),
    ({"foresight.failed": 40}, {}, "look_ahead", "UNKNOWN", "A"),
    ({"foresight.repeatable": False}, {}, "repeatable", "FAILED", "F"),
    ({}, {"liquidations": 1}, "liquidation", "FAILED", "D"),
    ({}, {"total_return": -1.0}, "profit", "FAILED", "D"),
    ({}, {"total_return": 0.0}, "profit", "FAILED", "D"),
    ({}, {"total_return": 30.0}, "profit", "WARNED", "A"),
    ({"days.sharpe": 0.05}, {}, "deflated_sharpe", "WARNED", "A"),
    ({"days.sharpe": 0.01}, {}, "deflated_sharpe", "FAILED", "C"),
    ({"days.sharpe": None}, {}, "deflated_sharpe", "UNKNOWN", "A"),
    (
        {},
        {"probabilistic_sharpe_ratio": 94.9},
        "probabilistic_sharpe",
        "WARNED",
        "A",
    ),
    ({}, {"probabilistic_sharpe_ratio": 80.0}, "probabilistic_sharpe", "FAILED", "C"),
    ({}, {"probabilistic_sharpe_ratio": None}, "probabilistic_sharpe", "UNKNOWN", "A"),
    (
        {"costs.returns": {"1": 9.0, "2": -1.0, "3": -9.0}},
        {},
        "costs_doubled",
        "FAILED",
        "C",
    ),
    (
        {"costs.returns": {"1": 9.0, "2": 1.0, "3": -9.0}},
        {},
        "costs_tripled",
        "WARNED",
        "A",
    ),
    ({"costs.paid_percent": None}, {"volume": 0.0}, "costs_doubled", "UNKNOWN", "A"),
    ({"history.bars": 200}, {}, "warm_up", "WARNED", "A"),
    ({"history.bars": 100}, {}, "warm_up", "FAILED", "D"),
    ({"history.needed": None}, {}, "warm_up", "WARNED", "A"),
    ({"history": None}, {}, "warm_up", "UNKNOWN", "A"),
    ({"history.failed": True}, {}, "warm_up", "UNKNOWN", "A"),
    ({"data.missing": 200}, {}, "data_quality", "WARNED", "A"),
    ({"data.missing": 2_000}, {}, "data_quality", "FAILED", "D"),
    ({"data.outliers": 1}, {}, "data_quality", "WARNED", "A"),
    ({"costs.assumed": True}, {}, "costs_given", "WARNED", "B"),
    ({"costs.break_even_percent": 0.15}, {}, "break_even", "WARNED", "A"),
    ({"costs.break_even_percent": 0.05}, {}, "break_even", "FAILED", "C"),
    ({"costs.break_even_percent": -0.4}, {}, "break_even", "FAILED", "C"),
    ({"costs.break_even_percent": None}, {}, "break_even", "UNKNOWN", "A"),
    ({}, {"total_trades": 29}, "trades", "WARNED", "A"),
    ({}, {"total_trades": 9}, "trades", "FAILED", "C"),
    ({}, {"total_trades": None}, "trades", "FAILED", "C"),
    ({}, {"length": YEAR_S / 2}, "sample_length", "WARNED", "A"),
    ({}, {"length": YEAR_S / 9}, "sample_length", "FAILED", "C"),
    ({}, {"profit_to_drawdown": 1.5}, "drawdown", "WARNED", "A"),
    ({}, {"profit_to_drawdown": 0.5}, "drawdown", "FAILED", "C"),
    ({}, {"profit_to_drawdown": None}, "drawdown", "UNKNOWN", "A"),
    ({"concentration.best_trade": 0.4}, {}, "best_trade", "WARNED", "A"),
    ({"concentration.best_trade": 0.6}, {}, "best_trade", "FAILED", "C"),
    ({"concentration.best_trade": None}, {}, "best_trade", "UNKNOWN", "A"),
    ({"concentration.best_month": 0.7}, {}, "best_month", "WARNED", "A"),
    ({"concentration.best_month": 1.2}, {}, "best_month", "FAILED", "C"),
    ({"concentration.best_month": None}, {}, "best_month", "UNKNOWN", "A"),
    ({"inside.trail": 0.4}, {}, "trailing_stop", "WARNED", "B"),
    ({"inside.trail": 1.4}, {}, "trailing_stop", "PASSED", "A"),
    ({"inside.unclear": 20}, {}, "within_candles", "WARNED", "A"),
    ({"inside.unclear": 2}, {}, "within_candles", "PASSED", "A"),
    ({"setup.fill_at": "close"}, {}, "fill_price", "WARNED", "B"),
    (
        {"concentration.open_trades": 1, "concentration.open_share": 0.5},
        {},
        "open_at_end",
        "WARNED",
        "A",
    ),
    (
        {"concentration.open_trades": 1, "concentration.open_share": 0.1},
        {},
        "open_at_end",
        "PASSED",
        "A",
    ),
    (
        {"concentration.open_trades": 1, "concentration.open_share": None},
        {},
        "open_at_end",
        "WARNED",
        "A",
    ),
    ({"setup.funding": True}, {"funding": 12.5}, "funding", "PASSED", "A"),
    ({"setup.funding": True}, {"funding": None}, "funding", "UNKNOWN", "A"),
    ({"rejected": 30}, {}, "rejected", "WARNED", "A"),
    ({"rejected": 1}, {}, "rejected", "PASSED", "A"),
    ({"data.symbols": 5}, {}, "universe", "UNKNOWN", "A"),
]


@pytest.mark.parametrize(("change", "metrics", "code", "verdict", "best"), CASES)
def test_each_check_says_what_its_figures_say(change, metrics, code, verdict, best):
    found = graded(change, metrics)

    assert verdicts(found)[code] == verdict
    assert found.letter >= best  # letters: the later, the worse
    if verdict == "PASSED":
        assert found.letter == "A"


def test_a_loss_before_costs_breaks_even_at_none():
    found = graded({"costs.break_even_percent": -0.376})
    told = next(each.text for each in found.checks if each.code == "break_even")

    assert told.en.startswith("There is no profit at any cost")
    assert "0.376" not in told.en + told.th


def test_every_check_has_a_case_and_a_rule():
    assert {code for *_, code, _, _ in CASES} | {"simulated", "provenance"} == set(
        RULES
    )
    assert len(CHECKS) == len(RULES)
    weights = [rule.weight for rule in RULES.values()]
    assert weights == sorted(weights, reverse=True)


def test_who_knows_the_future_has_an_f_whatever_else():
    found = graded(LEAK)

    assert found.letter == "F"
    assert found.score < LETTERS["E"]
    assert found.checks[0].code == "look_ahead"
    told = found.checks[0].text
    assert "enter at 1 Jan 2023 07:00 (Bangkok)" in told.en.replace(NO_BREAK, " ")
    assert "1 ม.ค. 2566 07:00 (กรุงเทพฯ)" in told.th.replace(NO_BREAK, " ")


def test_what_fails_is_first_and_the_heavier_before_the_lighter():
    bad = {"total_trades": 3, "liquidations": 2, "profit_to_drawdown": None}
    found = graded({"concentration.best_month": 3.0}, bad)
    order = [each.verdict for each in found.checks]

    assert order == sorted(order, key=list(Verdict).index)
    failing = [each.code for each in found.checks if each.verdict == Verdict.FAILED]
    assert failing == ["liquidation", "trades", "best_month"]


def test_nobody_knows_where_candles_of_a_file_are_from():
    found = graded(brought=True)

    assert verdicts(found)["provenance"] == Verdict.UNKNOWN
    assert found.score < graded().score
    assert "provenance" not in verdicts(graded())


def test_simulated_candles_are_no_market():
    found = graded(simulated=True)

    assert verdicts(found)["simulated"] == Verdict.WARNED
    assert (found.letter, found.score) == ("B", 89)
    assert "simulated" not in verdicts(graded())


def test_the_same_run_is_worth_less_after_many_trials():
    alone, after = graded(), graded(trials=MANY)

    assert alone.deflated_sharpe_ratio > 0.95 > after.deflated_sharpe_ratio
    assert verdicts(after)["deflated_sharpe"] == Verdict.FAILED
    assert after.letter == "C"
    assert "500" in after.checks[0].text.en


def test_trials_of_which_no_spread_is_known_are_no_proof():
    found = graded(trials=TrialStats(7, 1, 0.1, 0.01))

    assert verdicts(found)["deflated_sharpe"] == Verdict.UNKNOWN


def test_points_are_taken_as_the_page_says():
    """4 for each weight of a failure, 2 of a warning, and no letter above a cap."""
    assert graded(metrics={"total_trades": 29}).score == 96
    assert graded(metrics={"length": YEAR_S / 9}).score == 79  # 92, and C at best
    both = {"total_return": 1.0, "profit_to_drawdown": 0.1, "total_trades": 1}
    assert graded(metrics=both).score == 100 - 6 - 8 - 8


@given(
    st.lists(st.sampled_from(CASES), max_size=8),
    st.sampled_from(CASES),
)
def test_nothing_bad_makes_a_grade_better(cases, one):
    change, metrics = {}, {}
    for room, figures, *_ in cases:
        change |= room
        metrics |= figures
    before = graded(change, metrics)
    after = graded(change | one[0], metrics | one[1])
    order = list(Verdict)[::-1]

    was, now = verdicts(before), verdicts(after)
    if all(
        order.index(now[code]) >= order.index(was.get(code, Verdict.PASSED))
        for code in now
    ):
        assert after.score <= before.score
        assert after.letter >= before.letter


@pytest.mark.parametrize(("change", "metrics", "code", "verdict", "best"), CASES)
def test_words_are_in_both_languages_and_have_the_same_figures(
    change, metrics, code, verdict, best
):
    for each in graded(change, metrics).checks:
        assert re.search("[\u0e00-\u0e7f]", each.text.th)
        assert not re.search("[\u0e00-\u0e7f]", each.text.en)
        assert each.text.en.endswith(".")
        assert figures(each.text.en) <= figures(each.text.th) | {"1", "2023"}
        assert "None" not in each.text.en + each.text.th


@pytest.mark.parametrize(
    ("share", "verdict", "words"),
    [
        (0.031, "PASSED", "They make 3.10% of the profit; up to 20.00% is little."),
        (-0.3, "WARNED", "They make \N{MINUS SIGN}30.00% of the profit"),
        (None, "WARNED", "There is no profit to compare them with."),
    ],
)
def test_title_verdict_and_words_of_an_open_position_agree(share, verdict, words):
    change = {"concentration.open_trades": 1, "concentration.open_share": share}
    (told,) = [each for each in graded(change).checks if each.code == "open_at_end"]

    assert told.verdict == verdict
    assert told.text.en.startswith("Positions open at the end: 1, counted at the last")
    assert words in told.text.en
    assert "closed" not in RULES["open_at_end"].title.en


def test_percentages_are_rounded_as_metrics_are_and_never_cut():
    change = {"concentration.best_trade": 0.436_96, "days.sharpe": 0.05}
    metrics = {"total_return": 12.345_6, "probabilistic_sharpe_ratio": 82.896}
    found = {each.code: each.text.en for each in graded(change, metrics).checks}

    assert "It returned 12.35%; who bought and held had 40.00%." in found["profit"]
    assert "82.90%" in found["probabilistic_sharpe"]
    assert "made 43.70% of the profit" in found["best_trade"]
    luck = 100 * graded(change, metrics).deflated_sharpe_ratio
    assert f"{luck:.2f}%" in found["deflated_sharpe"]
    assert not [text for text in found.values() if " %" in text]


def figures(text):
    return set(re.findall(r"\d[\d,.:]*\d|\d", text))


def test_a_grade_is_ready_for_json_and_the_same_bytes():
    found = grade_json(graded(LEAK), ALONE)

    assert canonical(found) == canonical(grade_json(graded(LEAK), ALONE))
    assert list(found) == [
        "grade",
        "score",
        "trials",
        "deflated_sharpe_ratio",
        "checks",
    ]
    assert found["checks"][0]["title"] == {
        "en": "No look-ahead",
        "th": "ไม่ใช้ข้อมูลอนาคต",
    }
    assert list(found["checks"][0]) == ["code", "verdict", "title", "text"]


def test_with_finer_candles_both_results_are_shown():
    found = graded(
        {"inside.trail": 0.3, "inside.coarse": 19_000.0, "setup.detail": "1m"}
    )
    words = {each.code: each.text for each in found.checks}

    for code in ("trailing_stop", "within_candles"):
        assert "16,000.00" in words[code].en
        assert "19,000.00" in words[code].th
