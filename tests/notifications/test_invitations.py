"""A new tenant's first admin: added and mailed together, once."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import audit
from abtpro_saas.identity.messages import InviteAdmin, SendInvitation
from abtpro_saas.identity.tables import User
from abtpro_saas.notifications.invitations import invite_admin
from abtpro_saas.notifications.service import seal_context
from tests.notifications.conftest import NOON


@pytest.fixture
def order(tenant):
    return InviteAdmin(
        str(tenant), str(uuid4()), "boss@example.com", "Boss", "en", str(uuid4()), "::1"
    )


@pytest.fixture
def invite(engine, keyring, settings, order):
    """Return a function that invites, with these settings."""

    def run(**overrides):
        asked = SendInvitation(order, NOON)
        return invite_admin(engine, keyring, settings(**overrides), asked)

    return run


@pytest.fixture
def people(engine, tenant):
    def read():
        with tenant_transaction(engine, tenant) as session:
            return list(session.scalars(select(User)))

    return read


@pytest.fixture
def link(mails, keyring, tenant):
    """Return a function that opens the link in the one mail."""

    def read():
        (mail,) = mails()
        sealed = keyring.open(mail.sealed, seal_context(tenant, mail.mail_id))
        return json.loads(sealed)["link"]

    return read


def test_the_admin_is_added_without_a_password_and_mailed(invite, people, mails):
    standing = invite()

    (boss,), (mail,) = people(), mails()
    assert (boss.email, boss.role, boss.locale) == ("boss@example.com", "admin", "en")
    assert boss.password_hash is None
    assert (mail.kind, mail.user_id) == ("INVITED", boss.user_id)
    assert (standing.status, standing.review_at) == ("INVITED", None)
    assert standing.user_id == str(boss.user_id)


def test_a_repeat_neither_adds_nor_mails_again(invite, people, mails):
    first = invite()

    assert invite() == first
    assert (len(people()), len(mails())) == (1, 1)


def test_two_workers_at_once_invite_once(invite, people, mails):
    with ThreadPoolExecutor(4) as pool:
        standings = list(pool.map(lambda _: invite(), range(4)))

    assert len(set(standings)) == 1
    assert (len(people()), len(mails())) == (1, 1)


def test_the_trail_names_the_operator(invite, engine, tenant, order):
    invite()

    with tenant_transaction(engine, tenant) as session:
        (entry,) = audit.search(session, tenant, audit.Filter())
    assert (entry.actor_kind, str(entry.actor_id)) == ("OPERATOR", order.operator_id)
    assert (entry.action, entry.address) == ("member.invite", "::1")


def test_the_link_leads_to_the_tenants_own_host(invite, link, slug):
    invite(ABTPRO_PORT="9000")

    assert link().startswith(f"http://{slug}.localhost:9000/link/")


def test_behind_a_proxy_the_link_has_the_base_urls_scheme(invite, link, slug, host):
    host(f"{slug}.abtpro.example")

    invite(ABTPRO_BASE_URL="https://abtpro.example")

    assert link().startswith(f"https://{slug}.abtpro.example/link/")


@pytest.fixture
def slug(operator_engine, tenant):
    with operator_engine.connect() as connection:
        query = text("SELECT slug FROM tenants WHERE tenant_id = :id")
        return connection.scalar(query, {"id": tenant})


@pytest.fixture
def host(operator_engine, tenant):
    """Return a function that gives the tenant another host."""

    def add(name):
        with operator_engine.begin() as connection:
            connection.execute(
                text("INSERT INTO tenant_hosts VALUES (:id, :host, :now)"),
                {"id": tenant, "host": name, "now": NOON},
            )

    return add
