"""All tenants, over the operators' API."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity.messages import InviteAdmin
from abtpro_saas.identity.platform_tables import OperatorAudit, OperatorIdempotencyKey
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import Tenant
from abtpro_saas.ids import TenantId
from abtpro_saas.outbox import OutboxRow, leave
from tests.blueprints.operating import new_operator_key

TENANTS = "/api/v1/operator/tenants"
OPS = "ops.localhost"


@pytest.fixture
def new_operator(operator_engine, keyring, client):
    """Return a function that makes an operator: a client with their key."""
    return lambda: client(OPS, new_operator_key(operator_engine, keyring))


@pytest.fixture
def operator(new_operator):
    """A client with an operator's key, at the operators' host."""
    return new_operator()


@pytest.fixture
def new():
    slug = f"t{uuid4().hex[:10]}"
    return {"slug": slug, "name": "Lanna"}


def listed_tenants(operator, limit=500):
    """Return all tenants, asked for page by page."""
    found, cursor = [], None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = operator.get(TENANTS, query_string=query).json
        found += page["tenants"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


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
    listed = listed_tenants(operator)

    assert made.status_code == 201
    assert made.json["hosts"] == [f"{new['slug']}.example", f"{new['slug']}.localhost"]
    assert made.json in listed
    with plain_transaction(operator_engine) as session:
        query = select(OperatorAudit.action).filter_by(subject=new["slug"])
        assert session.scalars(query).all() == ["tenant.create"]


def test_pages_follow_one_another(operator, new):
    for number in range(3):
        operator.post(TENANTS, json=new | {"slug": f"{new['slug']}-{number}"})
    limit = len(listed_tenants(operator)) // 3  # of a database that tests share
    slugs = [each["slug"] for each in listed_tenants(operator, limit)]

    assert slugs == sorted(set(slugs))
    assert {f"{new['slug']}-{number}" for number in range(3)} <= set(slugs)


def test_a_slug_is_taken_once(operator, new):
    operator.post(TENANTS, json=new)
    answer = operator.post(TENANTS, json=new)

    assert (answer.status_code, answer.json["code"]) == (409, "slug_taken")


@pytest.fixture
def invitations(engine):
    """Return a function that gives what was left to invite at a tenant."""

    def read(made):
        with tenant_transaction(engine, TenantId(made["id"])) as session:
            rows = session.scalars(select(OutboxRow).filter_by(kind=InviteAdmin.kind))
            return [InviteAdmin(**row.message) for row in rows]

    return read


def test_the_first_admins_invitation_leaves_with_the_tenant(operator, new, invitations):
    admin = {"email": "Boss@example.com", "name": " Boss "}

    made = operator.post(TENANTS, json=new | {"admin": admin}).json

    (left,) = invitations(made)
    assert (left.tenant_id, left.locale) == (made["id"], made["locale"])
    assert (left.email, left.name) == ("boss@example.com", "Boss")


def test_an_invitations_link_opens_a_page(app):
    with app.test_request_context():
        assert url_for("links_page.open_link", link="abc") == "/link/abc"


def test_a_tenant_without_an_admin_invites_nobody(operator, new, invitations):
    assert invitations(operator.post(TENANTS, json=new).json) == []


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


@pytest.fixture
def made(operator_engine, new):
    """Return a function that counts the tenants of this test."""

    def count():
        with plain_transaction(operator_engine) as session:
            query = select(func.count()).where(Tenant.slug == new["slug"])
            return session.scalar(query)

    return count


def marked(operator, path, key="k1", **body):
    return operator.post(path, headers={"Idempotency-Key": key}, **body)


def test_a_repeated_creation_gets_the_first_answer(operator, new, invitations):
    body = new | {"admin": {"email": "boss@example.com", "name": "Boss"}}
    first = marked(operator, TENANTS, json=body)
    again = marked(operator, TENANTS, json=body)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(invitations(first.json)) == 1


def test_another_body_under_an_operators_key_is_refused(operator, new, made):
    marked(operator, TENANTS, json=new | {"name": "Siam"})
    answer = marked(operator, TENANTS, json=new)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert made() == 1


def test_a_refused_creation_is_stored_and_leaves_no_tenant(operator, new):
    operator.post(TENANTS, json=new)
    first = marked(operator, TENANTS, json=new)
    again = marked(operator, TENANTS, json=new)

    assert (first.status_code, first.json["code"]) == (409, "slug_taken")
    assert again.data == first.data


def test_of_twin_creations_one_counts_and_one_asks_again(operator, new, made):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: marked(operator, TENANTS, json=new), range(8))
        )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert made() == 1
    assert marked(operator, TENANTS, json=new).status_code == 201


def test_another_operators_key_is_another_key(operator, new_operator, new):
    marked(operator, TENANTS, json=new)

    answer = marked(new_operator(), TENANTS, json=new)

    assert (answer.status_code, answer.json["code"]) == (409, "slug_taken")


def test_an_operators_stored_answer_is_sealed(operator, new, operator_engine):
    marked(operator, TENANTS, json=new)

    with plain_transaction(operator_engine) as session:
        bodies = session.scalars(select(OperatorIdempotencyKey.body)).all()
    assert not any(new["slug"].encode() in body for body in bodies)


def test_a_repeated_suspension_writes_one_line(
    operator, host_of, tenant, operator_engine
):
    slug = host_of(tenant).partition(".")[0]
    for _ in range(2):
        marked(operator, f"{TENANTS}/{slug}/suspend", json={"reason": "unpaid"})
        assert marked(operator, f"{TENANTS}/{slug}/resume").status_code == 200

    with plain_transaction(operator_engine) as session:
        query = select(OperatorAudit.action).filter_by(subject=slug)
        assert sorted(session.scalars(query)) == ["tenant.resume", "tenant.suspend"]


def test_an_operator_leaves_invitations_in_the_outbox_and_nothing_else(
    tenant, operator_engine
):
    @dataclass(frozen=True)
    class Errand:
        kind = "payment.watch"
        process_id = "p"
        tenant_id: str

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        plain_transaction(operator_engine) as session,
    ):
        leave(session, Errand(str(tenant)), utc_now())
