"""Amounts and instants: exact in, exact out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis.strategies import datetimes, integers, text, timezones
from marshmallow import ValidationError

from abtpro_saas.blueprints.http.bodies import read_json
from abtpro_saas.blueprints.http.fields import Baht, StrictSchema, Utc
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


@given(datetimes(timezones=timezones(), min_value=datetime(1900, 1, 1)))  # noqa: DTZ001 - hypothesis adds the zone
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
        "tomorrow",
        "",
    ],
)
def test_what_is_no_instant_is_refused(sent):
    with pytest.raises(ValidationError):
        BOTH.load({"at": sent})


def test_nothing_stays_nothing():
    assert BOTH.dump({"amount": None, "at": None}) == {"amount": None, "at": None}
