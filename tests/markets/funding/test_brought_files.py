"""Files of funding that are brought, and what becomes of their dirt."""

from datetime import timedelta

import pytest

from abtpro_saas.markets.funding.rates import fingerprint, merged
from abtpro_saas.markets.imports.ordering import SpanError
from tests.markets.funding.conftest import csv_of, made, rows
from tests.markets.importing import BEGIN


def test_a_file_becomes_a_history_and_its_dirt_is_named(desk):
    dirty = made(20)
    dirty.rate[7] = 9.0
    dirty.mark[10] = -1.0

    row = desk.finish(desk.bring(csv_of(dirty).encode()))

    series, rates = desk.kept(exchange="mine")
    assert (row.status, row.rows, row.quarantined) == ("COMPLETED", 18, 2)
    assert row.findings["reasons"] == {"not_positive": 1, "rate_too_large": 1}
    assert [each["row"] for each in series.passport["quarantine"]] == [8, 11]
    assert rates == [r for n, r in enumerate(rows(dirty)) if n not in {7, 10}]
    assert (series.passport["missing"], series.simulated) == (2, False)
    assert series.passport["source"] == "A file that was brought"
    assert desk.left() == []


def test_a_mark_that_is_not_known_is_not_told_as_a_number(desk):
    dirty = made(20)
    dirty.rate[[7, 9]] = 9.0
    dirty.mark[7], dirty.mark[9] = float("nan"), 5.0

    row = desk.finish(desk.bring(csv_of(dirty).encode()))

    told = [each["found"] for each in row.findings["quarantine"]]
    assert told == ["rate 9", "rate 9, mark 5"]


def test_another_file_extends_and_corrects_the_history(desk):
    first, second = made(20), made(20, start=made(20).time[15], seed=2)
    second.mark[:2] = first.mark[15:17]
    second.rate[:2] = first.rate[15:17]
    desk.finish(desk.bring(csv_of(first).encode()))
    before, _ = desk.kept(exchange="mine")

    desk.finish(desk.bring(csv_of(second).encode()))

    after, rates = desk.kept(exchange="mine")
    assert rates == rows(merged(first, second))
    assert (after.series_id, after.rows) == (before.series_id, 35)
    assert after.passport["replaced"] == 3
    assert after.fingerprint == fingerprint(merged(first, second))
    assert after.location != before.location


def test_the_same_again_keeps_the_fingerprint(desk):
    raw = csv_of(made(20)).encode()
    desk.finish(desk.bring(raw))
    before, _ = desk.kept(exchange="mine")

    desk.finish(desk.bring(raw))

    after, _ = desk.kept(exchange="mine")
    assert after.fingerprint == before.fingerprint
    assert after.passport["replaced"] == 0


@pytest.mark.parametrize(
    ("raw", "code", "told"),
    [
        (b"timestamp,open\n1,2\n", "unreadable_file", "no column rate"),
        (b"timestamp,rate\n2023-01-01,50\n", "nothing_imported", "1 rate_too_large"),
        (b"timestamp,rate\n2099-01-01,0.1\n", "nothing_imported", "1 to_come"),
    ],
)
def test_a_file_without_funding_fails_with_words(desk, raw, code, told):
    row = desk.finish(desk.bring(raw))

    assert (row.status, row.error_code) == ("FAILED", code)
    assert told in row.error
    assert desk.left() == []


def test_a_file_of_candles_is_no_file_of_funding(desk):
    raw = csv_of(made(5)).encode()

    row = desk.finish(desk.bring(raw, timeframe="1h"))

    assert (row.status, row.error_code) == ("FAILED", "unreadable_file")


def test_a_file_of_funding_covers_nothing_but_its_rows(desk):
    with pytest.raises(SpanError, match="files of trades") as refused:
        desk.bring(csv_of(made(5)).encode(), (BEGIN, BEGIN + timedelta(days=1)))

    assert refused.value.field == "start"
