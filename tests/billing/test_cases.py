"""Every case of docs/payments.md names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = {
    "W": "tests/blueprints/billing/test_webhook_",
    "P": "tests/blueprints/billing/test_payment_",
    "A": "tests/blueprints/billing/test_admin_payment_",
    "B": "tests/billing/**/test_",
}
CASE = re.compile(
    r"^\| (\d+) \| .+ \| .+ \| ((?:`[WPAB] \w+\.py::\w+` ?)+)\|$", re.MULTILINE
)
TEST = re.compile(r"`([WPAB]) (\w+\.py)::(\w+)`")


def test_every_case_has_a_test():
    page = (ROOT / "docs/payments.md").read_text("utf-8")
    cases = CASE.findall(page)

    assert [int(number) for number, _ in cases] == [*range(1, 48), 58]
    missing = [
        f"{number}: {name}"
        for number, named in cases
        for place, file, name in TEST.findall(named)
        if f"def {name}(" not in _text(f"{PLACES[place]}{file}")
    ]
    assert missing == []


def _text(pattern):
    return "".join(path.read_text("utf-8") for path in ROOT.glob(pattern))
