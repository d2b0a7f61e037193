"""Totals in words, Thai and English."""

import re

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.billing.invoices.spelling import in_english, in_thai
from abtpro_saas.money import LARGEST, parse_baht


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "ศูนย์บาทถ้วน"),
        ("0.01", "หนึ่งสตางค์"),
        ("1.00", "หนึ่งบาทถ้วน"),
        ("10.00", "สิบบาทถ้วน"),
        ("11.00", "สิบเอ็ดบาทถ้วน"),
        ("20.00", "ยี่สิบบาทถ้วน"),
        ("21.21", "ยี่สิบเอ็ดบาทยี่สิบเอ็ดสตางค์"),
        ("101.00", "หนึ่งร้อยเอ็ดบาทถ้วน"),
        ("499.50", "สี่ร้อยเก้าสิบเก้าบาทห้าสิบสตางค์"),
        ("1499.00", "หนึ่งพันสี่ร้อยเก้าสิบเก้าบาทถ้วน"),
        ("210000.00", "สองแสนหนึ่งหมื่นบาทถ้วน"),
        ("1000000.00", "หนึ่งล้านบาทถ้วน"),
        ("1000001.00", "หนึ่งล้านเอ็ดบาทถ้วน"),
        ("21000000.00", "ยี่สิบเอ็ดล้านบาทถ้วน"),
        ("1000000000000.00", "หนึ่งล้านล้านบาทถ้วน"),
    ],
)
def test_an_amount_in_thai(amount, words):
    assert in_thai(parse_baht(amount)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "Zero baht only"),
        ("0.05", "Five satang"),
        ("1.00", "One baht only"),
        ("21.21", "Twenty-one baht and twenty-one satang"),
        ("100.00", "One hundred baht only"),
        ("1499.00", "One thousand four hundred ninety-nine baht only"),
        ("1000015.30", "One million fifteen baht and thirty satang"),
    ],
)
def test_an_amount_in_english(amount, words):
    assert in_english(parse_baht(amount)) == words


DIGITS = dict(
    zip(
        ["ศูนย์", "หนึ่ง", "เอ็ด", "สอง", "ยี่", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"],
        (0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)
PLACES = {"สิบ": 10, "ร้อย": 100, "พัน": 1000, "หมื่น": 10_000, "แสน": 100_000}
WORD = re.compile("|".join([*DIGITS, *PLACES, "ล้าน"]))


def read_thai(words):
    """Read a whole number in Thai words, by another way than it was written."""
    total, digit = 0, 0
    below = 0
    for word in WORD.findall(words):
        if word in DIGITS:
            digit = DIGITS[word]
        elif word in PLACES:
            below += (digit or 1) * PLACES[word]
            digit = 0
        else:
            total = (total + below + digit) * 10**6
            below = digit = 0
    return total + below + digit


@given(integers(0, LARGEST))
def test_what_is_written_in_thai_reads_back(satang):
    baht, _, rest = in_thai(satang).rpartition("บาท")

    assert read_thai(baht) == satang // 100
    assert read_thai(rest) == satang % 100


@given(integers(0, LARGEST), integers(0, LARGEST))
def test_two_amounts_are_never_written_alike(one, other):
    assert (in_english(one) == in_english(other)) == (one == other)
    assert (in_thai(one) == in_thai(other)) == (one == other)
