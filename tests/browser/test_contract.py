"""A trader rents, changes, cancels and comes back, also by keyboard alone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.office import acts
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests.billing.office import Office
from tests.browser.conftest import assert_accessible, assert_fits, sign_in
from tests.browser.test_journeys import confirm, tab_to
from tests.browser.test_topup import Gateway
from tests.contracts.renting import Renter


@pytest.fixture
def renter(engine, tenant, user, person):
    """Return a function that makes somebody who signs in, with money in the wallet."""
    admin = user(Role.ADMIN)

    def make(paid_in, **values):
        email = person(**values)
        with tenant_transaction(engine, tenant) as session:
            query = text("SELECT user_id FROM users WHERE email = :email")
            user_id = session.scalar(query, {"email": email})
        made = Renter(Office(engine, tenant, user_id), admin)
        if paid_in:
            made.office.pay_in(paid_in)
        return email, made

    return make


def look(page):
    assert_fits(page)
    assert_accessible(page)


def press(page, selector):
    """Send the form of a button, and wait for the page that answers."""
    with page.expect_navigation():
        page.click(selector)


@pytest.mark.parametrize(
    ("size", "theme", "language", "says"),
    [
        ("desk", "light", "en", ["Active", "Premium", "Cancelled: access ends on"]),
        ("phone", "dark", "th", ["ใช้งานอยู่", "พรีเมียม", "ยกเลิกแล้ว ใช้งานได้ถึง"]),
    ],
)
def test_a_trader_rents_changes_cancels_and_resumes(
    page, renter, size, theme, language, says
):
    active, premium, cancelled = says
    email, trader = renter(1_000_000, locale=language)
    shown = page(size, theme, language)
    sign_in(shown, email)
    shown.visit("/pricing")
    look(shown)
    press(shown, 'a[href^="/pricing/BASIC"]')
    assert "฿9,501.00" in shown.inner_text("main")
    shown.check("[name=auto_renew]")
    look(shown)
    press(shown, "form.form [type=submit]")

    assert shown.url.endswith("/contract")
    assert active in shown.inner_text("#contract .answer")
    look(shown)

    press(shown, 'a[href="/contract/change"]')
    press(shown, 'a[href*="plan=PREMIUM"]')
    due = trader.preview("PREMIUM", utc_now()).due
    assert f"฿{due // 100:,}.{due % 100:02d}" in shown.inner_text(".way >> nth=0")
    look(shown)
    press(shown, ".way >> nth=0 >> [type=submit]")
    assert premium in shown.inner_text("#contract .answer")
    assert trader.balance() == 1_000_000 - 49_900 - due

    shown.click('[data-dialog="cancel"]')
    look(shown)
    confirm(shown)
    assert cancelled in shown.inner_text("#contract .answer")
    press(shown, '#contract form[action$="/resumption"] button')
    assert cancelled not in shown.inner_text("#contract .answer")
    assert trader.contract().cancelled_at is None


def test_a_short_wallet_is_filled_on_the_way(page, renter, merchant, site):
    email, trader = renter(10_000, locale="en")
    shown = page("phone")
    sign_in(shown, email)
    shown.visit("/pricing/BASIC?billing=MONTHLY")
    press(shown, 'main a.button-primary[href^="/topups/new"]')
    assert shown.input_value("#amount") == "399.00"
    press(shown, "form.card [type=submit]")
    reference = shown.inner_text("#topup dl .mono")
    Gateway(site, merchant).pay(reference, "399.00")
    shown.wait_for_selector('#topup[data-status="SUCCESS"]')
    press(shown, "#topup a.button-primary")

    assert "/pricing/BASIC" in shown.url
    press(shown, "form.form [type=submit]")
    assert trader.status(utc_now()) == "ACTIVE"
    assert trader.balance() == 0


def test_renting_needs_no_mouse(page, renter):
    email, trader = renter(1_000_000, locale="en")
    shown = page()
    sign_in(shown, email)
    shown.visit("/pricing")
    tab_to(shown, 'a[href^="/pricing/BASIC"]')
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/pricing/BASIC**")
    tab_to(shown, "form.form [type=submit]")
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/contract")
    assert trader.status(utc_now()) == "ACTIVE"

    tab_to(shown, '[data-dialog="cancel"]')
    shown.keyboard.press("Enter")
    dialog = shown.locator("#cancel")
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    shown.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert shown.evaluate("document.activeElement.dataset.dialog") == "cancel"


def block(trader, *, blocked):
    contract_id = trader.contract().contract_id
    told = {"blocked": blocked, "by": trader.admin, "now": utc_now()}
    trader.office.run(acts.set_blocked, contract_id, "chargeback", **told)


def test_the_open_page_follows_what_an_admin_does(page, renter):
    email, trader = renter(1_000_000, locale="en")
    trader.buy("BASIC", utc_now() - timedelta(days=3))
    shown = page()
    sign_in(shown, email)
    shown.visit("/contract")
    shown.click('[data-dialog="cancel"]')

    block(trader, blocked=True)

    # Well under the five seconds after which a page without a stream would ask.
    shown.wait_for_selector('#contract[data-status="SUSPENDED"]', timeout=4000)
    assert shown.locator("#cancel").is_visible()
    block(trader, blocked=False)
    shown.wait_for_selector('#contract[data-status="ACTIVE"]', timeout=4000)


def test_an_admin_gives_time_in_a_dialog_that_says_what_is_wrong(page, renter, person):
    _, trader = renter(1_000_000)
    end = trader.buy("BASIC", utc_now() - timedelta(days=3)).period_end
    shown = page(language="th")
    sign_in(shown, person(Role.ADMIN, locale="th"))
    shown.visit(f"/admin/contracts/{trader.contract().contract_id}")
    shown.click('[data-dialog="extend"]')
    shown.fill("#duration", "0")
    shown.fill("#extend-reason", "ระบบล่มวันจันทร์")
    look(shown)
    confirm(shown)
    assert shown.evaluate("document.querySelector('#extend').matches(':modal')")
    assert shown.locator("#error-duration").is_visible()
    assert shown.evaluate("document.activeElement.id") == "duration"
    shown.fill("#duration", "7")
    confirm(shown)

    assert "ระบบล่มวันจันทร์" in shown.inner_text(".timeline")
    assert trader.contract().period_end == end + timedelta(days=7)


@pytest.mark.parametrize("wrong", ["price", "grace_period", "feature-max_bots"])
def test_a_refused_plan_begins_with_what_is_to_be_mended(page, person, wrong):
    shown = page()
    sign_in(shown, person(Role.ADMIN, locale="en"))
    shown.visit("/admin/plans/BASIC")
    shown.fill(f"#{wrong}", "1e9")
    press(shown, "[name=step][value=look]")

    assert shown.evaluate("document.activeElement.id") == wrong


def test_a_plan_is_published_once_its_effect_was_seen(page, renter, person):
    _, trader = renter(1_000_000)
    trader.buy("BASIC", utc_now() - timedelta(days=3))
    shown = page()
    sign_in(shown, person(Role.ADMIN, locale="en"))
    shown.visit("/admin/plans/BASIC")
    shown.fill("#price", "599")
    press(shown, "[name=step][value=look]")
    assert re.search("1 renter comes under it", shown.inner_text(".effect"))
    look(shown)
    press(shown, "[name=step][value=publish]")

    shown.visit("/pricing")
    assert "฿599.00" in shown.inner_text(".plans")
