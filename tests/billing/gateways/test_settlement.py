"""The daily settlement file: taken whole or not at all."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.gateways.settlement import (
    HEADER,
    SettlementError,
    SettlementRow,
    parse_settlement,
)
from abtpro_saas.money import baht

DAY = date(2026, 11, 22)
ROW = "txn_1,REF1,1560.00,25.74,1.80,1532.46,2026-11-22T11:00:00+07:00,THB"
OTHER = "txn_2,REF2,100.00,0.00,0.00,100.00,2026-11-22T12:00:00Z,THB"
TOTAL = "TOTAL,2,1660.00,25.74,1.80,1632.46,,THB"
EMPTY = "TOTAL,0,0.00,0.00,0.00,0.00,,THB"


def parse(*lines, header=HEADER):
    text = "\r\n".join([",".join(header), *lines, ""])
    return parse_settlement(text.encode(), DAY)


def test_a_row_tells_fee_and_vat_on_it_apart():
    [row, _] = parse(ROW, OTHER, TOTAL).rows

    assert row == SettlementRow(
        "txn_1",
        "REF1",
        156_000,
        2_574,
        180,
        153_246,
        datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
    )


def test_the_sums_are_those_of_the_rows():
    read = parse(ROW, OTHER, TOTAL)

    assert (read.gross, read.fees, read.fee_vat, read.net) == (
        166_000,
        2_574,
        180,
        163_246,
    )


def test_a_day_without_payments_is_a_file_too():
    assert parse(EMPTY).rows == ()


def test_the_same_bytes_have_the_same_fingerprint():
    assert parse(EMPTY).fingerprint == parse(EMPTY).fingerprint
    assert parse(EMPTY).fingerprint != parse(ROW, OTHER, TOTAL).fingerprint


def test_a_payment_without_reference_is_kept():
    assert parse(ROW.replace("REF1", ""), OTHER, TOTAL).rows[0].reference == ""


@pytest.mark.parametrize(
    "lines",
    [
        (ROW, OTHER, TOTAL.replace("1660.00", "1660.01")),
        (ROW, OTHER, TOTAL.replace("25.74", "25.75")),
        (ROW, OTHER, TOTAL.replace("1.80", "1.81")),
        (ROW, OTHER, TOTAL.replace("1632.46", "1632.45")),
        (ROW, OTHER, TOTAL.replace(",2,", ",3,")),
        (ROW, TOTAL),
    ],
)
def test_case_35_a_total_that_differs_rejects_the_whole_file(lines):
    with pytest.raises(SettlementError, match="total differs"):
        parse(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (ROW, OTHER),  # cut short
        (ROW, OTHER, TOTAL, OTHER),
        (ROW, ROW, TOTAL.replace("1660", "3120")),  # a payment twice
        (ROW.replace("1532.46", "1532.47"), OTHER, TOTAL),
        (ROW.replace("1560.00", "-1560.00"), OTHER, TOTAL),
        (ROW.replace("1560.00", "1.56e3"), OTHER, TOTAL),
        (ROW.replace("THB", "USD"), OTHER, TOTAL),
        (ROW, OTHER, TOTAL.replace("THB", "USD")),
        (ROW, OTHER, TOTAL.replace(",2,", ",two,")),
        (ROW.replace("+07:00", ""), OTHER, TOTAL),
        (ROW.replace("2026-11-22", "2026-22-11"), OTHER, TOTAL),
        (ROW.replace("txn_1", ""), OTHER, TOTAL),
        (ROW.replace("txn_1", "ก"), OTHER, TOTAL),
        (ROW + ",extra", OTHER, TOTAL),
        (ROW, "", OTHER, TOTAL),
        ('"' + ROW, OTHER, TOTAL),
    ],
)
def test_a_file_that_cannot_be_trusted_is_rejected(lines):
    with pytest.raises(SettlementError):
        parse(*lines)


def test_another_header_is_rejected():
    with pytest.raises(SettlementError, match="header"):
        parse(EMPTY, header=["gateway_txn_id", "gross"])


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"\x00", b"TOTAL"])
def test_what_is_no_file_is_rejected(raw):
    with pytest.raises(SettlementError):
        parse_settlement(raw, DAY)


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10), st.integers(0, 1)))
)
def test_a_file_that_agrees_with_itself_is_read(payments):
    rows = [(gross + fee + vat, fee, vat, gross) for gross, fee, vat in payments]
    sums = [sum(column) for column in zip(*rows, strict=True)] or [0, 0, 0, 0]
    lines = [
        f"t{at},R,{','.join(map(baht, row))},2026-11-22T05:00:00Z,THB"
        for at, row in enumerate(rows)
    ]

    read = parse(*lines, f"TOTAL,{len(rows)},{','.join(map(baht, sums))},,THB")

    assert [read.gross, read.fees, read.fee_vat, read.net] == sums


@given(st.binary())
def test_any_bytes_are_rejected_as_a_settlement(raw):
    with pytest.raises(SettlementError):
        parse_settlement(raw, DAY)
