"""Every wall that docs/security.md names has a test, and the test is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_test_that_the_page_names_is_there():
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"\btest_\w+(?:\.py)?", page))
    there = {path.name for path in ROOT.glob("tests/**/test_*.py")}
    for path in ROOT.glob("tests/**/test_*.py"):
        there |= set(
            re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        )

    assert named - there == set()
    assert len(named) > 50


def test_every_row_of_the_page_names_one():
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = re.findall(r"^\| (?!Threat|Role|-|`)(.+) \|$", page, re.MULTILINE)

    assert [row for row in rows if "test" not in row.split(" | ")[-1]] == []
    assert rows
