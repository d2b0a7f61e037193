"""Credit that an admin gives at a contract's page, and keys of forms."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from abtpro_saas.clock import bangkok_day, utc_now
from abtpro_saas.identity.roles import Role
from tests.billing.office import Office
from tests.blueprints.pages.contracts.conftest import act, item
from tests.contracts.renting import Renter


def give(staff, renter, **typed):
    day = f"{utc_now() + timedelta(days=30):%Y-%m-%d}"
    typed = {"amount": "250.00", "last_day": day} | typed
    return act(staff, renter, "credit", **typed)


def granted(renter):
    query = (
        "SELECT amount, expires_at, reason, granted_by FROM grants"
        " WHERE tenant_id = :tenant AND user_id = :user"
    )
    return renter.ask(query, user=renter.user_id)


def test_credit_is_given_until_the_end_of_a_day(staff, rented, trail):
    renter = rented()
    answer = give(staff, renter, last_day="2199-12-31")

    assert answer.location == item(renter)
    (row,) = granted(renter)
    assert (row.amount, row.reason) == (25_000, "asked by phone")
    assert row.expires_at == bangkok_day(date(2199, 12, 31))[1]
    page = staff.text(item(renter))
    assert "Granted credit" in page
    assert "฿250.00" in renter.reader.text("/wallet")
    told = trail(action="credit.grant")[0]
    assert told.subject == str(renter.user_id)
    assert told.detail == {"amount": "250.00", "reason": "asked by phone"}


def test_credit_that_is_sent_twice_is_given_once(staff, rented):
    renter = rented()
    path = f"{item(renter)}/credit"
    form = staff.form(item(renter), path)
    form |= {"amount": "5", "last_day": "2199-01-01", "reason": "sorry"}

    sent = [staff.browser.post(path, data=form) for _ in range(2)]

    assert {each.location for each in sent} == {item(renter)}
    assert len(granted(renter)) == 1
    give(staff, renter)  # another form is another gift
    assert len(granted(renter)) == 2


def test_credit_that_is_sent_by_many_at_once_is_given_once(reads, user, rented):
    renter, admin = rented(), user(Role.ADMIN)
    windows = [reads(admin) for _ in range(4)]
    path = f"{item(renter)}/credit"
    form = windows[0].form(item(renter), path)
    form |= {"amount": "5", "last_day": "2199-01-01", "reason": "sorry"}

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda each: each.browser.post(path, data=form), windows))

    assert {each.status_code for each in sent} == {303}
    assert len(granted(renter)) == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "0"}, "credit-amount"),
        ({"amount": "-5"}, "credit-amount"),
        ({"amount": "x"}, "credit-amount"),
        ({"amount": "10,000,000.01"}, "credit-amount"),
        ({"last_day": "2020-01-01"}, "credit-last-day"),
        ({"last_day": ""}, "credit-last-day"),
        ({"reason": " "}, "credit-reason"),
        ({"reason": "x" * 201}, "credit-reason"),
    ],
)
def test_credit_that_cannot_be_given_is_told_by_its_field(staff, rented, typed, field):
    renter = rented()
    answer = give(staff, renter, **typed)

    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert granted(renter) == []


@pytest.mark.parametrize("key", ["", "k", "a\x00b", "k" * 5_000])
@pytest.mark.parametrize("path", ["credit", "refund"])
def test_a_key_that_no_page_has_made_is_refused(staff, rented, path, key):
    renter = rented()
    query = "SELECT document_id FROM documents WHERE tenant_id = :tenant"
    invoice = renter.ask(query)[0].document_id
    form = staff.form(item(renter), f"{item(renter)}/{path}")
    form |= {"amount": "5", "last_day": "2199-01-01", "reason": "sorry", "key": key}
    form |= {"document_id": str(invoice)}

    answer = staff.browser.post(f"{item(renter)}/{path}", data=form)

    assert answer.status_code == 422
    assert granted(renter) == []


def test_another_tenants_admin_gives_no_credit(staff, engine, new_tenant, user):
    other = new_tenant()
    office = Office(engine, other, user(tenant_id=other))
    office.pay_in(100_000)
    renter = Renter(office, user(Role.ADMIN, tenant_id=other))
    renter.buy("BASIC", utc_now())
    form = {"amount": "5", "last_day": "2199-01-01", "reason": "x", "key": "k"}

    assert staff.browser.post(f"{item(renter)}/credit", data=form).status_code == 404
    assert granted(renter) == []
