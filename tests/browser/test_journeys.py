"""What traders and their admins do from end to end, each in one language."""

import json
import re
import time
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import tenants
from abtpro_saas.identity.access import totp
from abtpro_saas.identity.roles import Role
from abtpro_saas.notifications.service import seal_context
from abtpro_saas.notifications.tables import Mail
from tests.browser.conftest import PASSWORD, assert_accessible, assert_fits, sign_in
from tests.browser.test_topup import Gateway, begin_topup

ON_ITS_WAY_S = 15
"""How long a typed code may be on its way from a busy machine's browser."""


@pytest.fixture
def mailed_link(engine, keyring, tenant):
    """Return a function that finds the path of the link mailed to an address."""

    def find(address):
        newest = select(Mail).where(Mail.tenant_id == tenant, Mail.address == address)
        with tenant_transaction(engine, tenant) as session:
            mail = session.scalars(newest.order_by(Mail.mail_id.desc())).first()
            sealed = keyring.open(mail.sealed, seal_context(tenant, mail.mail_id))
        return "/link/" + json.loads(sealed)["link"].rpartition("/link/")[2]

    return find


@pytest.fixture
def parked(merchant, site):
    """Return a function that sends a payment which names no top-up of ours."""

    def send(amount, reference="NOBODY1"):
        Gateway(site, merchant).pay(reference, amount)

    return send


def confirm(page):
    """Send the open dialog's form."""
    with page.expect_navigation():
        page.click("dialog[open] [type=submit]")


def leave(page):
    """Sign out with the account menu."""
    page.locator(".topbar .menu > summary").last.click()
    page.click(".topbar .menu[open] form [type=submit]")
    page.wait_for_url(re.compile("/sign-in"))


def test_parked_money_finds_its_owner_and_a_stranger_gets_none(page, person, parked):
    owner, admin = person(locale="en"), person(Role.ADMIN, locale="en")
    parked("777.00")
    shown = page()
    sign_in(shown, admin)
    shown.visit("/suspense")
    assert shown.inner_text(".answer-figure") == "฿777.00"
    shown.click("[data-dialog^=assign]")
    shown.fill("dialog[open] [type=email]", "stranger@example.test")
    shown.fill("dialog[open] [name=reason]", "The slip came by mail")
    confirm(shown)

    # The dialog is open again, over the page, with what was typed and what is wrong.
    assert shown.evaluate("document.querySelector('dialog[open]').matches(':modal')")
    assert "Nobody here" in shown.inner_text("dialog[open] .field-error")
    assert shown.input_value("dialog[open] [name=reason]") == "The slip came by mail"
    assert shown.evaluate("document.activeElement.type") == "email"
    shown.fill("dialog[open] [type=email]", owner)
    confirm(shown)

    assert shown.inner_text(".answer-figure") == "฿0.00"
    shown.visit("/suspense?state=RESOLVED")
    assert "The slip came by mail" in shown.inner_text("#suspense")
    assert "CREDITED" not in shown.inner_text("#suspense")
    assert_accessible(shown)
    theirs = page()
    sign_in(theirs, owner)
    assert theirs.inner_text(".answer-figure") == "฿777.00"


def test_parked_money_is_booked_as_returned(page, person, parked):
    parked("45.50")
    shown = page("phone", "dark", "th")
    sign_in(shown, person(Role.ADMIN, locale="th"))
    shown.visit("/suspense")
    shown.click("[data-dialog^=return]")
    shown.fill("dialog[open] [name=reason]", "คืนทางธนาคารแล้ว")
    confirm(shown)

    shown.visit("/suspense?state=RESOLVED")
    assert "คืนเงินแล้ว" in shown.inner_text("#suspense .chip")
    assert "฿45.50" in shown.inner_text("#suspense")
    assert_fits(shown)


