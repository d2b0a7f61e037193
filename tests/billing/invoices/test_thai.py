"""Lines of Thai end where nothing is torn, and glyphs read as what they show."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import integers, text

from abtpro_saas.billing.invoices.thai import clusters, drawn, wrap

THAI = text("กขนปมหอเแไะาำิีุู่้๊็์ๆฯ AB1\n ", max_size=60)
BEFORE, AFTER = re.compile("[เแโใไ]"), re.compile("[ะ-ฺๅ-๎ฯ]")


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("น้ำมัน", ["น้ำ", "มั", "น"]),
        ("ปั๊มที่", ["ปั๊", "ม", "ที่"]),
        ("เปลี่ยนแพ็กเกจ", ["เป", "ลี่", "ย", "น", "แพ็", "ก", "เก", "จ"]),
        ("ทุกๆ", ["ทุ", "กๆ"]),
        ("แผน PRO", ["แผ", "น", " PRO"]),
        ("", []),
    ],
)
def test_marks_stay_with_their_consonant(word, pieces):
    assert clusters(word) == pieces


def test_lines_end_at_spaces():
    assert wrap("ค่าเช่า แพลตฟอร์ม PRO", 12, len) == ["ค่าเช่า", "แพลตฟอร์ม", "PRO"]


def test_a_word_longer_than_a_line_is_broken():
    assert wrap("น้ำมันปั๊ม", 6, len) == ["น้ำมัน", "ปั๊ม"]
    assert wrap("ABCDEFG", 3, len) == ["ABC", "DEF", "G"]


def test_line_feeds_stay():
    assert wrap("หนึ่ง\n\nสอง", 20, len) == ["หนึ่ง", "", "สอง"]


@given(THAI, integers(4, 30))
def test_nothing_is_lost_and_lines_fit(written, width):
    lines = wrap(written, width, len)

    assert "".join(lines).replace(" ", "") == re.sub(r"\s", "", written)
    assert all(len(line) <= width for line in lines)


@given(text("กนเแะำ้ี", min_size=1, max_size=40), integers(12, 20))
def test_no_line_tears_a_vowel_or_mark_from_its_consonant(written, width):
    pieces = clusters(written)
    lines = wrap(written, width, len)

    assert "".join(pieces) == written
    if max(map(len, pieces)) <= width:
        torn = [
            (one, other)
            for one, other in pairwise(lines)
            if BEFORE.match(one[-1]) or AFTER.match(other[0])
        ]
        assert torn == []


@given(THAI)
def test_what_is_drawn_reads_as_what_was_written(written):
    def letters(said):
        return sorted(unicodedata.normalize("NFKD", said))

    assert letters(drawn(written)) == letters(written)
    assert "ำ" not in drawn(written)


def test_a_tone_mark_stands_above_the_ring():
    assert drawn("น้ำ") == "น\N{THAI CHARACTER NIKHAHIT}\N{THAI CHARACTER MAI THO}า"
