"""A process's own words, as the Temporal UI shows them in frames."""

import pytest

from abtpro_saas.blueprints.ops.texts import drawn

PATH = "/ops/temporal/render"


@pytest.mark.parametrize(
    ("text", "drawn_as"),
    [
        (
            "**PENDING** waits\nfor the bank",
            "<strong>PENDING</strong> waits\nfor the bank",
        ),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("**<img src=x>**", "<strong>&lt;img src=x&gt;</strong>"),
        ("[pay](javascript:alert(1))", "[pay](javascript:alert(1))"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
    ],
    ids=["bold", "script", "bold tag", "link", "stars"],
)
def test_a_text_is_bold_and_broken_into_lines_and_nothing_else(text, drawn_as):
    assert drawn(text) == drawn_as


def test_a_text_can_do_nothing_and_stands_in_the_uis_own_pages_alone(operator):
    answer = operator.get(PATH, params={"content": "</main><script>x()</script>"})

    assert (answer.status_code, "<script" in answer.text) == (200, False)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'; sandbox" in policy
    assert "allow-scripts" not in policy
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("theme", ["dark", "dark-primary"])
def test_a_text_follows_the_uis_theme(operator, theme):
    asked = {"content": "x", "theme": theme, "compact": "true"}

    page = operator.get(PATH, params=asked).text

    assert '<html class="dark">' in page
    assert '<body class="compact">' in page


def test_a_theme_that_is_none_writes_nothing_into_the_page(operator):
    asked = {"content": "x", "theme": '"><script>', "compact": '"><b>'}

    page = operator.get(PATH, params=asked).text

    assert '<html class="light">' in page
    assert "<script>" not in page


def test_a_text_is_drawn_for_operators_alone(stranger):
    answer = stranger.get(PATH, params={"content": "owed by somchai"})

    assert answer.status_code == 303
    assert "somchai" not in answer.text