def test_a_refund_too_large_is_refused_in_its_dialog_and_a_part_goes_back(
    page, person, merchant, site
):
    trader, admin = person(locale="th"), person(Role.ADMIN, locale="th")
    theirs = page(language="th")
    sign_in(theirs, trader)
    reference = begin_topup(theirs, "499")
    Gateway(site, merchant).pay(reference, "499.00")
    theirs.wait_for_selector('#topup[data-status="SUCCESS"]')
    topup = theirs.url.rpartition("/")[2]
    shown = page(language="th")
    sign_in(shown, admin)
    shown.visit(f"/tenant/topups/{topup}")
    shown.click("[data-dialog=refund]")
    shown.fill("dialog[open] [name=amount]", "499.01")
    shown.fill("dialog[open] [name=reason]", "ยกเลิกคอร์ส")
    confirm(shown)
    assert "เกิน" in shown.inner_text("#error-refund-amount")
    assert shown.input_value("dialog[open] [name=reason]") == "ยกเลิกคอร์ส"
    shown.fill("dialog[open] [name=amount]", "99")
    confirm(shown)

    assert "฿99.00" in shown.inner_text("main")
    theirs.visit("/wallet")
    assert theirs.inner_text("#balance .answer-figure") == "฿400.00"
    assert "ยกเลิกคอร์ส" in theirs.inner_text("#movements")


def test_a_second_step_is_set_up_and_both_kinds_of_code_open_the_account(page, person):
    email = person(locale="th")
    shown = page("phone", "light", "th")
    sign_in(shown, email)
    shown.visit("/security")
    shown.fill("#on-current", PASSWORD)
    shown.click("form[action$='/second-factor'] [type=submit]")
    secret = shown.inner_text("#totp-secret")
    # The code of the step before fits too, and leaves this step's for the sign-in. It
    # fits until this step ends, which must not happen while it is on its way.
    left_s = totp.PERIOD_S - time.time() % totp.PERIOD_S
    time.sleep(left_s if left_s < ON_ITS_WAY_S else 0)
    shown.fill(
        "#code", totp.code_at(secret, utc_now() - timedelta(seconds=totp.PERIOD_S))
    )
    shown.keyboard.press("Enter")
    recovery = shown.inner_text("#recovery-codes").split()[0]
    for code in (lambda: totp.code_at(secret, utc_now()), lambda: recovery):
        leave(shown)
        shown.fill("#email", email)
        shown.fill("#password", PASSWORD)
        shown.keyboard.press("Enter")
        shown.wait_for_url(re.compile("/sign-in/code"))
        assert shown.evaluate("document.activeElement.id") == "code"
        shown.fill("#code", code())
        shown.keyboard.press("Enter")
        shown.wait_for_selector(".answer-figure")
    shown.visit("/security")
    assert "9" in shown.inner_text("main .card >> nth=0")


def test_a_newcomer_signs_up_and_tops_up(
    page, engine, tenant, merchant, mailed_link, site
):
    with tenant_transaction(engine, tenant) as session:
        tenants.update_tenant(session, tenant, sign_up=True)
    shown = page("phone", "dark", "th")
    shown.visit("/sign-up")
    shown.fill("#name", "สมชาย ใจดี")
    shown.fill("#email", "somchai@example.test")
    shown.keyboard.press("Enter")
    shown.wait_for_selector(".qr-state")
    shown.visit(mailed_link("somchai@example.test"))
    shown.fill("#password", PASSWORD)
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/sign-in?done=1")
    sign_in(shown, "somchai@example.test")

    reference = begin_topup(shown, "500")
    Gateway(site, merchant).pay(reference, "500.00")
    shown.wait_for_selector('#topup[data-status="SUCCESS"]')
    shown.visit("/notices")
    # A first password has replaced none: nothing warns of a change.
    assert "รหัสผ่านของคุณถูกเปลี่ยน" not in shown.inner_text("#notices")
    assert_fits(shown)


