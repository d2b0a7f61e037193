"""A tenant with some months of renting behind it."""

from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.figures.months import month_of
from abtpro_saas.identity.roles import Role
from tests.billing.office import Office
from tests.contracts.renting import Renter


@pytest.fixture
def month():
    """The month before the present one."""
    return month_of(utc_now()).plus(-1)


@pytest.fixture
def rented(engine, tenant, user, month):
    """A trader who rents BASIC since the middle of that month, and has paid two."""
    office = Office(engine, tenant, user())
    office.pay_in(1_000_000)
    renter = Renter(office, user(Role.ADMIN))
    renter.buy("BASIC", now=month.start + timedelta(days=14), auto_renew=True)
    renter.review(renter.contract().period_end)
    return renter
