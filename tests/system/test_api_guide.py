"""docs/api.md is true: its examples run as they stand, and answer what it shows."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.system.conftest import ROOT

pytestmark = pytest.mark.timeout(300)

PAGE = ROOT / "docs" / "api.md"
METHODS = {"get", "put", "post", "patch", "delete"}
ANYTHING = "\N{HORIZONTAL ELLIPSIS}"

SHELL = r"""
curl() {
  local kept; kept=$(mktemp "$KEPT/$part.XXXXXXXX")
  command curl -w '%{stderr}%{method} %{http_code} %{url_effective}\n' "$@" \
    2> "$kept.told" | tee "$kept.body"
  return "${PIPESTATUS[0]}"
}
"""


@dataclass(frozen=True)
class Request:
    """One curl of the page, and what came back."""

    method: str
    status: int
    path: str
    body: str


@dataclass(frozen=True)
class Block:
    """One example of the page: its lines, the requests that it made, its complaints."""

    line: int
    text: str
    requests: tuple[Request, ...]
    complaints: str

    @property
    def shown(self):
        """The answers that the page shows in comments, each in one line."""
        for found in re.finditer(r"^# \{.*(?:\n#  .*)*", self.text, re.MULTILINE):
            yield re.sub(r"\s*\n#\s+", " ", found[0].removeprefix("# "))


@pytest.fixture(scope="module")
def blocks(begin, folder):
    """The page's examples, run in order in one shell, against a platform of theirs."""
    platform = begin("home", ABTPRO_SIMULATED_CANDLES="hours").ready()
    page = PAGE.read_text("utf-8")
    found = list(re.finditer(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    kept = folder / "kept"
    kept.mkdir()
    script = SHELL + "".join(
        f"part={part:03}\n{{\n{block[1]}\n}} 2> $KEPT/{part:03}.complaints\n"
        for part, block in enumerate(found)
    )
    subprocess.run(
        ["/bin/bash", "-u"],
        input=script,
        text=True,
        cwd=folder,
        env=os.environ | {"ABTPRO_HOME": str(platform.home), "KEPT": str(kept)},
        stdout=subprocess.DEVNULL,
        timeout=200,
        check=True,
    )
    return [
        Block(
            page.count("\n", 0, block.start()) + 1,
            block[1],
            tuple(requests_of(kept, f"{part:03}")),
            (kept / f"{part:03}.complaints").read_text(),
        )
        for part, block in enumerate(found)
    ]


def requests_of(kept: Path, part: str):
    told = kept.glob(f"{part}.*.told")
    for each in sorted(told, key=lambda path: path.stat().st_mtime_ns):
        method, status, url = each.read_text().splitlines()[-1].split()
        body = each.with_suffix(".body").read_text("utf-8", "replace")
        yield Request(method, int(status), urlsplit(url).path, plain(body))


def plain(body):
    """Return JSON spaced as the page spaces it; anything else as it is."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return body


def pattern_of(shown):
    return re.compile(".*?".join(map(re.escape, shown.split(ANYTHING))), re.DOTALL)


def test_every_example_runs(blocks):
    complaints = {block.line: block.complaints for block in blocks if block.complaints}

    assert complaints == {}
    assert len(blocks) > 20


def test_every_request_succeeds_or_is_refused_as_shown(blocks):
    for block in blocks:
        refused = [each for each in block.requests if not 200 <= each.status < 300]
        announced = re.findall(r'"status": (\d{3})\b', block.text)

        assert [str(each.status) for each in refused] == announced, (
            block.line,
            [each.body for each in refused],
        )


def test_every_answer_that_is_shown_was_given(blocks):
    for block in blocks:
        bodies = [each.body for each in block.requests]
        for shown in block.shown:
            pattern = pattern_of(shown)
            assert any(map(pattern.match, bodies)), (block.line, shown, bodies)


def test_every_operation_has_an_example(blocks, folder):
    document = json.loads((folder / "openapi.json").read_text())
    made = {(each.method, each.path) for block in blocks for each in block.requests}
    missing = [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in METHODS & set(item)
        if not any(
            asked == method.upper() and is_at(path, where) for asked, where in made
        )
    ]

    assert missing == []


def test_what_the_examples_change_of_the_demo_is_put_back(blocks):
    made = [each for block in blocks for each in block.requests]
    seen = [json.loads(each.body) for each in made if each.path == "/api/v1/account"]
    looks = [(own["locale"], own["theme"]) for own in seen if "theme" in own]
    tenants = [each for each in made if each.path.endswith(("/suspend", "/resume"))]

    assert looks[-1] == looks[0] != looks[1]
    assert json.loads(tenants[-1].body)["suspended_at"] is None


def is_at(template, path):
    steps = re.split(r"\{\w+\}", template)
    return re.fullmatch("[^/]+".join(map(re.escape, steps)), path) is not None
