"""The figures that a change shows are those that it was reckoned with."""

from datetime import timedelta

import pytest

from abtpro_saas.contracts.deals.reckoning import charge_share, credit_share
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.words import Billing, When
from tests.conftest import NOON

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def lines(renter):
    """Return the last credit note's line in both languages."""
    query = "SELECT lines FROM documents WHERE tenant_id = :tenant"
    order = "AND kind = 'CREDIT_NOTE' ORDER BY issued_at DESC LIMIT 1"
    ((found,),) = renter.ask(f"{query} {order}")
    return found[0]["en"], found[0]["th"]


@pytest.fixture
def seconds(renter):
    renter.sell("BRIEF", name_en="Brief", period="PT20S", price=1_000)
    renter.sell("DEAR", name_en="Dear", period="PT20S", price=5_000)
    renter.buy("BRIEF")
    return renter


def test_both_amounts_of_a_change_are_parts_that_are_shown(renter):
    renter.buy("BASIC")
    found = renter.preview("PREMIUM", NOON + 10 * DAY)

    assert credit_share(found).words(49_900, "en").startswith("20 of 30 days")
    assert credit_share(found).of(found.running.paid) == found.credit == 33_267
    assert charge_share(found).of(found.full_price) == found.charge == 99_933


def test_a_period_of_seconds_is_reckoned_in_seconds(seconds):
    found = seconds.preview("DEAR", NOON + 5 * SECOND)

    assert charge_share(found).counts == ("15", "20")
    assert charge_share(found).unit == "seconds"
    assert charge_share(found).of(found.full_price) == found.charge == 3_750


@pytest.mark.parametrize(
    "choices",
    [{"when": When.PERIOD_END}, {"billing": Billing.YEARLY}],
    ids=["later", "another length"],
)
def test_a_whole_price_is_no_share(renter, choices):
    renter.buy("BASIC")

    assert charge_share(renter.preview("PREMIUM", NOON + DAY, **choices)) is None


def test_nothing_given_back_has_no_share(renter):
    renter.buy("BASIC")
    later = renter.preview("PREMIUM", NOON + DAY, when=When.PERIOD_END)

    assert credit_share(later) is None


def test_the_credit_note_says_days_and_price(renter):
    renter.buy("BASIC")
    renter.change("PREMIUM", NOON + 10 * DAY)

    english, thai = lines(renter)
    assert english == (
        "Unused before the change to Premium: 20 of 30 days, at ฿499.00 for 30 days"
    )
    assert thai.endswith("พรีเมียม: 20 วันจาก 30 วัน ในราคา ฿499.00 ต่อ 30 วัน")


def test_the_credit_note_of_seconds_says_seconds(seconds):
    seconds.change("DEAR", NOON + 5 * SECOND)

    assert lines(seconds)[0].endswith("15 of 20 seconds, at ฿10.00 for 20 seconds")


def test_the_credit_note_says_what_a_refund_has_lowered(renter):
    contract = renter.buy("BASIC")
    query = "SELECT document_id FROM documents WHERE tenant_id = :tenant"
    ((invoice_id,),) = renter.ask(query)
    order = acts.RentalRefund(invoice_id, 40_000, "an outage", "key")
    by = {"by": renter.admin, "now": NOON + DAY}
    renter.office.run(acts.refund, contract.contract_id, order, **by)
    renter.change("PREMIUM", NOON + 10 * DAY)

    english, thai = lines(renter)
    assert english.endswith("for 30 days, less what was refunded")
    assert thai.endswith("หักส่วนที่คืนเงินไปแล้ว")
