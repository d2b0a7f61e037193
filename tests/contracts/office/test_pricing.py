from datetime import timedelta

from abtpro_saas.contracts.office.pricing import renters_by_plan
from abtpro_saas.contracts.words import When
from tests.conftest import NOON

DAY = timedelta(days=1)


def test_who_goes_on_is_counted_by_plan_with_the_ends_of_their_periods(new_renter):
    early, late, other = (new_renter(1_000_000) for _ in range(3))
    first = early.buy("BASIC", NOON).period_end
    last = late.buy("BASIC", NOON + 3 * DAY).period_end
    other.buy("PREMIUM", NOON)

    found = early.office.run(renters_by_plan)

    assert (found["BASIC"].count, found["PREMIUM"].count) == (2, 1)
    assert (found["BASIC"].first_end, found["BASIC"].last_end) == (first, last)
    assert "ENTERPRISE" not in found


def test_who_has_cancelled_or_was_replaced_is_not_counted(new_renter):
    cancelled, replaced = new_renter(1_000_000), new_renter(1_000_000)
    cancelled.buy("BASIC")
    cancelled.cancel(NOON)
    replaced.buy("BASIC")
    replaced.cancel(NOON, When.NOW)
    replaced.buy("PREMIUM", NOON + DAY)

    assert set(cancelled.office.run(renters_by_plan)) == {"PREMIUM"}


def test_a_new_version_wakes_everybody_who_rents_the_plan(new_renter):
    one, other = new_renter(1_000_000), new_renter(1_000_000)
    one.buy("BASIC")
    other.buy("PREMIUM")
    query = "SELECT count(*) FROM outbox WHERE kind = 'contract.watch'"
    before = one.ask(query)[0].count

    one.sell("BASIC", price=60_000)

    assert one.ask(query)[0].count == before + 1
