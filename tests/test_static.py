"""What the browser is given: vendored files with their papers, and nothing foreign."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "abtpro_saas/static"
TEMPLATES = ROOT / "abtpro_saas/templates"
VENDORED = [
    STATIC / "vendor",
    ROOT / "tests/browser/vendor",
    ROOT / "abtpro_saas/billing/invoices/fonts",
]
OWN_FILES = sorted(
    file
    for file in (*STATIC.rglob("*"), *TEMPLATES.rglob("*"))
    if file.suffix in {".html", ".css", ".js", ".svg"} and "vendor" not in file.parts
)
LICENCES = {"0BSD", "OFL-1.1", "MPL-2.0", "Apache-2.0"}
BESIDE = {"LICENSE-3RD-PARTY.txt", "NOTICE"}
FIRST_PAGE_BYTES = 150_000
# The name of a vocabulary, which nothing ever loads.
NAMESPACE = "http://www.w3.org/2000/svg"


def manifest(folder):
    return json.loads((folder / "MANIFEST.json").read_text("utf-8"))


def papers(folder):
    return {row["licence_text"] for row in manifest(folder)} | {"MANIFEST.json"}


@pytest.mark.parametrize("folder", VENDORED, ids=str)
def test_every_vendored_file_is_the_one_that_was_published(folder):
    for row in manifest(folder):
        digest = hashlib.sha256((folder / row["path"]).read_bytes()).hexdigest()
        assert digest == row["sha256"], row["path"]


@pytest.mark.parametrize("folder", VENDORED, ids=str)
def test_every_vendored_file_has_a_row_and_a_licence(folder):
    rows = {row["path"] for row in manifest(folder)}
    found = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
    extra = {name for name in found if Path(name).name in BESIDE}
    assert found - extra == rows | papers(folder)
    assert {row["licence"] for row in manifest(folder)} <= LICENCES


@pytest.mark.parametrize("file", OWN_FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_our_files_load_nothing_from_elsewhere(file):
    text = file.read_text("utf-8").replace(NAMESPACE, "")
    assert not re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text)


DOWNLOADED = {"backtests/file.html"}
"""No pages of ours: whoever opens them has nothing but the file."""

PAGES = [
    file
    for file in sorted(TEMPLATES.rglob("*.html"))
    if str(file.relative_to(TEMPLATES)) not in DOWNLOADED
]


@pytest.mark.parametrize("file", PAGES, ids=lambda f: f.name)
def test_templates_hold_neither_style_nor_handler_nor_script(file):
    text = file.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize(
    "file", sorted((STATIC / "css").glob("*.css")), ids=lambda f: f.name
)
def test_style_sheets_are_short_and_colours_stand_in_tokens(file):
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    colours = set(re.findall(r"#[0-9a-f]{3,6}\b", text))
    # A QR's paper and its head are the same in every theme; print is black on white.
    allowed = {"#ffffff", "#0e3d67", "#fff", "#000", "#444", "#bbb"}
    assert file.name == "tokens.css" or colours <= allowed


def test_the_two_dark_blocks_are_equal():
    text = (STATIC / "css/tokens.css").read_text("utf-8")
    followed = text.partition(':root:not([data-theme="light"]) {')[2].partition("}")[0]
    chosen = text.partition(':root[data-theme="dark"] {')[2].partition("}")[0]
    assert followed.split() == chosen.split() != []


def test_every_icon_that_is_named_is_drawn():
    drawn = set(re.findall(r'id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    named = set()
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text("utf-8")
        named |= set(re.findall(r'icon\("([\w-]+)"', text))
        named |= set(re.findall(r'empty\("([\w-]+)"', text))
    assert named <= drawn


def test_a_first_page_is_light():
    files = [
        *(STATIC / "css").glob("*.css"),
        *(STATIC / "js").glob("*.js"),
        STATIC / "icons.svg",
        *STATIC.rglob("htmx.min.js"),
        *STATIC.rglob("*.woff2"),
    ]
    # Fonts are compressed as they are; the rest is counted as it is served, plain.
    assert sum(file.stat().st_size for file in files) < FIRST_PAGE_BYTES
