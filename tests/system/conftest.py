"""Platforms of their own, for the tests of how it starts, recovers and ends."""

import pytest

from tests.platforms import ROOT, beginning, open_folder

__all__ = ["ROOT"]


@pytest.fixture(scope="module")
def folder():
    """A folder that the database's user can reach."""
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def begin(folder):
    """Return a function that starts a platform for all tests of the file."""
    with beginning(folder) as run:
        yield run


@pytest.fixture
def start(folder):
    """Return a function that starts the platform in the home of a name."""
    with beginning(folder) as run:
        yield run
