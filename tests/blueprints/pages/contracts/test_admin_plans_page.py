import re

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.offers.plans import newest_plans
from tests.blueprints.pages.contracts.conftest import words_of

PAGE, BASIC, NEW = "/admin/plans", "/admin/plans/BASIC", "/admin/plans/new"
VALUES = re.compile(r'<input class="input[^"]*" id="([\w-]+)"[^>]*? value="([^"]*)"')
CHECKED = re.compile(r'<input type="checkbox" name="([\w-]+)" value="yes" checked>')
LENGTHS = {
    "period": "1", "period_unit": "P1M", "grace_period": "3",
    "grace_period_unit": "P1D", "trial_period": "", "trial_period_unit": "P1D",
}  # fmt: skip
GOLD = LENGTHS | {
    "code": "GOLD", "name_th": "โกลด์", "name_en": "Gold", "price": "1,299.50",
    "yearly_price": "", "feature-max_bots": "25", "feature-backtesting": "yes",
    "offered": "yes", "version": "",
}  # fmt: skip


@pytest.fixture
def look(staff):
    """Return a function that sends the editor as it stands, with some changes."""

    def sent(path=BASIC, step="look", **typed):
        return staff.browser.post(
            path, data=editor(staff, path) | typed | {"step": step}
        )

    return sent


@pytest.fixture
def sold(engine, tenant, renter):
    """Return a function that gives the newest version of a plan."""

    def find(code):
        found = renter.office.run(newest_plans, utc_now())
        return next(plan for plan in found if plan.code == code)

    return find


def editor(reader, path):
    """Return what the editor of a plan holds."""
    page = reader.html(path)
    fields = dict(VALUES.findall(page)) | dict.fromkeys(CHECKED.findall(page), "yes")
    units = re.findall(r'name="(\w+_unit)".*?value="(\w+)" selected', page, re.DOTALL)
    return fields | dict(units) | reader.form(path, path)


def shown(answer):
    return re.search(r'name="shown" value="(\w+)"', answer.text).group(1)


def test_plans_are_listed_with_who_rents_them(staff, renter):
    renter.buy("BASIC", renter.ago(days=3))
    page = staff.html(PAGE)

    assert "฿499.00" in page
    assert '<a href="/admin/contracts?plan=BASIC">1</a>' in page
    assert "You charge no VAT" in page


def test_the_editor_begins_as_the_plan_is(staff):
    fields = editor(staff, BASIC)

    assert fields["price"] == "499.00"
    assert fields["yearly_price"] == "4990.00"
    assert fields["feature-max_bots"] == "2"
    assert (fields["period"], fields["period_unit"]) == ("1", "P1M")
    assert (fields["grace_period"], fields["grace_period_unit"]) == ("3", "P1D")
    assert "feature-basic_strategies" in fields
    assert "feature-backtesting" not in fields


def test_what_publishing_does_is_shown_before_it_is_done(look, renter, sold):
    renter.buy("BASIC", renter.ago(days=3))
    answer = look(price="599")
    page = words_of(answer.text)

    assert answer.status_code == 200
    assert "The price goes from ฿499.00 to ฿599.00." in page
    assert "1 renter comes under it at the next renewal" in page
    assert "Each renter is told of the new price" in page
    assert sold("BASIC").price == 49_900


def test_where_all_renew_on_one_day_it_is_named_once(look, new_renter):
    first, later = new_renter(), new_renter()
    first.buy("BASIC", first.ago(days=3))
    later.buy("BASIC", later.ago(days=3))
    told = words_of(look(price="599").text)
    assert re.search(r"2 renters come under it at their next renewals, on \d+", told)

    first.renew(first.contract().period_end)
    assert "between" in words_of(look(price="599").text)


def test_who_was_suspended_long_ago_renews_no_earlier_than_now(look, renter):
    renter.buy("BASIC", renter.ago(days=90))

    told = words_of(look(price="599").text)

    assert re.search(r"1 renter comes under it at the next renewal, on \d+", told)


def test_a_version_that_was_looked_at_is_published(look, sold, trail):
    seen = shown(look(price="599", **{"feature-backtesting": "yes"}))
    answer = look(
        step="publish", shown=seen, price="599", **{"feature-backtesting": "yes"}
    )

    assert (answer.status_code, answer.location) == (303, PAGE)
    plan = sold("BASIC")
    assert (plan.version, plan.price, plan.yearly_price) == (2, 59_900, 499_000)
    assert plan.features["backtesting"] is True
    assert plan.features["max_bots"] == 2
    assert trail(action="plan.publish")[0].subject == "BASIC"


def test_what_was_changed_after_the_look_is_looked_at_again(look, sold):
    seen = shown(look(price="599"))
    answer = look(step="publish", shown=seen, price="5990")

    assert answer.status_code == 200
    assert "from ฿499.00 to ฿5,990.00" in words_of(answer.text)
    assert sold("BASIC").version == 1


def test_publishing_without_a_look_publishes_nothing(look, sold):
    assert look(step="publish", price="599").status_code == 200
    assert sold("BASIC").version == 1


