"""Where things stand on a page, and that no page's own markup is faulty."""

import re
from pathlib import Path
from uuid import uuid4

import pytest

from abtpro_saas.billing import incidents
from abtpro_saas.billing.words import IncidentKind
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import tenants
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.roles import Role
from tests.browser.conftest import PASSWORD, assert_accessible, assert_fits, sign_in

TEMPLATES = Path(__file__).parents[2] / "abtpro_saas/templates"
NAME = "Siam Trading School"
PAGES = [
    "/", "/wallet", "/contract", "/pricing", "/pricing/BASIC", "/invoices",
    "/admin/plans", "/admin/plans/BASIC", "/admin/plans/new", "/admin/contracts",
    "/admin/coupons", "/admin/tax-profile", "/topups/new", "/statement", "/notices",
    "/backtests", "/market", "/verify",
    "/tenant/topups", "/suspense", "/admin/figures", "/members", "/audit",
    "/tenant/settings", "/tenant/gateway",
    "/profile", "/security", "/keys", "/api-reference",
]  # fmt: skip


@pytest.fixture
def named(engine, tenant):
    with tenant_transaction(engine, tenant) as session:
        tenants.update_tenant(session, tenant, name=NAME)


@pytest.fixture
def operators_page(page, site, settings, operator_engine, keyring):
    """The operators' page of tenants, with an operator signed in."""
    email = f"{uuid4().hex[:8]}@example.test"
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session, keyring, email=email, name="Op", password=PASSWORD,
            now=utc_now(), profile=passwords.QUICK,
        )  # fmt: skip
    shown = page()
    shown.goto(site.url(settings().operators_host, "/operators/sign-in"))
    shown.fill("#email", email)
    shown.fill("#password", PASSWORD)
    shown.fill("#code", totp.code_at(made.totp_secret, utc_now()))
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/operators/tenants")
    return shown


@pytest.fixture
def incident(engine, tenant):
    kind = IncidentKind.AMOUNT_MISMATCH
    with tenant_transaction(engine, tenant) as session:
        incidents.open_again(session, tenant, kind, "a:txn-1", utc_now())


def test_a_short_names_form_is_checked_before_it_is_sent(operators_page):
    typed = "field => field.checkValidity()"
    for name, is_good in [("a", True), ("my-name", True), ("-a", False), ("A", False)]:
        operators_page.fill("#slug", name)
        assert operators_page.locator("#slug").evaluate(typed) is is_good, name


def test_every_pattern_is_one_that_browsers_understand(page):
    written = {
        pattern.encode().decode("unicode_escape")
        for file in TEMPLATES.rglob("*.html")
        for pattern in re.findall(r'\bpattern="([^"]+)"', file.read_text("utf-8"))
    }
    assert len(written) > 1
    shown = page()
    shown.visit("/sign-in")
    # As browsers read the attribute: anything else is ignored, with an error.
    for pattern in written:
        shown.evaluate("pattern => { new RegExp(`^(?:${pattern})$`, 'v') }", pattern)


@pytest.mark.parametrize(("size", "language"), [("desk", "en"), ("phone", "th")])
def test_every_page_is_without_fault_and_fits(page, person, named, size, language):
    shown = page(size, language=language)
    sign_in(shown, person(Role.ADMIN, locale=language))
    for path in PAGES:
        assert shown.visit(path).status == 200, path
        assert_fits(shown)


def test_every_members_role_stands_where_its_column_begins(page, person):
    admin, _ = person(Role.ADMIN, locale="en"), person()
    shown = page()
    sign_in(shown, admin)
    shown.visit("/members")
    begins = shown.locator("#members").evaluate(
        """table => [...table.querySelectorAll("th:nth-child(2), td:nth-child(2)")].map(
          cell => {
            const control = cell.querySelector("select, input:not([type=hidden])");
            const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
            while (walker.nextNode() && !walker.currentNode.data.trim());
            const first = document.createRange();
            first.selectNodeContents(control ?? walker.currentNode);
            return Math.round((control ?? first).getBoundingClientRect().x);
          })"""
    )
    assert len(begins) == 3
    assert len(set(begins)) == 1


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_phone_shows_the_whole_of_a_tenants_name(page, person, named, language):
    shown = page("phone", language=language)
    sign_in(shown, person(locale=language))
    name = shown.locator(".topbar .brand-name")

    assert name.inner_text() == NAME
    assert name.evaluate("n => n.scrollWidth <= n.clientWidth")
    assert name.evaluate("n => n.scrollHeight <= n.clientHeight")
    assert_fits(shown)


def test_the_cards_of_the_security_page_are_equally_wide(page, person):
    shown = page()
    sign_in(shown, person(locale="en"))
    shown.visit("/security")
    widths = {
        card.bounding_box()["width"] for card in shown.locator("main .card").all()
    }
    assert len(widths) == 1


@pytest.mark.parametrize("language", ["th", "en"])
def test_an_entry_of_the_trail_takes_three_lines_of_a_phone(page, person, language):
    shown = page("phone", "dark", language)
    sign_in(shown, person(Role.ADMIN, locale=language))
    shown.visit("/audit")

    rows = shown.locator("#entries tbody tr")
    assert rows.count() > 0
    assert max(row.bounding_box()["height"] for row in rows.all()) < 110
    assert_fits(shown)
    assert_accessible(shown)


@pytest.mark.parametrize(
    ("language", "button", "none"),
    [("th", "เลือกไฟล์", "ยังไม่ได้เลือกไฟล์"), ("en", "Choose a file", "No file chosen")],
)
def test_a_file_is_chosen_in_the_pages_own_language(
    page, person, language, button, none
):
    shown = page(language=language)
    sign_in(shown, person(Role.ADMIN, locale=language))
    shown.visit("/tenant/settings")
    assert shown.inner_text(".file .button") == button
    assert shown.inner_text(".file-name") == none

    with shown.expect_file_chooser() as chosen:
        shown.click(".file .button")
    picture = {"name": "logo.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
    chosen.value.set_files([picture])

    assert shown.inner_text(".file-name") == "logo.png"
    assert_accessible(shown)


def test_an_incident_is_closed_in_its_dialog(page, person, incident):
    shown = page("phone", "light", "th")
    sign_in(shown, person(Role.ADMIN, locale="th"))
    shown.visit("/suspense")
    shown.click("[data-dialog^=close-]")
    shown.fill("dialog[open] [name=note]", "โทรถามธนาคารแล้ว")
    with shown.expect_navigation():
        shown.click("dialog[open] [type=submit]")

    assert shown.locator("#incidents").count() == 0
    assert "ปิดเหตุการณ์แล้ว" in shown.inner_text(".toasts")
    shown.visit("/audit?action=incident.close")
    shown.click("#entries summary")
    assert "โทรถามธนาคารแล้ว" in shown.inner_text("#entries")
