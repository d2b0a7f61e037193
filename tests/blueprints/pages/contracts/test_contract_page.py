import re
from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts import claims
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.words import When
from abtpro_saas.ids import new_id
from tests.blueprints.pages.contracts.conftest import words_of

PAGE = "/contract"
CANCEL, RESUME = "/contract/cancellation", "/contract/resumption"
AUTO = "/contract/auto-renewal"


def block(renter, reason="chargeback", *, blocked=True):
    contract_id = renter.contract().contract_id
    told = {"blocked": blocked, "by": renter.admin, "now": utc_now()}
    renter.office.run(acts.set_blocked, contract_id, reason, **told)


def rents(renter, plan="BASIC", days=3, **choices):
    return renter.buy(plan, renter.ago(days=days), **choices)


@pytest.fixture
def trying(renter):
    renter.sell("TRY", name_en="Tryout", price=20_000, trial_period="P14D")
    rents(renter, "TRY", 12)
    return renter


def in_state(renter, state):
    """Bring a contract into a state; return the renter."""
    days = {"grace": 32, "suspended": 42}.get(state, 3)
    rents(renter, days=days)
    if state == "ends":
        renter.cancel(renter.ago(days=1))
    if state == "ended":
        renter.cancel(renter.ago(days=1), When.NOW)
    if state == "blocked":
        block(renter)
    return renter


@pytest.mark.parametrize(
    ("state", "status", "says"),
    [
        ("active", "ACTIVE", "left Paid until"),
        ("ends", "ACTIVE", "Cancelled: access ends on"),
        ("grace", "GRACE", "left to renew The period ended on"),
        ("suspended", "SUSPENDED", "because the period was not paid. Nothing is lost"),
        ("ended", "CANCELLED", "Ended Since"),
        ("blocked", "SUSPENDED", "Suspended by an administrator Since"),
    ],
)
def test_each_state_is_said_first(renter, state, status, says):
    page = in_state(renter, state).reader.html(PAGE)

    assert f'data-status="{status}"' in page
    assert says in words_of(page)


def test_without_a_contract_the_page_leads_to_the_plans(renter):
    page = renter.reader.html(PAGE)

    assert 'data-status="NONE"' in page
    assert 'class="button button-primary" href="/pricing"' in page
    assert CANCEL not in page
    assert "A plan opens bots and strategies, some plans the API too" in page


@pytest.mark.parametrize("renews_itself", [True, False])
def test_what_costs_nothing_announces_no_charge(renter, renews_itself):
    renter.sell("FREE", price=0, now=renter.ago(days=40))
    rents(renter, "FREE", auto_renew=renews_itself)

    page = renter.reader.text(PAGE)
    assert "The next period Free of charge on" in page
    assert "charge, from" not in page
    assert "Your wallet holds" not in page


def test_in_grace_the_page_says_until_when_to_renew(renter):
    page = in_state(renter, "grace").reader.text(PAGE)

    assert "To renew ฿499.00 before your access ends on" in page
    assert "whenever you like" not in page


def test_after_suspension_there_is_no_hurry(renter):
    page = in_state(renter, "suspended").reader.text(PAGE)

    assert "To renew ฿499.00 whenever you like" in page


def test_a_trial_says_when_it_ends_and_what_comes_then(trying):
    page = trying.reader.html(PAGE)

    assert 'data-status="TRIAL"' in page
    assert "The next period costs ฿200.00" in words_of(page)


def test_the_page_counts_days_as_a_calendar_does(renter):
    end = rents(renter, days=10).period_end
    days = (end.date() - utc_now().date()).days

    assert re.search(
        rf"\b({days}|{days + 1}|{days - 1})\sdays left", renter.reader.text(PAGE)
    )


def test_the_next_charge_says_when_and_whether_the_wallet_holds_it(new_renter):
    rich, poor = new_renter(), new_renter(60_000)
    for each in (rich, poor):
        rents(each, auto_renew=True)

    assert "Your wallet holds ฿9,501.00: enough." in rich.reader.text(PAGE)
    page = poor.reader.html(PAGE)
    assert "฿398.00 is missing: your wallet holds ฿101.00." in words_of(page)
    assert "/topups/new?amount=398.00&amp;next=/contract" in page


