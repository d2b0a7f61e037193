"""Keys of a trader's, made and asked with."""

import pytest

from abtpro_saas.errors import DomainError
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.roles import SCOPES, Role

ADDRESS = "203.0.113.7"
ALL = KeyLimits(SCOPES[Role.ADMIN])


@pytest.fixture
def trader(user):
    return user()


@pytest.fixture
def mint(inside, tenant, trader, now):
    """Return a function that mints a key of the trader's."""

    def run(scopes=("wallet:read",), limits=ALL, **values):
        with inside() as session:
            return keys.mint_key(
                session,
                tenant,
                trader,
                name="Bot",
                scopes=scopes,
                limits=limits,
                now=now,
                **values,
            )

    return run


@pytest.fixture
def asks(engine, now):
    """Return a function that asks with a key: the caller, or the refusal's code."""

    def run(plain, address=ADDRESS, at=now):
        try:
            return keys.authenticate_key(engine, plain, address, at)
        except DomainError as error:
            return error.code

    return run