def test_a_version_that_is_sent_twice_is_one(staff, sold):
    fields = editor(staff, BASIC) | {"price": "599"}
    seen = shown(staff.browser.post(BASIC, data=fields | {"step": "look"}))
    ready = fields | {"step": "publish", "shown": seen}
    first, second = (staff.browser.post(BASIC, data=ready) for _ in range(2))

    assert (first.location, second.location) == (PAGE, BASIC)
    assert sold("BASIC").version == 2


def test_a_plan_of_ones_own_is_sold_and_taken_from_sale(staff, sold, renter):
    seen = shown(staff.browser.post(NEW, data=GOLD | {"step": "look"}))
    staff.browser.post(NEW, data=GOLD | {"step": "publish", "shown": seen})
    plan = sold("GOLD")
    assert (plan.price, plan.yearly_price, plan.version) == (129_950, None, 1)
    assert plan.features == {"max_bots": 25, "backtesting": True}
    assert "฿1,299.50" in renter.reader.text("/pricing")

    path = "/admin/plans/GOLD"
    fields = editor(staff, path)
    del fields["offered"]
    look = staff.browser.post(path, data=fields | {"step": "look"})
    assert "Newcomers can choose it no more." in words_of(look.text)
    done = {"step": "publish", "shown": shown(look)}
    staff.browser.post(path, data=fields | done)
    assert "Gold" not in renter.reader.text("/pricing")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"price": "1e3"}, "price"),
        ({"price": "99999999999"}, "price"),
        ({"yearly_price": "-1"}, "yearly_price"),
        ({"name_th": " "}, "name_th"),
        ({"name_en": "x" * 61}, "name_en"),
        ({"period": "0"}, "period"),
        ({"period": "ten"}, "period"),
        ({"period": "99", "period_unit": "P1Y"}, "period"),
        ({"period_unit": "forever"}, "period"),
        ({"trial_period": "0"}, "trial_period"),
        ({"grace_period": "1.5"}, "grace_period"),
        ({"feature-max_bots": "-5"}, "feature-max_bots"),
        ({"feature-max_bots": "9999999"}, "feature-max_bots"),
        ({"code": "gold-1"}, "code"),
        ({"code": ""}, "code"),
    ],
)
def test_what_cannot_be_sold_is_told_beside_its_field(staff, typed, field):
    answer = staff.browser.post(NEW, data=GOLD | typed | {"step": "look"})

    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert "โกลด์" in answer.text or field == "name_th"


def test_limits_may_have_no_end(look, sold):
    typed = {"unlimited-max_bots": "yes"}
    look(step="publish", shown=shown(look(**typed)), **typed)

    assert sold("BASIC").features["max_bots"] == -1


def test_a_length_of_mixed_units_stays_as_it_is(staff, renter):
    renter.sell("ODD", period="P1M15D", now=utc_now())
    fields = editor(staff, "/admin/plans/ODD")

    assert (fields["period"], fields["period_unit"]) == ("1", "P1M15D")


@pytest.mark.parametrize(
    ("period", "count", "unit"),
    [
        ("P1Y", "1", "P1Y"),
        ("P18M", "18", "P1M"),
        ("PT2H", "2", "PT1H"),
        ("PT90M", "90", "PT1M"),
        ("PT20S", "20", "PT1S"),
    ],
)
def test_a_length_is_shown_in_the_largest_unit_that_is_whole(
    staff, renter, period, count, unit
):
    renter.sell("TERM", period=period, now=utc_now())
    fields = editor(staff, "/admin/plans/TERM")

    assert (fields["period"], fields["period_unit"]) == (count, unit)


@pytest.mark.parametrize(
    ("count", "unit", "period"), [("15", "PT1M", "PT900S"), ("2", "P1Y", "P24M")]
)
def test_a_plan_may_last_minutes_or_years(look, sold, count, unit, period):
    typed = {"period": count, "period_unit": unit}
    look(step="publish", shown=shown(look(**typed)), **typed)

    assert sold("BASIC").period == period


def test_a_unit_that_was_typed_stays_chosen(staff):
    typed = {"period": "2", "period_unit": "PT1H", "price": "1e3", "step": "look"}
    answer = staff.browser.post(NEW, data=GOLD | typed)

    assert '<option value="PT1H" selected>' in answer.text


def test_versions_stand_below_with_who_published_them(look, staff, renter):
    look(step="publish", shown=shown(look(price="599")), price="599")
    page = staff.text(BASIC)

    assert "Somchai Jaidee ฿599.00" in page
    assert "Platform ฿499.00" in page


def test_a_viewer_looks_and_a_trader_does_not(viewer, renter, stranger):
    assert "See what it does" not in viewer.html(BASIC)
    assert renter.reader.get(PAGE).status_code == 403
    assert renter.reader.browser.post(BASIC, data=GOLD).status_code == 403
    assert stranger.get(PAGE).location.startswith("/sign-in")


def test_a_viewer_publishes_nothing_even_with_the_right_mark(viewer, staff, sold):
    fields = editor(staff, BASIC) | {"price": "599"}
    seen = shown(staff.browser.post(BASIC, data=fields | {"step": "look"}))
    ready = fields | {"step": "publish", "shown": seen}

    assert viewer.browser.post(BASIC, data=ready).status_code == 403
    assert sold("BASIC").version == 1


def test_a_plan_that_is_not_there_is_not_found(staff):
    assert staff.get("/admin/plans/NONE").status_code == 404
    assert staff.get("/admin/plans/basic").status_code == 404
