"""A tenant's own settings, over the API."""

from uuid import uuid4

import pytest

from abtpro_saas.identity.roles import Role

TENANT = "/api/v1/admin/tenant"


@pytest.fixture
def admin(client, api_key):
    """A client with the key of an admin."""
    return client(key=api_key(role=Role.ADMIN))


def test_a_stranger_sees_no_settings(client):
    assert client().get(TENANT).status_code == 401
    assert client().patch(TENANT, json={}).status_code == 401


@pytest.mark.parametrize(
    ("role", "read", "write"), [(Role.TRADER, 403, 403), (Role.VIEWER, 200, 403)]
)
def test_admins_alone_change_settings(client, api_key, role, read, write):
    asked = client(key=api_key(role=role))

    assert asked.get(TENANT).status_code == read
    assert asked.patch(TENANT, json={"sign_up": True}).status_code == write


def test_what_is_given_changes_and_the_rest_stays(admin, trail):
    before = admin.get(TENANT).json
    after = admin.patch(TENANT, json={"name": "สยาม", "vat_basis_points": 0}).json

    assert after == before | {"name": "สยาม", "vat_basis_points": 0, "version": 2}
    assert trail()[0].detail["fields"] == ["name", "vat_basis_points"]


def test_who_saw_an_older_version_changes_nothing(admin):
    admin.patch(TENANT, json={"sign_up": True, "version": 1})
    answer = admin.patch(TENANT, json={"sign_up": False, "version": 1})

    assert (answer.status_code, answer.json["code"]) == (409, "tenant_changed")
    assert admin.get(TENANT).json["sign_up"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "other"},
        {"accent": "#zzzzzz"},
        {"logo_url": "https://evil.example/x.png"},
        {"hosts": ["ops.localhost"]},
        {"hosts": ["a b"]},
        {"vat_basis_points": 10_001},
        {"sign_up": "yes"},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(admin, wrong):
    before = admin.get(TENANT).json

    assert admin.patch(TENANT, json={"name": "X"} | wrong).status_code == 422
    assert admin.get(TENANT).json == before


def test_a_tenant_takes_its_own_domain_but_no_other_tenants(
    admin, client, api_key, user, new_tenant
):
    domain = f"{uuid4().hex[:8]}.example"
    elsewhere = new_tenant()
    key = api_key(user(Role.ADMIN, elsewhere), tenant_id=elsewhere)
    taken = client(key=key).patch(TENANT, json={"hosts": [domain]})
    answer = admin.patch(TENANT, json={"hosts": [domain]})

    assert taken.json["hosts"] == [domain]
    assert (answer.status_code, answer.json["code"]) == (409, "host_taken")
