"""Links that are mailed, and what they open."""

import pytest

from abtpro_saas.errors import DomainError
from abtpro_saas.identity import tenants
from abtpro_saas.identity.access import credentials, passwords, signin
from abtpro_saas.identity.words import Locale

EMAIL = "somchai@example.com"
NEW = "another horse entirely"


@pytest.fixture
def reset(inside, tenant, now):
    """Return a function that asks for a link for a forgotten password."""

    def ask(email=EMAIL, at=now):
        with inside() as session:
            return credentials.request_reset(session, tenant, email, at)

    return ask


@pytest.fixture
def choose(inside, tenant, now):
    """Return a function that chooses a password behind a link."""

    def run(link, password=NEW, at=now, tenant_id=None):
        with inside(tenant_id) as session:
            return credentials.choose_password(
                session,
                tenant_id or tenant,
                link,
                password,
                at,
                profile=passwords.QUICK,
            )

    return run


@pytest.fixture
def signs_in(engine, tenant, origin, now):
    """Return a function that tells whether a password opens an account."""

    def ask(password, email=EMAIL):
        try:
            signin.sign_in(engine, tenant, email, password, origin=origin, now=now)
        except DomainError:
            return False
        return True

    return ask


@pytest.fixture
def sign_up(inside, tenant, now):
    """Return a function that signs a newcomer up."""

    def run(email=EMAIL, *, is_open=True):
        with inside() as session:
            tenants.update_tenant(session, tenant, sign_up=is_open)
            return credentials.sign_up(
                session, tenant, email=email, name="Somchai", locale=Locale.TH, now=now
            )

    return run
