import pytest
from flask_babel import force_locale
from sqlalchemy import event

from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.blueprints.http.problems import Problem
from abtpro_saas.blueprints.pages.shell import draw_problem
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.office import acts
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.people import change_role
from abtpro_saas.identity.roles import Role

EVERYWHERE = ["/", "/wallet", "/notices", "/profile", "/keys", "/invoices"]
ITSELF = ["/contract", "/contract/renewal", "/pricing", "/topups/new"]


@pytest.fixture
def overdue(new_renter):
    """Return a function that makes a trader whose period ended so many days ago."""

    def make(days, paid_in=1_000_000, **choices):
        renter = new_renter(paid_in)
        renter.buy("BASIC", renter.ago(days=days + 30), **choices)
        return renter

    return make


@pytest.mark.parametrize("path", EVERYWHERE)
def test_in_grace_every_page_says_until_when_and_how_to_go_on(overdue, path):
    page = overdue(2).reader.html(path)

    assert "Your plan has run out: you keep access until" in page
    assert "Renew for ฿499.00, and it goes on without a break." in page
    assert 'button-primary" href="/contract/renewal"' in page


def test_in_grace_a_short_wallet_is_topped_up_by_one_click(overdue):
    page = overdue(2, paid_in=60_000).reader.html("/wallet")

    assert "/topups/new?amount=398.00&amp;next=/contract/renewal" in page
    assert "Top up ฿398.00 and renew" in page


def test_suspended_every_page_says_that_nothing_is_lost(overdue):
    page = overdue(10).reader.html("/wallet")

    assert "Your plan is suspended" in page
    assert "Nothing is lost: renew for ฿499.00" in page


@pytest.mark.parametrize("path", ITSELF)
def test_pages_about_the_contract_say_it_themselves(overdue, path):
    assert "Your plan is suspended" not in overdue(10).reader.html(path)


def test_who_was_suspended_by_an_admin_is_told_why(overdue):
    renter = overdue(-20)
    contract_id = renter.contract().contract_id
    told = {"blocked": True, "by": renter.admin, "now": utc_now()}
    renter.office.run(acts.set_blocked, contract_id, "chargeback", **told)

    page = renter.reader.html("/wallet")
    assert "Reason: chargeback" in page
    assert "/contract/renewal" not in page


@pytest.mark.parametrize(("days", "told"), [(12, True), (2, False)])
def test_a_trials_last_days_are_told(renter, days, told):
    renter.sell("TRY", price=20_000, trial_period="P14D")
    renter.buy("TRY", renter.ago(days=days))

    assert ("Your trial ends on" in renter.reader.html("/wallet")) is told


@pytest.mark.parametrize("state", ["none", "active", "cancelled"])
def test_who_need_do_nothing_is_told_nothing(new_renter, state):
    renter = new_renter()
    if state != "none":
        renter.buy("BASIC", renter.ago(days=29))
    if state == "cancelled":
        renter.cancel(renter.ago(days=1))

    assert "Renew for" not in renter.reader.html("/wallet")
    assert "suspended" not in renter.reader.html("/wallet")


def test_staff_are_not_told(engine, tenant, overdue, reads):
    renter = overdue(10)
    with tenant_transaction(engine, tenant) as session:
        change_role(session, tenant, renter.user_id, Role.ADMIN)
    assert "Your plan is suspended" not in reads(renter.user_id).html("/wallet")


def test_a_renewal_that_is_due_is_tried_before_anything_is_told(overdue):
    renter = overdue(2, auto_renew=True)

    assert "run out" not in renter.reader.html("/wallet")
    assert renter.status(utc_now()) == "ACTIVE"


def test_a_page_asks_once_how_the_contract_stands(app, renter):
    renter.buy("BASIC", renter.ago(days=3))
    asked = []
    engine = app.extensions[EXTENSION].engine
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: asked.append(statement),
    )
    renter.reader.html("/keys")

    assert len([each for each in asked if "contracts" in each]) == 1


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (None, "You have no contract See the plans"),
        (-20, "Basic, monthly Active"),
        (2, "Basic, monthly Payment due"),
        (10, "Basic, monthly Suspended"),
    ],
)
def test_the_overview_says_how_the_contract_stands(new_renter, overdue, days, says):
    renter = new_renter() if days is None else overdue(days)

    assert says in renter.reader.text("/")


def test_the_overview_of_staff_speaks_of_a_contract_only_if_they_have_one(staff):
    assert "You have no contract" not in staff.text("/")


def test_a_page_that_needs_a_feature_says_which_and_where_to_get_it(app, tenant):
    told = {"feature": "backtesting", "plan": "ENTERPRISE", "buy_at": "/pricing"}
    problem = Problem(402, "feature_needed", "this needs backtesting", members=told)
    with app.test_request_context("/backtests"), force_locale("en"):
        page = draw_problem(problem).get_data(as_text=True)

    assert "This needs another plan" in page
    assert "Backtesting: Test strategies on real prices of the past." in page
    assert '<a class="button button-primary" href="/pricing">See the plans</a>' in page
