"""Requests of one trader at the same moment: each satang is taken once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

PRICE = 49_900


@pytest.fixture
def together(renter):
    """Return a function that runs several requests at once."""

    def run(*asks):
        with ThreadPoolExecutor(len(asks)) as pool:
            return [each.result() for each in [pool.submit(ask) for ask in asks]]

    return run


def test_of_many_who_ask_after_the_end_one_request_renews(renter, rents, together):
    rents(renter.user_id, "BASIC", ends_in=-1, auto_renew=True)

    found = together(*[renter.contract] * 8)

    assert {each["expiry"] for each in found} == {found[0]["expiry"]}
    assert renter.held() == 1_000_000 - PRICE


def test_of_many_renewals_by_hand_one_is_paid(renter, rents, together):
    rents(renter.user_id, "BASIC", ends_in=-1)

    answers = together(*[lambda: renter.post("/renew")] * 8)

    assert sorted(each.status_code for each in answers) == [200] + [409] * 7
    assert renter.held() == 1_000_000 - PRICE


def test_of_many_who_rent_at_once_one_rents(renter, together):
    answers = together(*[lambda: renter.post("/contract", plan="BASIC")] * 8)

    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
    assert renter.held() == 1_000_000 - PRICE


@pytest.mark.parametrize("_again", range(5))
def test_a_new_contract_and_a_renewal_of_the_old_one_are_not_both_paid(
    renter, rents, together, _again
):
    rents(renter.user_id, "BASIC", ends_in=-4, auto_renew=True)

    made, _found = together(
        lambda: renter.post("/contract", plan="BASIC"), renter.contract
    )

    assert made.status_code in {201, 409}
    assert renter.held() == 1_000_000 - PRICE
    assert renter.contract()["status"] == "ACTIVE"


def test_a_change_and_a_cancellation_at_once_lose_no_money(renter, together):
    renter.done(renter.post("/contract", plan="BASIC"), 201)

    together(
        lambda: renter.post("/change", plan="PREMIUM", when="now"),
        lambda: renter.post("/cancel", when="now"),
        lambda: renter.post("/change", plan="ENTERPRISE", when="now"),
    )

    paid = sum(
        (1 if each["kind"] == "INVOICE" else -1) * int(each["total"].replace(".", ""))
        for each in renter.get("/invoices").json["invoices"]
    )
    assert renter.held() == 1_000_000 - paid