def test_somebody_invited_chooses_a_password_and_enters(page, person, mailed_link):
    admin = page()
    sign_in(admin, person(Role.ADMIN, locale="en"))
    admin.visit("/members")
    admin.fill("#name", "Newbie")
    admin.fill("#email", "newbie@example.test")
    admin.fill("#invite-current", PASSWORD)
    admin.select_option("#role", "viewer")
    admin.keyboard.press("Enter")
    admin.click("#invite [type=submit]")
    row = admin.locator("#members tr", has_text="newbie@example.test")
    row.wait_for()
    guest = page("phone")
    guest.visit(mailed_link("newbie@example.test"))
    guest.fill("#password", PASSWORD)
    guest.keyboard.press("Enter")
    guest.wait_for_url("**/sign-in?done=1")
    sign_in(guest, "newbie@example.test")
    assert guest.locator("main .tiles").count() == 1

    row.locator("[data-dialog^=disable]").click()
    confirm(admin)
    guest.visit("/")
    assert "/sign-in" in guest.url


def test_a_key_is_made_shown_once_used_and_revoked(page, person, site):
    shown = page()
    sign_in(shown, person(locale="en"))
    shown.visit("/keys")
    shown.fill("#name", "Robot")
    shown.fill("#networks", "not an address")
    shown.fill("#new-current", PASSWORD)
    shown.click("#new-key form [type=submit]")
    assert shown.locator("#error-networks").count() == 1
    chosen = shown.locator("[name=scopes]:checked").evaluate_all(
        "boxes => boxes.map(box => box.value)"
    )
    assert "wallet:read" in chosen
    assert "wallet:write" not in chosen
    shown.fill("#networks", "127.0.0.1")
    shown.fill("#new-current", PASSWORD)
    shown.click("#new-key form [type=submit]")
    key = shown.inner_text("code#new-key")
    asked = {
        "url": f"http://127.0.0.1:{site.port}/api/v1/payment/wallet",
        "headers": {"Authorization": f"Bearer {key}"},
    }
    assert httpx.get(**asked).json()["balance"] == "0.00"

    shown.visit("/keys")
    assert key not in shown.content()
    shown.click("[data-dialog^=revoke]")
    confirm(shown)
    assert httpx.get(**asked).status_code == 401


def test_a_top_up_needs_no_mouse(page, person, merchant, site):
    shown = page()
    sign_in(shown, person(locale="en"))
    tab_to(shown, 'main a[href="/topups/new"]')
    shown.keyboard.press("Enter")
    shown.wait_for_function("document.activeElement?.id === 'amount'")
    shown.keyboard.insert_text("250")
    shown.keyboard.press("Enter")
    shown.wait_for_selector('#topup[data-status="PENDING"]')
    reference = shown.inner_text("#topup dl .mono")
    Gateway(site, merchant).pay(reference, "250.00")
    shown.wait_for_selector('#topup[data-status="SUCCESS"]')
    tab_to(shown, '#topup a[href="/wallet"]')
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/wallet")
    assert shown.inner_text("#balance .answer-figure") == "฿250.00"


def tab_to(page, selector):
    """Press Tab until the element has the focus; each stop on the way shows itself."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_without_scripts_the_page_asks_again_by_itself(
    chromium, site, host, person, merchant
):
    context = chromium.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.visit = lambda path: shown.goto(site.url(host, path))
    shown.visit("/sign-in")
    shown.fill("#email", person(locale="en"))
    shown.fill("#password", PASSWORD)
    shown.click("form.form [type=submit]")
    shown.visit("/topups/new")
    shown.fill("#amount", "44")
    shown.click("form.card [type=submit]")
    reference = shown.inner_text("#topup dl .mono")
    Gateway(site, merchant).pay(reference, "44.00")

    shown.wait_for_selector('#topup[data-status="SUCCESS"]', timeout=30_000)
    assert "http-equiv" not in shown.content()
    context.close()
