"""Every case of docs/contracts.md names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = {"C": "tests/contracts/**", "L": "tests/workflows/**"}
CASE = re.compile(
    r"^\| (\d+) \| .+ \| .+ \| ((?:`[CL] \w+\.py::\w+` ?)+)\|$", re.MULTILINE
)
TEST = re.compile(r"`([CL]) (\w+\.py)::(\w+)`")


def test_every_case_has_a_test_that_bears_its_number():
    cases = CASE.findall((ROOT / "docs/contracts.md").read_text("utf-8"))

    assert [int(number) for number, _ in cases] == [*range(48, 58)]
    for number, named in cases:
        for place, file, name in TEST.findall(named):
            found = [
                path.read_text("utf-8") for path in ROOT.glob(f"{PLACES[place]}/{file}")
            ]
            assert any(f"def {name}(" in text for text in found), name
            assert name.startswith(f"test_case_{number}_")
