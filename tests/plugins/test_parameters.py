"""Parameters are read as they are declared, or refused by name."""

from math import inf, nan

import numpy as np
import pytest

from abtpro_saas.plugins.api.parameters import (
    Choice,
    Integer,
    Number,
    ParameterError,
    Text,
    read_values,
    title_of,
)
from abtpro_saas.plugins.api.risk import RISK, stops

WORDS = Text("words", "คำ")
DECLARED = (
    Integer("period", 14, 2, 50, WORDS, also=("window",)),
    Number("factor", 1.5, 0.0, 3.0, WORDS),
    Choice("side", "long", {"long": WORDS, "both": WORDS}, WORDS),
)
DEFAULTS = {"period": 14, "factor": 1.5, "side": "long"}


def test_what_is_not_given_has_its_default():
    assert read_values(DECLARED, {}) == DEFAULTS


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"period": 20}, {"period": 20}),
        ({"period": 20.0}, {"period": 20}),
        ({"window": 2}, {"period": 2}),
        ({"factor": 0}, {"factor": 0.0}),
        ({"factor": 3.0, "side": "both"}, {"factor": 3.0, "side": "both"}),
    ],
)
def test_what_is_given_is_read(given, read):
    values = read_values(DECLARED, given)

    assert values == {**DEFAULTS, **read}
    assert {type(values["period"]), type(values["factor"])} == {int, float}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("period", value) for value in (1, 51, 2.5, "14", True, None, nan, inf, [])),
        *(("factor", value) for value in (-0.1, 3.1, "1", False, None, nan, inf)),
        *((name, sign * 10**400) for name in ("period", "factor") for sign in (1, -1)),
        *(("side", value) for value in ("short", "", 1, None)),
    ],
)
def test_what_does_not_fit_is_refused_by_name(name, value):
    with pytest.raises(ParameterError) as refused:
        read_values(DECLARED, {name: value})

    assert refused.value.name == name


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(ParameterError, match="period, factor, side") as refused:
        read_values(DECLARED, {"perod": 14})

    assert refused.value.name == "perod"


def test_a_parameter_given_by_two_names_is_refused():
    with pytest.raises(ParameterError, match="twice"):
        read_values(DECLARED, {"period": 14, "window": 14})


def test_a_stop_of_nothing_is_none():
    values = read_values(RISK, {"take_profit": 0.1})
    asked = stops(values, 3)

    assert asked["stop_loss"] is None
    assert asked["trailing"] is None
    assert np.array_equal(asked["take_profit"], [0.1, 0.1, 0.1])


def test_a_parameter_without_a_title_is_called_by_its_name():
    assert title_of(Integer("exit_after", 3, 1, 9, WORDS)).en == "Exit after"
    titled = Integer("exit_after", 3, 1, 9, WORDS, title=Text("Exit", "ออก"))
    assert title_of(titled) == ("Exit", "ออก")
