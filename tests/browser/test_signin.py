from datetime import timedelta

import pytest
from playwright.sync_api import expect

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import people
from abtpro_saas.identity.access import second_factor, totp
from abtpro_saas.identity.roles import Role
from tests.browser.conftest import (
    PASSWORD,
    assert_accessible,
    assert_fits,
    sign_in,
)


@pytest.fixture
def with_second_factor(engine, keyring, tenant):
    """Return a function that switches the second factor on, and gives its secret."""

    def switch_on(email):
        with tenant_transaction(engine, tenant) as session:
            who = people.find_user(session, tenant, email).user_id
            secret = second_factor.begin(session, keyring, tenant, who, "x").secret
            code = totp.code_at(secret, utc_now())
            second_factor.confirm(
                session, keyring, tenant, who, code=code, now=utc_now()
            )
        return secret

    return switch_on


@pytest.mark.parametrize(
    ("language", "heading", "balance"),
    [("th", "เข้าสู่ระบบ", "ยอดคงเหลือ"), ("en", "Sign in", "Balance")],
)
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_somebody_signs_in_by_keyboard_and_sees_the_balance(
    page, person, language, heading, balance, size
):
    email = person(locale=language)
    shown = page(size, "dark", language)
    shown.visit("/sign-in")
    assert shown.inner_text("h1") == heading
    assert_fits(shown)
    assert_accessible(shown)

    sign_in(shown, email)

    assert shown.inner_text(".answer-label") == balance
    assert shown.inner_text(".answer-figure") == "฿0.00"
    assert_fits(shown)


def test_a_wrong_password_keeps_the_address_and_says_what_is_wrong(page, person):
    email = person()
    shown = page(language="th")
    shown.visit("/sign-in")
    shown.fill("#email", email)
    shown.fill("#password", "something else")
    shown.keyboard.press("Enter")

    assert "อีเมลหรือรหัสผ่านไม่ถูกต้อง" in shown.inner_text("[role=alert]")
    assert shown.input_value("#email") == email
    assert shown.input_value("#password") == ""


def test_who_asked_for_a_page_arrives_there_after_signing_in(page, person):
    email = person()
    shown = page()
    shown.visit("/statement?month=2026-10")
    assert "/sign-in" in shown.url
    shown.fill("#email", email)
    shown.fill("#password", PASSWORD)
    shown.keyboard.press("Enter")

    shown.wait_for_url("**/statement?month=2026-10")


def test_the_second_step_asks_for_a_code(page, person, with_second_factor):
    email = person()
    secret = with_second_factor(email)
    shown = page(language="th")
    shown.visit("/sign-in")
    shown.fill("#email", email)
    shown.fill("#password", PASSWORD)
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/sign-in/code**")
    # The present code was used when the factor was switched on.
    shown.fill("#code", totp.code_at(secret, utc_now() + timedelta(seconds=30)))
    shown.keyboard.press("Enter")

    expect(shown.locator("#balance")).to_be_visible(timeout=30_000)


def test_signing_out_shuts_the_pages(page, person):
    shown = page()
    sign_in(shown, person(locale="en"))
    shown.click('summary[aria-label="Account"]')
    shown.click("text=Sign out")
    shown.wait_for_url("**/sign-in")

    shown.visit("/wallet")
    assert "/sign-in" in shown.url


def test_the_language_changes_and_is_remembered_at_the_next_sign_in(page, person):
    email = person(locale="en")
    shown = page(language="en")
    sign_in(shown, email)
    shown.click('button[name="language"]')
    shown.wait_for_selector('html[lang="th"]')

    other = page(language="en")
    sign_in(other, email)
    assert other.get_attribute("html", "lang") == "th"


PAGES = [
    "/",
    "/wallet",
    "/topups/new",
    "/statement",
    "/notices",
    "/profile",
    "/security",
    "/keys",
    "/members",
    "/audit",
    "/suspense",
    "/tenant/topups",
    "/tenant/settings",
    "/api-reference",
    "/mailbox",
]


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [("desk", "light", "th"), ("phone", "dark", "th"), ("phone", "light", "en")],
)
def test_every_page_of_an_admin_fits_and_can_be_read(
    page, person, merchant, size, theme, language
):
    shown = page(size, theme, language)
    sign_in(shown, person(Role.ADMIN, locale=language))
    for path in PAGES:
        assert shown.visit(path).status == 200, path
        assert_fits(shown)
        assert shown.locator("h1").count() == 1, path
        if language == "th":  # what it finds depends on size and colours alone
            assert_accessible(shown)