def test_a_price_that_changes_is_told_before_it_is_charged(renter):
    rents(renter)
    renter.sell("BASIC", price=59_900, now=utc_now())

    said = "The price changes from ฿499.00 to ฿599.00"
    assert said in renter.reader.text(PAGE)


def test_a_coupon_lowers_the_next_charge_too(renter):
    new = NewCoupon("TWICE", percent_off=50, periods=2)
    renter.office.run(make_coupon, new, by=renter.admin, now=renter.ago(days=9))
    rents(renter, coupon="TWICE")

    page = renter.reader.text(PAGE)
    assert "฿249.50" in page
    assert "Your coupon takes off ฿249.50." in page


def test_limits_are_shown_with_what_is_in_use(renter):
    rents(renter)
    whose = renter.user_id, "max_bots", new_id()
    renter.office.run(claims.claim, *whose, utc_now())

    assert "In use 1 of 2" in renter.reader.text(PAGE)


def test_renewing_is_offered_in_the_last_days_alone(new_renter):
    early, late = new_renter(), new_renter()
    rents(early, days=3)
    rents(late, days=26)

    assert "Renew now" not in early.reader.text(PAGE)
    assert "You can renew by hand from" in early.reader.text(PAGE)
    assert "Renew now" in late.reader.text(PAGE)


@pytest.mark.parametrize("on", [True, False])
def test_auto_renewal_is_switched(renter, trail, on):
    rents(renter, auto_renew=not on)
    answer = renter.reader.send(PAGE, AUTO)

    assert answer.location == PAGE
    assert renter.contract().auto_renew is on
    assert trail(action="rental.auto_renew")[0].detail == {"on": on}


def test_a_switch_that_is_sent_twice_stays(renter):
    rents(renter)
    shown = renter.reader.form(PAGE, AUTO)
    for _ in range(2):
        renter.reader.browser.post(AUTO, data=shown)

    assert renter.contract().auto_renew
    assert renter.events().count("AUTO_RENEW_ON") == 1


@pytest.mark.parametrize("state", ["grace", "suspended"])
def test_switching_on_what_takes_money_at_once_asks_first(renter, state):
    reader = in_state(renter, state).reader
    asked = reader.send(PAGE, AUTO, number=0)

    assert asked.status_code == 200
    assert '<dialog class="dialog" id="auto-renewal"' in asked.text
    assert re.search(r'id="auto-renewal"[^>]* open', asked.text)
    said = words_of(asked.text)
    assert "your wallet pays ฿499.00 at once" in said
    assert "In your wallet afterwards ฿9,002.00" in said
    assert not renter.contract().auto_renew
    assert renter.balance() == 1_000_000 - 49_900


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_agreed_to_is_taken_once(renter, trail, times):
    reader = in_state(renter, "suspended").reader
    shown = reader.form(PAGE, AUTO, number=1)
    assert shown["agreed"] == "499.00"
    for _ in range(times):
        assert reader.browser.post(AUTO, data=shown).location == PAGE
    reader.get(PAGE)

    assert renter.contract().auto_renew
    assert renter.balance() == 1_000_000 - 2 * 49_900
    assert len(trail(action="rental.auto_renew")) == times


def test_another_price_than_was_shown_is_asked_anew(renter):
    reader = in_state(renter, "suspended").reader
    shown = reader.form(PAGE, AUTO, number=1)
    renter.sell("BASIC", price=59_900, now=utc_now())
    answer = reader.browser.post(AUTO, data=shown)

    assert answer.status_code == 409
    assert "your wallet pays ฿599.00 at once" in words_of(answer.text)
    assert not renter.contract().auto_renew


def test_a_form_of_before_a_renewal_switches_nothing_on(renter):
    reader = in_state(renter, "grace").reader
    shown = reader.form(PAGE, AUTO, number=1)
    answer = reader.browser.post(AUTO, data=shown | {"seen": "another"})

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert not renter.contract().auto_renew


