"""Traders who rent over the API, and their tenant's admins."""

from dataclasses import dataclass

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests import contracts_for
from tests.billing.office import Office


@dataclass
class Asker:
    """Somebody who asks below one path of the API, and what stands behind them."""

    client: object
    office: Office
    below: str

    @property
    def user_id(self):
        return self.office.user_id

    def get(self, path="", **query):
        return self.client.get(self.below + path, query_string=query)

    def post(self, path="", mark=None, **body):
        headers = {} if mark is None else {"Idempotency-Key": mark}
        return self.client.post(self.below + path, json=body, headers=headers)

    def patch(self, path="", **body):
        return self.client.patch(self.below + path, json=body)

    def put(self, path="", **body):
        return self.client.put(self.below + path, json=body)

    def delete(self, path=""):
        return self.client.delete(self.below + path)

    def code(self, answer, status):
        """Return the code of a refusal that has this status."""
        assert answer.status_code == status, answer.text
        return answer.json["code"]

    def done(self, answer, status=200):
        """Return the body of an answer that has this status."""
        assert answer.status_code == status, answer.text
        return answer.json

    def contract(self):
        """Return the caller's contract as the API tells it."""
        return self.done(self.get("/contract"))["contract"]

    def held(self):
        """Return what the wallet holds, in satang, after an audit of the books."""
        return self.office.held()[0]


@pytest.fixture
def asker(client, api_key, engine, tenant, user):
    """Return a function that gives somebody of a role a key, and money."""

    def make(role=Role.TRADER, *, below="/api/v1/rental", tenant_id=None, **values):
        at = tenant_id or tenant
        office = Office(engine, at, values.pop("user_id", None) or user(role, at))
        paid_in = values.pop("paid_in", 0)
        if paid_in:
            office.pay_in(paid_in)
        key = api_key(office.user_id, tenant_id=at, **{"plan": None} | values)
        return Asker(client(key=key), office, below)

    return make


@pytest.fixture
def renter(asker):
    """A trader with ฿10,000.00 in the wallet, and no contract yet."""
    return asker(paid_in=1_000_000)


@pytest.fixture
def admin(asker):
    """An admin of the same tenant."""
    return asker(Role.ADMIN, below="/api/v1/admin")


@pytest.fixture
def rents(engine, tenant):
    """Return a function that lets somebody rent, as ``contracts_for.give`` does."""

    def let(user_id, plan="ENTERPRISE", **values):
        with tenant_transaction(engine, tenant) as session:
            return contracts_for.give(session, tenant, user_id, plan, **values)

    return let
