"""``abtpro tenant``, and the tenant that the settings make."""

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

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


@pytest.fixture
def account(server):
    """Return a function that reads a gateway account's row."""

    def read(merchant_id):
        with psycopg.connect(server.superuser_url, row_factory=dict_row) as admin:
            return admin.execute(
                "SELECT driver, base_url, biller_id, promptpay_id, promptpay_kind,"
                " active, sealed_secrets FROM gateway_accounts WHERE merchant_id = %s",
                [merchant_id],
            ).fetchone()

    return read


@pytest.fixture
def merchant(abtpro, slug):
    """The merchant of a tenant with an address, a biller and a secret."""
    abtpro(
        "tenant", "create", slug, "--merchant-id", f"{slug}-1",
        "--base-url", "https://gateway.example", "--biller-id", "099400000000100",
    )  # fmt: skip
    return f"{slug}-1"


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ((), {}),
        (("--driver", "classic"), {"driver": "classic"}),
        (("--base-url", "https://new.example"), {"base_url": "https://new.example"}),
        (("--biller-id", "099400000000200"), {"biller_id": "099400000000200"}),
        (
            ("--promptpay-id", "0812345678", "--promptpay-kind", "PHONE"),
            {"promptpay_id": "0812345678", "promptpay_kind": "PHONE"},
        ),
    ],
)
def test_only_what_is_given_of_a_merchant_changes(
    abtpro, slug, merchant, account, options, changes
):
    before = account(merchant)
    code, told, _ = abtpro("tenant", "set", slug, "--merchant-id", merchant, *options)

    assert code == 0
    assert "webhook secret" not in told
    assert account(merchant) == before | changes


def test_a_secret_that_is_given_rotates_in(abtpro, slug, merchant, account):
    before = account(merchant)
    abtpro(
        "tenant", "set", slug, "--merchant-id", merchant,
        "--webhook-secret-file", "-", typed="a-secret-that-the-gateway-gave\n",
    )  # fmt: skip
    after = account(merchant)

    assert after["sealed_secrets"][1:] == before.pop("sealed_secrets")
    assert before.items() <= after.items()


def test_the_merchant_that_is_named_becomes_the_active_one(
    abtpro, slug, merchant, account
):
    told = abtpro("tenant", "set", slug, "--merchant-id", f"{slug}-2")[1]

    assert len(told["webhook secret"]) >= 32
    assert (account(merchant)["active"], account(f"{slug}-2")["active"]) == (
        False,
        True,
    )
    abtpro("tenant", "set", slug, "--merchant-id", merchant)
    assert (account(merchant)["active"], account(f"{slug}-2")["active"]) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    "options",
    [
        ("--driver", "generic"),
        ("--base-url", "https://new.example"),
        ("--webhook-secret-file", "-"),
        ("--driver", "nobody's", "--merchant-id", "m"),
    ],
)
def test_a_gateway_option_without_effect_is_refused_in_one_line(
    abtpro, slug, merchant, account, options
):
    before = account(merchant)
    code, _, error = abtpro("tenant", "set", slug, "--name", "Renamed", *options)

    assert (code, error.count("\n")) == (1, 1)
    assert account(merchant) == before
    assert "Renamed" not in abtpro("tenant", "list")[1][slug]


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
