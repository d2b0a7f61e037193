"""All tenants, over the operators' API."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import operator_keys, operators, passwords
from abtpro_saas.identity.platform_tables import OperatorAudit
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import AuditEntry, User
from abtpro_saas.ids import TenantId

TENANTS = "/api/v1/operator/tenants"
OPS = "ops.localhost"


@pytest.fixture
def operator(operator_engine, keyring, client):
    """A client with an operator's key, at the operators' host."""
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session,
            keyring,
            email=f"{uuid4().hex}@example.com",
            name="Nok",
            password="correct horse battery",
            now=utc_now(),
            profile=passwords.QUICK,
        )
        _, key = operator_keys.mint_operator_key(
            session, made.operator_id, name="CI", now=utc_now()
        )
    return client(OPS, key)


@pytest.fixture
def new():
    slug = f"t{uuid4().hex[:10]}"
    return {"slug": slug, "name": "Lanna"}


@pytest.mark.parametrize("role", [None, Role.ADMIN])
@pytest.mark.parametrize("host", [OPS, "127.0.0.1"])
def test_tenants_keys_open_nothing_here(client, api_key, role, host):
    asked = client(host, api_key(role=role) if role else None)

    assert asked.get(TENANTS).status_code in {401, 403}
    answer = asked.post(f"{TENANTS}/main/suspend", json={"reason": "x"})
    assert answer.status_code in {401, 403}


def test_an_operators_key_opens_no_tenants_api(operator):
    assert operator.get("/api/v1/account").status_code == 403
    assert operator.get("/api/v1/admin/members").status_code == 403


def test_a_tenant_is_made_and_listed(operator, new, operator_engine):
    made = operator.post(TENANTS, json=new | {"hosts": [f"{new['slug']}.example"]})
    listed = operator.get(TENANTS, query_string={"limit": 500}).json

    assert made.status_code == 201
    assert made.json["hosts"] == [f"{new['slug']}.example", f"{new['slug']}.localhost"]
    assert made.json in listed["tenants"]
    with plain_transaction(operator_engine) as session:
        query = select(OperatorAudit.action).filter_by(subject=new["slug"])
        assert session.scalars(query).all() == ["tenant.create"]


def test_pages_follow_one_another(operator, new):
    for number in range(3):
        operator.post(TENANTS, json=new | {"slug": f"{new['slug']}-{number}"})
    slugs, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = operator.get(TENANTS, query_string=query).json
        slugs += [each["slug"] for each in page["tenants"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert slugs == sorted(set(slugs))
    assert {f"{new['slug']}-{number}" for number in range(3)} <= set(slugs)


def test_a_slug_is_taken_once(operator, new):
    operator.post(TENANTS, json=new)
    answer = operator.post(TENANTS, json=new)

    assert (answer.status_code, answer.json["code"]) == (409, "slug_taken")


def test_the_first_admin_is_invited(operator, new, engine):
    admin = {"email": "Boss@example.com", "name": "Boss"}
    made = operator.post(TENANTS, json=new | {"admin": admin}).json
    tenant_id = TenantId(made["id"])

    with tenant_transaction(engine, tenant_id) as session:
        boss = session.scalars(select(User)).one()
        entry = session.scalars(select(AuditEntry)).one()
    assert (boss.email, boss.role, boss.password_hash) == (
        "boss@example.com",
        "admin",
        None,
    )
    assert (entry.actor_kind, entry.action) == ("OPERATOR", "member.invite")


def test_an_admin_that_cannot_be_invited_makes_no_tenant(operator, new):
    admin = {"email": "no address", "name": "Boss"}

    assert operator.post(TENANTS, json=new | {"admin": admin}).status_code == 422
    assert operator.post(TENANTS, json=new).status_code == 201


def test_a_suspended_tenant_is_shut_until_resumed(
    operator, client, api_key, host_of, tenant
):
    key, slug = api_key(), host_of(tenant).partition(".")[0]
    shut = operator.post(f"{TENANTS}/{slug}/suspend", json={"reason": "unpaid"}).json
    refused = client(key=key).get("/api/v1/account")

    assert shut["suspended_reason"] == "unpaid"
    assert (refused.status_code, refused.json["code"]) == (403, "tenant_suspended")
    assert operator.post(f"{TENANTS}/{slug}/resume").json["suspended_at"] is None
    assert client(key=key).get("/api/v1/account").status_code == 200


@pytest.mark.parametrize("verb", ["suspend", "resume"])
def test_a_tenant_that_is_not_there_is_not_found(operator, verb):
    body = {"json": {"reason": "x"}} if verb == "suspend" else {}

    assert operator.post(f"{TENANTS}/nobody/{verb}", **body).status_code == 404


@pytest.mark.parametrize("wrong", [{}, {"reason": ""}, {"reason": "x", "y": 1}])
def test_a_suspension_says_why(operator, wrong):
    assert operator.post(f"{TENANTS}/main/suspend", json=wrong).status_code == 422
