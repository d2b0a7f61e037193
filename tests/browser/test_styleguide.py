import pytest

from tests.browser.conftest import assert_accessible, assert_fits


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_component_fits_and_can_be_read(page, size, theme, language):
    sheet = page(size, theme, language)
    sheet.visit("/styleguide")
    sheet.evaluate("document.fonts.ready")

    assert_fits(sheet)
    if language == "th":  # what it finds depends on size and colours alone
        assert_accessible(sheet)
    assert sheet.get_attribute("html", "lang") == language
    assert sheet.get_attribute("html", "data-theme") == theme


def test_a_dialog_opens_holds_the_focus_and_closes_by_keyboard(page):
    sheet = page()
    sheet.visit("/styleguide")
    sheet.focus('[data-dialog="sample-dialog"]')
    sheet.keyboard.press("Enter")
    dialog = sheet.locator("#sample-dialog")

    assert dialog.is_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    sheet.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_a_destructive_button_wakes_when_the_name_is_typed(page):
    sheet = page()
    sheet.visit("/styleguide")
    sheet.click('[data-dialog="sample-typed"]')
    button = sheet.locator("#sample-typed [type=submit]")

    assert button.is_disabled()
    sheet.fill("#sample-typed-typed", "siam")
    assert button.is_enabled()


def test_a_preset_fills_the_amount_and_typing_unchooses_it(page):
    sheet = page()
    sheet.visit("/styleguide")
    sheet.check('[name="preset"][value="1000"]', force=True)

    assert sheet.input_value("#amount") == "1000"
    sheet.fill("#amount", "1001")
    assert not sheet.is_checked('[name="preset"][value="1000"]')


def test_the_theme_changes_at_once_and_stays(page):
    sheet = page(theme="light")
    sheet.visit("/styleguide")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = sheet.evaluate(ground)
    sheet.click("details.menu > summary")
    with sheet.expect_response("**/preferences/theme"):
        sheet.click('[name="theme"][value="dark"]')

    assert sheet.evaluate(ground) != light
    sheet.reload()
    assert sheet.get_attribute("html", "data-theme") == "dark"


def test_requests_of_htmx_carry_the_form_token(page):
    sheet = page()
    sheet.visit("/styleguide")
    headers = sheet.evaluate(
        """async () => {
          let seen;
          document.addEventListener("htmx:before:request", event => {
            seen = event.detail.ctx.request.headers; event.preventDefault();
          });
          document.querySelector("#sample-table a[hx-get]").click();
          await new Promise(done => setTimeout(done, 50));
          return seen;
        }"""
    )
    assert headers["X-CSRFToken"]