@pytest.mark.parametrize(("paid_in", "days"), [(60_000, 32), (1_000_000, 3)])
def test_switching_on_what_takes_nothing_now_asks_nothing(new_renter, paid_in, days):
    renter = new_renter(paid_in)
    rents(renter, days=days)

    assert 'id="auto-renewal"' not in renter.reader.html(PAGE)
    assert renter.reader.send(PAGE, AUTO).location == PAGE
    assert renter.contract().auto_renew


def test_cancelling_keeps_the_paid_time_and_can_be_taken_back(renter, trail):
    end = rents(renter).period_end
    renter.reader.send(PAGE, CANCEL, when="period_end")
    assert renter.contract().cancelled_at is not None
    assert renter.contract().period_end == end
    assert trail(action="rental.cancel")[0].detail == {"when": "period_end"}

    answer = renter.reader.send(PAGE, RESUME)

    assert answer.location == PAGE
    assert renter.contract().cancelled_at is None
    assert trail(action="rental.resume")


def test_cancelling_at_once_ends_access_now(renter):
    rents(renter)
    renter.reader.send(PAGE, CANCEL, when="now")

    assert renter.status(utc_now() + timedelta(seconds=1)) == "CANCELLED"
    assert "Ended" in renter.reader.text(PAGE)


def test_a_cancellation_that_is_sent_twice_is_one(renter):
    rents(renter)
    for _ in range(2):
        renter.reader.browser.post(CANCEL, data={"when": "period_end"})
    assert renter.events().count("CANCELLED") == 1


def test_what_ended_meanwhile_cannot_be_resumed(renter):
    in_state(renter, "ended")
    answer = renter.reader.browser.post(RESUME)

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert renter.status(utc_now()) == "CANCELLED"


def test_in_grace_cancelling_says_that_it_ends_now(renter):
    in_state(renter, "grace")
    page = renter.reader.text(PAGE)

    assert "access ends at once" in page
    assert "At the end of the period" not in page


def test_what_was_paid_stands_with_its_document(renter):
    rents(renter)
    page = renter.reader.html(PAGE)

    assert "INV-00000-2026-000001" in page or "INV-00000-" in page
    assert re.search(r'href="/invoices/[0-9a-f-]{36}\.pdf"', page)


def test_a_renewal_that_is_due_is_tried_when_the_page_is_opened(renter):
    rents(renter, days=32, auto_renew=True)

    assert 'data-status="ACTIVE"' in renter.reader.html(PAGE)
    assert renter.events()[-1] == "RENEWED"


def test_the_open_page_hears_of_changes_and_asks_for_its_part(renter):
    rents(renter)
    page = renter.reader.html(PAGE)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = renter.reader.browser.get(PAGE, headers=headers)

    assert "/events?ticket=" in page
    assert f'data-fragment="{PAGE}"' in page
    assert "<html" not in part.text
    assert 'id="contract"' in part.text
    assert "<dialog" not in part.text


def test_nobody_sees_or_ends_anothers_contract(new_renter):
    one, other = new_renter(), new_renter()
    rents(one, "PREMIUM")

    assert 'data-status="NONE"' in other.reader.html(PAGE)
    assert other.reader.browser.post(CANCEL).status_code == 404
    assert one.contract().cancelled_at is None


@pytest.mark.parametrize("path", [CANCEL, RESUME, AUTO])
def test_who_has_no_contract_can_do_nothing_to_it(renter, path):
    assert renter.reader.browser.post(path, data={"on": "yes"}).status_code == 404


def test_a_viewer_and_a_stranger_stay_outside(viewer, stranger):
    assert viewer.browser.post(CANCEL).status_code == 403
    assert viewer.get(PAGE).status_code == 200
    assert stranger.get(PAGE).location.startswith("/sign-in")


def test_a_form_of_elsewhere_ends_nothing(renter, browser):
    rents(renter)
    forged = browser(renter.user_id, csrf=False).post(CANCEL, data={"when": "now"})

    assert forged.status_code == 403
    assert renter.contract().cancelled_at is None


def test_a_contract_that_an_admin_lifted_runs_again(renter):
    rents(renter)
    block(renter)
    block(renter, "mistake", blocked=False)

    page = renter.reader.html(PAGE)
    assert 'data-status="ACTIVE"' in page
    assert "The suspension was lifted" in words_of(page)
