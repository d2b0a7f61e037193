from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.formats import (
    LOCALES,
    Era,
    format_ago,
    format_compact,
    format_count,
    format_countdown,
    format_day,
    format_instant,
    format_lasting,
    format_left,
    format_money,
    format_month,
    format_month_short,
    format_percent,
    format_term,
)
from abtpro_saas.money import parse_baht

NOON = datetime(2026, 11, 22, 5, 0, 7, tzinfo=UTC)
SPACES = {"\N{NO-BREAK SPACE}": " "}


def plain(text):
    return text.translate(str.maketrans(SPACES))


@pytest.mark.parametrize(
    ("satang", "text"),
    [
        (149_900, "฿1,499.00"),
        (5, "฿0.05"),
        (0, "฿0.00"),
        (-50, "\N{MINUS SIGN}฿0.50"),
        (999_999_999, "฿9,999,999.99"),
    ],
)
def test_money_has_separators_and_two_decimals(satang, text):
    assert format_money(satang) == text


@pytest.mark.parametrize(
    ("satang", "text"), [(100, "+฿1.00"), (0, "฿0.00"), (-1, "\N{MINUS SIGN}฿0.01")]
)
def test_a_movement_shows_its_direction(satang, text):
    assert format_money(satang, signed=True) == text


@given(integers(0, 10**15))
def test_shown_money_reads_back_to_the_satang(satang):
    shown = format_money(satang).removeprefix("฿").replace(",", "")
    assert parse_baht(shown) == satang


@pytest.mark.parametrize(
    ("locale", "era", "text"),
    [
        ("th", Era.AUTO, "22 พ.ย. 2569"),
        ("en", Era.AUTO, "22 Nov 2026"),
        ("th", Era.CHRISTIAN, "22 พ.ย. 2026"),
        ("en", Era.BUDDHIST, "22 Nov 2569 BE"),
    ],
)
def test_a_day_follows_language_and_era(locale, era, text):
    assert plain(format_day(date(2026, 11, 22), locale, era)) == text


def test_a_date_never_breaks_across_lines():
    assert " " not in format_day(date(2026, 11, 22), "en", Era.BUDDHIST)


@pytest.mark.parametrize(
    ("locale", "text"), [("th", "พฤศจิกายน 2569"), ("en", "November 2026")]
)
def test_a_month_is_written_in_full(locale, text):
    assert plain(format_month(date(2026, 11, 1), locale)) == text


def test_an_instant_is_shown_in_bangkok():
    late = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert plain(format_instant(late, "th")) == "1 ม.ค. 2570 00:30"
    assert plain(format_instant(NOON, "en", seconds=True)) == "22 Nov 2026 12:00:07"


@pytest.mark.parametrize(
    ("seconds", "thai", "english"),
    [
        (-20, "เมื่อสักครู่", "just now"),
        (-300, "5 นาทีที่ผ่านมา", "5 minutes ago"),
        (7200, "ในอีก 2 ชั่วโมง", "in 2 hours"),
    ],
)
def test_distance_from_now_is_told_in_words(seconds, thai, english):
    then = NOON + timedelta(seconds=seconds)
    assert format_ago(then, NOON, "th") == thai
    assert format_ago(then, NOON, "en") == english


@pytest.mark.parametrize(
    ("seconds", "text"), [(899.9, "14:59"), (3723, "1:02:03"), (-4, "00:00")]
)
def test_a_countdown_ends_at_zero(seconds, text):
    assert format_countdown(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("left", "thai", "english"),
    [
        (timedelta(days=30, hours=3), "30 วัน", "30 days"),
        (timedelta(hours=47, minutes=59), "47 ชั่วโมง", "47 hours"),
        (timedelta(minutes=119), "119 นาที", "119 minutes"),
        (timedelta(seconds=1), "1 วินาที", "1 second"),
        (timedelta(days=-1), "0 วินาที", "0 seconds"),
    ],
)
def test_what_is_left_of_a_term_is_never_promised_too_long(left, thai, english):
    assert plain(format_left(left, "th")) == thai
    assert plain(format_left(left, "en")) == english


@pytest.mark.parametrize(
    ("term", "thai", "english"),
    [
        ((1, 0, 0), "1 เดือน", "1 month"),
        ((12, 0, 0), "1 ปี", "1 year"),
        ((18, 0, 0), "1 ปี 6 เดือน", "1 year 6 months"),
        ((0, 14, 0), "14 วัน", "14 days"),
        ((0, 1, 5400), "1 วัน 1 ชั่วโมง 30 นาที", "1 day 1 hour 30 minutes"),
        ((0, 0, 20), "20 วินาที", "20 seconds"),
    ],
)
def test_a_contracts_length_is_written_in_its_own_parts(term, thai, english):
    assert plain(format_term(*term, "th")) == thai
    assert plain(format_term(*term, "en")) == english


def test_lengths_counts_and_percentages():
    assert format_lasting(timedelta(minutes=15), "th") == "15 นาที"
    assert [format_count(12_345, locale) for locale in LOCALES] == ["12,345"] * 2
    assert format_percent(512) == "+5.12%"
    assert format_percent(-7) == "\N{MINUS SIGN}0.07%"
    assert format_percent(700, signed=False) == "7.00%"


@pytest.mark.parametrize(
    ("satang", "text"),
    [
        (0, "฿0"),
        (95_050, "฿950.5"),
        (100_000, "฿1k"),
        (1_250_000, "฿12.5k"),
        (-150_000_000, "\N{MINUS SIGN}฿1.5M"),
        (1_000_000_000_000, "฿10,000M"),
    ],
)
def test_an_axis_writes_money_short(satang, text):
    assert format_compact(satang) == text


@pytest.mark.parametrize(
    ("locale", "year", "text"),
    [("en", False, "Nov"), ("en", True, "Nov 2026"), ("th", True, "พ.ย. 2569")],
)
def test_an_axis_writes_months_short(locale, year, text):
    shown = format_month_short(date(2026, 11, 22), locale, year=year)
    assert plain(shown) == text
