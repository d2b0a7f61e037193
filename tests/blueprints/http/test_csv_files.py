"""CSV files: whole, readable by spreadsheets, and never run by them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.blueprints.http.csv_files import csv_file


def read(answer):
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def cell(value):
    return read(csv_file("x", ["text"], [[value]]))[1:]


def test_a_file_has_its_name_a_mark_and_a_header():
    answer = csv_file("audit", ("at", "ข้อความ"), [(1, "สวัสดี")])

    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert read(answer) == [["at", "ข้อความ"], ["1", "สวัสดี"]]


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-1+1", "@sum", "\tx", "\rx", "-", "-inf", "-1e5", "+1\n"]
)
def test_what_a_spreadsheet_would_run_is_shown(text):
    assert cell(text) == [["'" + text]]


@pytest.mark.parametrize("number", [-1.2e-05, 1e-12, -3, -1.5, 2e20])
def test_a_number_stays_one_however_it_is_written(number):
    ((found,),) = cell(number)

    assert float(found) == number


def test_where_there_is_no_number_there_is_nothing():
    assert cell(float("nan")) == cell(float("inf")) == cell("")


@pytest.mark.parametrize("text", ["-5.00", "+1.00", "0", "1,5", "a=b", "'x", 'a"b\r\n'])
def test_numbers_and_other_texts_stay_as_they_are(text):
    assert cell(text) == [[text]]


def test_nothing_is_an_empty_cell():
    assert read(csv_file("x", ["a", "b"], [[None, ""]]))[1] == ["", ""]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back_but_for_the_guard(text):
    assert cell(text) in ([[text]], [["'" + text]], [])
