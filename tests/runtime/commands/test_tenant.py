"""``abtpro tenant``, and the tenant that the settings make."""

from uuid import UUID, uuid4

import psycopg

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import audit, people, tenants
from abtpro_saas.identity.access import second_factor, totp
from abtpro_saas.identity.access.passwords import verify_password
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.runtime.house import opened
from abtpro_saas.runtime.main_tenant import ensure
from tests.conftest import NOON


def test_a_tenant_is_made_with_host_admin_and_merchant(abtpro, slug, engine):
    code, told, _ = abtpro(
        "tenant", "create", slug, "--name", "Chiang Mai Traders",
        "--admin", "first@cm.example", "--merchant-id", f"{slug}-1",
        "--biller-id", "099400000000100",
    )  # fmt: skip

    assert code == 0
    found = tenants.find_tenant(engine, f"{slug}.localhost:8000")
    assert str(found.tenant_id) == told["tenant"]
    assert len(told["webhook secret"]) >= 32
    with tenant_transaction(engine, found.tenant_id) as session:
        admin = people.find_user(session, found.tenant_id, "first@cm.example")
        assert admin.role == "admin"
        assert verify_password(admin.password_hash, told["password"])


def test_a_tenant_is_changed_and_listed(abtpro, slug, server):
    abtpro("tenant", "create", slug)
    code, told, _ = abtpro(
        "tenant", "set", slug, "--name", "Renamed", "--accent", "#123456",
        "--vat-basis-points", "0", "--sign-up", "--host", f"{slug}.example.com",
        "--merchant-id", f"{slug}-m", "--webhook-secret-file", "-",
        typed="a-secret-that-the-gateway-gave\n",
    )  # fmt: skip
    listed = abtpro("tenant", "list")[1]

    assert code == 0
    assert "webhook secret" not in told
    assert listed[slug].startswith("open")
    assert "Renamed" in listed[slug]
    assert f"{slug}.example.com" in listed[slug]
    with psycopg.connect(server.superuser_url) as admin:
        row = admin.execute(
            "SELECT accent, vat_basis_points, sign_up FROM tenants WHERE slug = %s",
            [slug],
        ).fetchone()
    assert row == ("#123456", 0, True)


def test_a_domain_is_taken_away_and_given_to_its_owner(abtpro, slug, engine):
    owner, domain = f"o{slug[1:]}", f"{slug}.example"
    abtpro("tenant", "create", slug, "--host", domain)
    _, told, _ = abtpro("tenant", "create", owner)

    assert abtpro("tenant", "set", owner, "--host", domain)[0] == 1
    assert abtpro("tenant", "set", slug, "--host", f"{slug}.localhost")[0] == 0
    assert abtpro("tenant", "set", owner, "--host", domain)[0] == 0
    assert str(tenants.find_tenant(engine, domain).tenant_id) == told["tenant"]
    assert tenants.find_tenant(engine, f"{slug}.localhost").slug == slug


def test_a_slug_that_is_taken_is_refused_in_one_line(abtpro, slug):
    abtpro("tenant", "create", slug)
    code, _, error = abtpro("tenant", "create", slug)

    assert code == 1
    assert error == f"abtpro: a tenant {slug} is there already\n"


def test_tenant_main_gets_the_merchant_of_the_settings(settings, engine, server):
    merchant = f"main-{uuid4().hex[:8]}"
    chosen = settings(
        PROMPTPAY_MERCHANT_ID=merchant,
        PROMPTPAY_WEBHOOK_SECRET="first-secret",
        PAYMENT_GATEWAY_URL="http://gateway.example",
    )
    changed = settings(
        PROMPTPAY_MERCHANT_ID=merchant,
        PROMPTPAY_WEBHOOK_SECRET="second-secret",
        PAYMENT_GATEWAY_URL="http://new-gateway.example",
    )
    for each in (chosen, changed, changed):
        with opened(each) as house:
            ensure(house, NOON)

    with psycopg.connect(server.superuser_url) as admin:
        rows = admin.execute(
            "SELECT base_url, cardinality(sealed_secrets) FROM gateway_accounts"
            " WHERE merchant_id = %s",
            [merchant],
        ).fetchall()
    assert rows == [("http://new-gateway.example", 2)]


def test_an_operator_takes_a_lost_second_factor_away(abtpro, slug, engine, keyring):
    _, made, _ = abtpro("tenant", "create", slug, "--admin", "boss@cm.example")
    tenant_id = TenantId(UUID(made["tenant"]))
    with tenant_transaction(engine, tenant_id) as session:
        boss = people.find_user(session, tenant_id, "boss@cm.example").user_id
        secret = second_factor.begin(session, keyring, tenant_id, boss, "CM").secret
        code, now = totp.code_at(secret, NOON), NOON
        second_factor.confirm(session, keyring, tenant_id, boss, code=code, now=now)
    off = ("tenant", "second-factor-off", slug, "boss@cm.example")
    answers = [abtpro(*off)[:2] for _ in range(2)]

    assert answers == [
        (0, {"boss@cm.example": "the second step is off"}),
        (0, {"boss@cm.example": "it was off already"}),
    ]
    with tenant_transaction(engine, tenant_id) as session:
        assert not people.get_user(session, tenant_id, boss).has_second_factor
        (mail,) = session.query(Mail).all()
        lines = audit.search(session, tenant_id, audit.Filter(subject=str(boss)))
    assert (mail.kind, mail.params["by"]) == ("SECOND_FACTOR_REMOVED", "ABTPro")
    assert [(e.actor_kind, e.detail) for e in lines] == [
        ("OPERATOR", {"was_on": False}),
        ("OPERATOR", {"was_on": True}),
    ]


def test_nobodys_second_factor_is_taken_away_in_one_line(abtpro, slug):
    abtpro("tenant", "create", slug)
    for where in (slug, f"{slug}x"):
        code, _, error = abtpro("tenant", "second-factor-off", where, "no@cm.example")
        assert (code, error.count("\n")) == (1, 1)
        assert error.startswith("abtpro: ")
