"""A search from its form to a cell of its map, in a real browser, by keyboard alone."""

import pytest

from tests.backtesting import runs_for, studies_for
from tests.browser.conftest import assert_accessible, assert_fits, sign_in


@pytest.mark.parametrize(
    ("size", "language", "theme"), [("desk", "en", "light"), ("phone", "th", "dark")]
)
def test_a_search_from_its_form_to_a_cell_of_its_map(
    page, trader, engine, tenant, root, size, language, theme
):
    shown = page(size, theme, language)
    sign_in(shown, trader(language))
    shown.visit("/backtests/optimise")
    assert_fits(shown)
    assert_accessible(shown)
    before = shown.inner_text("#plan")
    for name, values in {"fast": (3, 6, 1), "slow": (15, 25, 5)}.items():
        for part, value in zip(("low", "high", "step"), values, strict=True):
            shown.fill(f"#{part}_{name}", str(value))
    shown.fill("#least_trades", "1")
    shown.keyboard.press("Tab")
    # What it comes to is told while it is typed.
    shown.wait_for_function(
        "text => { const plan = document.getElementById('plan').innerText;"
        " return plan !== text && plan.includes('12'); }",
        arg=before,
    )
    shown.click("#order .button-primary[type=submit]")
    shown.wait_for_selector("#run[data-live]")

    study = runs_for.found(engine, tenant, shown.url.rpartition("/")[2])
    studies_for.finish(engine, root, study)
    # The page becomes the findings by itself, without being loaded anew.
    shown.wait_for_selector("[data-heat][data-ready]", timeout=30_000)
    assert_fits(shown)
    assert_accessible(shown)

    shown.focus("[data-heat] td[tabindex='0']")
    first = shown.evaluate("document.activeElement.dataset.told")
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("ArrowRight")
    told = shown.evaluate("document.activeElement.dataset.told")
    assert told != first
    assert told in shown.inner_text("#surface-told")
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/backtests/new?**")
    assert shown.input_value("#p_slow") in {"15", "20", "25"}
