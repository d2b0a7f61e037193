"""A tenant with traders who rent."""

import pytest

from abtpro_saas.identity.roles import Role
from tests.billing.office import Office
from tests.contracts.renting import Renter


@pytest.fixture
def new_renter(engine, tenant, user):
    """Return a function that makes a trader with so much in the wallet, in satang."""
    admin = user(Role.ADMIN)

    def make(paid_in=0):
        office = Office(engine, tenant, user())
        if paid_in:
            office.pay_in(paid_in)
        return Renter(office, admin)

    return make


@pytest.fixture
def renter(new_renter):
    """A trader with ฿10,000.00 in the wallet."""
    return new_renter(1_000_000)
