"""The catalogue: complete, in both languages, and the same in code and docs."""

import subprocess
import sys
from pathlib import Path

import pytest

from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import GROUPS, UNITS, Group, Unit
from abtpro_saas.performance.page import describe
from abtpro_saas.performance.undefined import WORDS, Why

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"

VERSION_1 = {
    "initial_capital",
    "final_capital",
    "total_return",
    "total_trades",
    "winning_trades",
    "losing_trades",
    "win_rate",
    "max_drawdown",
    "sharpe_ratio",
    "profit_factor",
    "gross_profit",
    "gross_loss",
}


def is_thai(text):
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=lambda metric: metric.key)
def test_each_metric_is_defined_in_both_languages(metric):
    assert metric.title.en
    assert metric.title.th
    assert metric.definition.en.endswith(".")
    assert is_thai(metric.definition.th)
    assert not is_thai(metric.title.en + metric.definition.en)
    assert metric.source


def test_no_key_is_taken_twice():
    assert all(key == metric.key for key, metric in CATALOGUE.items())
    titles = [metric.title for metric in CATALOGUE.values()]
    assert len(set(titles)) == len(titles)
    definitions = [metric.definition for metric in CATALOGUE.values()]
    assert len(set(definitions)) == len(definitions)


def test_it_holds_what_version_1_told():
    assert CATALOGUE.keys() >= VERSION_1


def test_every_reason_unit_and_group_has_words():
    for words, all_of in ((WORDS, Why), (UNITS, Unit), (GROUPS, Group)):
        assert set(words) == set(all_of)
        assert all(each.en and is_thai(each.th) for each in words.values())


def test_groups_stand_together():
    groups = [metric.group for metric in CATALOGUE.values()]

    changes = [
        now
        for before, now in zip([None, *groups], groups, strict=False)
        if now is not before
    ]
    assert changes == list(Group)


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == describe()


def run(*statements):
    """Return what a fresh interpreter prints; the statements must succeed."""
    command = [sys.executable, "-c", "; ".join(statements)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


def test_words_are_shown_without_loading_compiled_code():
    told = run(
        "import sys, abtpro_saas.performance.definitions",
        "print('numba' in sys.modules)",
    )

    assert told == "False"


def test_measuring_needs_no_other_library():
    told = run(
        "import sys",
        "sys.modules.update(dict.fromkeys(('scipy', 'pandas', 'empyrical')))",
        "import abtpro_saas.performance.metrics",
        "print('measured')",
    )

    assert told == "measured"
