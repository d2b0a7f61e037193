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
def new_rented(engine, tenant, user):
    """Return a function that makes a trader who rents BASIC and reaches its end."""

    def make(now, *, auto_renew=True):
        office = Office(engine, tenant, user())
        office.pay_in(1_000_000)
        renter = Renter(office, user(Role.ADMIN))
        renter.buy("BASIC", now=now, auto_renew=auto_renew)
        renter.review(renter.contract().period_end)
        return renter

    return make


@pytest.fixture
def rented(new_rented, month):
    """A trader who rents BASIC since the middle of that month, and has paid two."""
    return new_rented(month.start + timedelta(days=14))
