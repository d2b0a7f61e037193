"""Thai says everything that English says, and the compiled catalogue is its source."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "abtpro_saas/translations/th/LC_MESSAGES"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
METHODS = [
    ("blueprints/pages/**.py", "python"),
    ("templates/**.html", "jinja2"),
]


@pytest.fixture(scope="module")
def catalog():
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="th", domain="messages")


@pytest.fixture(scope="module")
def messages():
    found = extract_from_dir(
        ROOT / "abtpro_saas",
        METHODS,
        {"templates/**.html": {"trimmed": "true"}},
        keywords=KEYWORDS,
    )
    return {
        message if isinstance(message, str) else message[0]
        for _, _, message, *_ in found
    }


def test_every_text_of_the_pages_is_translated(catalog, messages):
    missing = {
        text for text in messages if not (catalog[text] and catalog[text].string)
    }
    assert missing == set()


def test_nothing_is_translated_that_no_page_says(catalog, messages):
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in catalog if m.id}
    assert known - messages == set()


def test_nothing_is_fuzzy_and_every_placeholder_is_kept(catalog):
    assert not [message.id for message in catalog if message.id and message.fuzzy]
    assert [list(message.check(catalog)) for message in catalog if message.id] == [
        [] for message in catalog if message.id
    ]


def test_the_compiled_catalogue_is_what_its_source_compiles_to(catalog):
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    assert (FOLDER / "messages.mo").read_bytes() == compiled.getvalue()


def test_a_plan_s_name_stands_apart_from_thai_letters(catalog):
    beside = re.compile(r"[ก-๙]%\((plan|was)\)s|%\((plan|was)\)s[ก-๙]")

    assert not [each.id for each in catalog if beside.search(str(each.string))]
