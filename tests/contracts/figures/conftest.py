"""Figures of a tenant, as its admins ask for them."""

import pytest

from abtpro_saas.contracts.figures.months import asked_months
from abtpro_saas.contracts.figures.reading import read_figures


@pytest.fixture
def figures_of():
    """Return a function that reads the figures of a renter's tenant."""

    def read(renter, first, last, now):
        return renter.office.run(read_figures, asked_months(first, last, now))

    return read
