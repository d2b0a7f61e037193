"""The page on trust says what the code does."""

from pathlib import Path

import pytest

from abtpro_saas.backtesting.robustness.checks.words import RULES, Verdict
from abtpro_saas.backtesting.robustness.grade import LETTERS, TAKEN
from tests.backtesting.robustness.biased import ADDED, SIGNALS, WEIGHTS
from tests.backtesting.robustness.test_leaks import CLEAN

PAGE = (Path(__file__).parents[3] / "docs" / "trust.md").read_text(encoding="utf-8")
ROWS = {
    row.split("|")[1].strip(" `"): [cell.strip() for cell in row.split("|")[1:-1]]
    for row in PAGE.splitlines()
    if row.startswith("| `")
}


def test_every_check_has_a_row_in_the_order_of_the_table():
    assert list(ROWS) == list(RULES)


@pytest.mark.parametrize("code", list(RULES))
def test_a_row_has_the_title_the_weight_and_the_caps(code):
    rule = RULES[code]
    _, title, weight, cap, fails, *_ = ROWS[code]

    assert title == f"{rule.title.en}<br>{rule.title.th}"
    assert weight == str(rule.weight)
    assert fails == "-" or cap.startswith(rule.cap)
    assert (rule.warned_cap == "A") == ("warned" not in cap)


def test_the_page_says_what_points_are_taken_and_what_letters_need():
    for letter, least in LETTERS.items():
        assert letter == "F" or f"{letter} from {least}" in PAGE
    assert f"takes {TAKEN[Verdict.FAILED]} for each of its weight" in PAGE
    assert TAKEN[Verdict.WARNED] == TAKEN[Verdict.UNKNOWN] == 2


def test_the_page_counts_what_was_planted():
    assert f"hold {len(SIGNALS) + len(ADDED) + len(WEIGHTS)}\nplanted" in PAGE
    assert f"against {len(CLEAN)} clean settings" in PAGE
