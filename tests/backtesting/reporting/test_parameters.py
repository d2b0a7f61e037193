"""Parameters of a run in words, in the order in which a strategy declares them."""

import pytest

from abtpro_saas.backtesting.reporting.parameters import parameters_of


@pytest.mark.parametrize(
    ("locale", "titles"),
    [
        ("en", ["Fast average", "Slow average", "Stop loss"]),
        ("th", ["เส้นค่าเฉลี่ยเร็ว", "เส้นค่าเฉลี่ยช้า", "จุดตัดขาดทุน"]),
    ],
)
def test_parameters_have_titles_in_the_readers_language(locale, titles):
    given = {"stop_loss": 0.02, "slow": 50, "fast": 20}

    found = dict(parameters_of("SMA_CROSS", given, locale))

    assert list(found) == titles
    assert list(found.values()) == ["20", "50", "2%"]


def test_a_choice_is_told_in_words():
    given = {"when": "reach", "rsi_period": 14}

    (period, when) = parameters_of("RSI_CROSS", given, "en")

    assert period == ("RSI period", "14")
    assert when[0] == "Which crossing"
    assert when[1] != "reach"


def test_a_strategy_that_is_gone_leaves_names():
    assert list(parameters_of("GONE", {"speed": 3}, "th")) == [("speed", "3")]
