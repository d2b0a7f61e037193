"""How the staff's page of a contract tells of time."""

from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.office import acts
from abtpro_saas.formats import format_instant

NEVER = "\N{EN DASH}"


def page_of(staff, renter):
    return staff.text(f"/admin/contracts/{renter.contract().contract_id}")


def test_who_is_suspended_has_access_until_no_day(renter, staff):
    renter.buy("BASIC", renter.ago(days=3))
    assert f"Access until {NEVER}" not in page_of(staff, renter)
    contract_id, by = renter.contract().contract_id, {"by": renter.admin}
    told = by | {"blocked": True, "now": utc_now()}
    renter.office.run(acts.set_blocked, contract_id, "chargeback", **told)

    assert f"Access until {NEVER}" in page_of(staff, renter)


def test_a_plan_of_less_than_a_day_is_shown_to_the_second(renter, staff):
    renter.sell("BRIEF", period="PT1H", grace_period="PT1H", price=100)
    end = renter.buy("BRIEF", utc_now()).period_end
    shown = format_instant(end, "en", seconds=True).replace("\xa0", " ")

    assert page_of(staff, renter).count(shown) >= 2  # the period, and its row


def test_each_notice_of_grace_stands_by_what_it_tells(renter, staff):
    renter.buy("ENTERPRISE", renter.ago(days=33))
    end = renter.contract().period_end
    for later in (timedelta(0), timedelta(days=1.5), timedelta(days=2)):
        renter.review(end + later)

    page = page_of(staff, renter)
    assert page.count("Last notice:") == 1
    assert page.count("left to renew") == 1
    assert "Reminded of the period's end" in page
    lines = page.split("Reminded of the period's end")
    assert any("Message: Last notice" in line for line in lines[1:])


def test_a_period_paid_ahead_is_told_beside_the_one_that_runs(renter, staff):
    first = renter.buy("BASIC", renter.ago(days=27))
    assert "Paid ahead until" not in page_of(staff, renter)
    ahead = renter.renew(utc_now())

    page = page_of(staff, renter).replace("\xa0", " ")

    since, end, later = (
        format_instant(at, "en").replace("\xa0", " ")
        for at in (first.period_start, first.period_end, ahead.period_end)
    )
    assert f"Period {since} to {end}" in page
    assert f"Paid ahead until {later}" in page


def test_given_time_is_told_beside_the_running_period(renter, staff):
    renter.buy("BASIC", renter.ago(days=3))
    by = {"by": renter.admin, "now": utc_now()}
    renter.office.run(
        acts.give_time, renter.contract().contract_id, "P7D", "an outage", **by
    )

    page = page_of(staff, renter)

    assert "Given time until" in page
    assert "Paid ahead until" not in page


@pytest.mark.parametrize("days", [32, 40])
def test_a_charge_that_waits_for_money_is_due_at_no_past_day(new_renter, staff, days):
    renter = new_renter(49_900)
    renter.buy("BASIC", renter.ago(days=days), auto_renew=True)

    page = page_of(staff, renter)

    assert "Next charge ฿499.00 as soon as the money is in the wallet" in page
