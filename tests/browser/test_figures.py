"""The page of business figures: charts that fit, and the same in tables."""

from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.roles import Role
from tests.billing.office import Office
from tests.browser.conftest import assert_accessible, assert_fits, sign_in
from tests.contracts.renting import Renter


@pytest.fixture
def rented(engine, tenant, user):
    """A trader who has rented for some months, and upgraded in between."""
    office = Office(engine, tenant, user())
    office.pay_in(2_000_000)
    renter = Renter(office, user(Role.ADMIN))
    begun = utc_now() - timedelta(days=100)
    renter.buy("BASIC", now=begun, auto_renew=True)
    renter.change("PREMIUM", begun + timedelta(days=10))
    for _ in range(2):
        renter.review(renter.contract().period_end)


@pytest.mark.parametrize(("size", "language"), [("desk", "en"), ("phone", "th")])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_fit_and_can_be_read_by_all(
    page, person, rented, size, language, theme
):
    shown = page(size, language=language)
    shown.emulate_media(color_scheme=theme)
    sign_in(shown, person(Role.ADMIN, locale=language))

    assert shown.visit("/admin/figures").status == 200
    assert_fits(shown)
    shown.locator("figure details summary").first.press("Enter")
    assert shown.locator("figure details[open] table").first.is_visible()
    assert_fits(shown)
    assert_accessible(shown)
