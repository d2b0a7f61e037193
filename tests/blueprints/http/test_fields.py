"""Amounts and instants: exact in, exact out."""

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis.strategies import data, datetimes, from_regex, integers, text, timezones
from marshmallow import ValidationError
from marshmallow.fields import Integer, List, Nested, String
from marshmallow.validate import Regexp

from abtpro_saas import blueprints
from abtpro_saas.blueprints.http.bodies import read_json
from abtpro_saas.blueprints.http.fields import Baht, JsonNumber, StrictSchema, Utc
from abtpro_saas.money import LARGEST


class Both(StrictSchema):
    amount = Baht()
    at = Utc()


BOTH = Both()


def read(text):
    return BOTH.load(read_json(text.encode()))


@given(integers(0, LARGEST))
def test_an_amount_reads_back_as_it_was_written(satang):
    written = BOTH.dump({"amount": satang})

    assert BOTH.load(written) == {"amount": satang}


@given(integers(0, 10**11))
def test_a_number_means_what_the_same_string_means(satang):
    digits = BOTH.dump({"amount": satang})["amount"]

    assert read(f'{{"amount": {digits}}}') == {"amount": satang}


@pytest.mark.parametrize(
    "sent",
    [
        '"1,000"',
        '" 1"',
        '"1 "',
        '"+1"',
        '"-1"',
        '"1e2"',
        '"1."',
        '".5"',
        '"1.505"',
        '"๑๐๐"',
        '"\uff11\uff10\uff10"',
        '"0x10"',
        '""',
        '"NaN"',
        "1e2",
        "1E2",
        "1.5e1",
        "100e-2",
        "1.505",
        "1.500",
        "-1",
        "-0.01",
        "true",
        "null",
        "[]",
        "{}",
        "92233720368547758.08",
    ],
)
def test_what_is_no_amount_is_refused_by_its_field(sent):
    with pytest.raises(ValidationError) as refused:
        read(f'{{"amount": {sent}}}')

    assert list(refused.value.messages) == ["amount"]


@given(text())
def test_any_text_is_an_amount_or_refused(sent):
    try:
        assert BOTH.load({"amount": sent})["amount"] >= 0
    except ValidationError as refused:
        assert list(refused.messages) == ["amount"]  # noqa: PT017 - either is right


@given(datetimes(datetime(1900, 1, 1), datetime(9999, 1, 1), timezones=timezones()))  # noqa: DTZ001 - hypothesis adds the zone
def test_an_instant_reads_back_as_it_was_written(instant):
    written = BOTH.dump({"at": instant})

    assert written["at"].endswith("Z")
    assert BOTH.load(written)["at"] == instant.astimezone(UTC)


def test_an_instant_is_utc_whatever_its_offset():
    bangkok = timezone(timedelta(hours=7))
    at = read('{"at": "2026-11-22T12:00:00+07:00"}')["at"]

    assert at == datetime(2026, 11, 22, 12, tzinfo=bangkok)
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "sent",
    [
        "2026-11-22",
        "2026-11-22T05:00:00",
        "2026-W47-7T05:00:00Z",
        "20261122T050000Z",
        "2026-02-30T05:00:00Z",
        "2026-11-22T25:00:00Z",
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59Z",
        "tomorrow",
        "",
    ],
)
def test_what_is_no_instant_is_refused(sent):
    with pytest.raises(ValidationError):
        BOTH.load({"at": sent})


def test_nothing_stays_nothing():
    assert BOTH.dump({"amount": None, "at": None}) == {"amount": None, "at": None}


def schemas():
    """Return every schema of ours."""
    for module in pkgutil.walk_packages(blueprints.__path__, "abtpro_saas.blueprints."):
        importlib.import_module(module.name)
    waiting = StrictSchema.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("abtpro_saas."):
            yield kind


def request_schemas():
    """Return the schema of every body that we take."""
    return (kind for kind in schemas() if kind.__name__.endswith("In"))


def leaves(field):
    """Return the fields that hold one value each: of a list, those of its items."""
    if isinstance(field, List):
        return leaves(field.inner)
    if isinstance(field, Nested):
        return [leaf for each in field.schema.fields.values() for leaf in leaves(each)]
    return [field]


def takes(field, value):
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


def taken(kind, values):
    return [
        (schema.__name__, name, value)
        for schema in request_schemas()
        for name, field in schema().fields.items()
        for leaf in leaves(field)
        if isinstance(leaf, kind)
        for value in values
        if takes(leaf, value)
    ]


def test_no_text_is_given_as_a_number_or_a_truth():
    assert taken(String, [764, 0, True, False, JsonNumber("1.5"), [], {}]) == []
    assert ("TopupIn", "currency", "THB") in taken(String, ["THB"])


def test_no_whole_number_is_rounded_from_another():
    assert taken(Integer, [JsonNumber("1.5"), 1.5, True]) == []


def shapes():
    """Return every regular expression that a field of ours is held against."""
    return {
        f"{kind.__name__}.{name}": check
        for kind in schemas()
        for name, field in kind().fields.items()
        for leaf in leaves(field)
        for check in leaf.validators
        if isinstance(check, Regexp)
    }


SHAPES = shapes()


def test_the_shapes_of_fields_are_found():
    assert "GatewayIn.merchant_id" in SHAPES


@pytest.mark.parametrize("name", sorted(SHAPES))
@given(data())
def test_no_shape_lets_a_line_feed_follow(name, drawn):
    shape = SHAPES[name]
    fitting = drawn.draw(from_regex(shape.regex)).rstrip("\n")

    assert shape(fitting) == fitting
    with pytest.raises(ValidationError):
        shape(fitting + "\n")
