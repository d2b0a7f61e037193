"""The commands for tenants, operators and the demo, as processes of their own."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import audit, people, tenants
from abtpro_saas.identity.access import second_factor, totp
from abtpro_saas.identity.access.passwords import verify_password
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.operators.keys import authenticate_operator_key
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.runtime.house import opened
from abtpro_saas.runtime.main_tenant import ensure
from tests.conftest import NOON, SEALING_KEYS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def abtpro(server, tmp_path):
    """Return a function that runs a command; it gives exit code, answers and errors."""
    environ = {
        "PATH": os.environ["PATH"],
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(tmp_path / "home"),
        "ABTPRO_SEALING_KEYS": SEALING_KEYS,
        "DATABASE_URL": server.app_url,
        "DATABASE_OWNER_URL": server.owner_url,
        "DATABASE_OPERATOR_URL": server.operator_url,
    }

    def run(*arguments, typed="", **more):
        done = subprocess.run(
            [sys.executable, "-m", "abtpro_saas.cli", *arguments],
            cwd=ROOT,
            env=environ | more,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        pairs = (line.partition("  ") for line in done.stdout.splitlines() if line)
        answers = {name: text for name, _, text in pairs}
        told = {name.strip(): text.strip() for name, text in answers.items()}
        return done.returncode, told, done.stderr

    return run


@pytest.fixture
def slug():
    return f"t{uuid4().hex[:10]}"


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


def test_an_operator_is_made_with_authenticator_and_key(abtpro, operator_engine):
    email = f"{uuid4().hex[:8]}@abtpro.example"
    code, told, _ = abtpro(
        "operator", "create", email, "--name", "Somsri", "--api-key", "scripts"
    )

    assert code == 0
    assert told["authenticator"].startswith("otpauth://totp/")
    assert len(told["password"]) >= 16
    caller = authenticate_operator_key(
        operator_engine, told["API key"], "127.0.0.1", utc_now()
    )
    assert caller.email == email


def test_a_given_password_is_not_repeated(abtpro):
    email = f"{uuid4().hex[:8]}@abtpro.example"
    asked = ("operator", "create", email, "--name", "Somsri", "--password-file", "-")
    code, told, _ = abtpro(*asked, typed="correct-horse-battery-staple\n")

    assert code == 0
    assert "password" not in told


def test_the_demo_is_for_local_use_alone(abtpro):
    code, _, error = abtpro("demo", "seed", ABTPRO_ENV="production")

    assert code == 1
    assert error == "abtpro: ABTPRO_ENV: expected local, where demo data exist\n"


def test_simulators_are_for_local_use_alone(abtpro):
    code, _, error = abtpro("gateway-simulator", ABTPRO_ENV="production")

    assert code == 1
    assert "where simulators exist" in error


def test_migrations_need_the_owner_of_the_tables(abtpro):
    code, _, error = abtpro("database", "migrate", DATABASE_OWNER_URL="")

    assert code == 1
    assert error.startswith("abtpro: DATABASE_OWNER_URL: expected the role")


def test_an_unknown_command_shows_those_that_there_are(abtpro):
    code, _, error = abtpro("launch")

    assert code == 1
    assert error.startswith("abtpro: no command 'launch'")
    assert "doctor" in error


def test_the_doctors_faults_are_its_exit_code(abtpro):
    code, told, _ = abtpro("doctor")

    assert code == 1
    assert any("`./dev up` is not running" in text for text in told.values())


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


def test_an_operator_who_lost_everything_is_renewed(abtpro, operator_engine):
    email = f"{uuid4().hex[:8]}@abtpro.example"
    _, before, _ = abtpro("operator", "create", email, "--name", "Somsri")
    code, told, _ = abtpro("operator", "renew", email)

    assert code == 0
    assert told["password"] != before["password"]
    assert told["authenticator"] != before["authenticator"]
    with plain_transaction(operator_engine) as session:
        found = operators.find_operator(session, email)
        assert verify_password(found.password_hash, told["password"])


def test_an_unknown_operator_is_refused_in_one_line(abtpro):
    code, _, error = abtpro("operator", "renew", "nobody@abtpro.example")

    assert code == 1
    assert error.startswith("abtpro: ")
    assert error.count("\n") == 1


def test_the_demo_operators_code_is_the_authenticators(abtpro, tmp_path):
    secret = totp.new_secret()
    held = {"operator": {"email": "ops@abtpro.example", "totp_secret": secret}}
    abtpro("tenant", "list")  # makes the home folder
    (tmp_path / "home" / "demo.json").write_text(json.dumps(held))
    before = utc_now()
    code, told, _ = abtpro("operator", "code")

    assert code == 0
    assert told["operator"] == "ops@abtpro.example"
    codes = {totp.code_at(secret, each) for each in (before, utc_now())}
    assert told["code"] in codes


def test_without_a_demo_the_code_says_what_makes_one(abtpro):
    code, _, error = abtpro("operator", "code")

    assert code == 1
    assert "`./dev up` writes it" in error


def test_an_operators_code_is_for_local_use_alone(abtpro):
    code, _, error = abtpro("operator", "code", ABTPRO_ENV="production")

    assert code == 1
    assert "ABTPRO_ENV: expected local" in error


def test_keys_in_use_are_shown_and_what_needs_an_old_one_is_told(abtpro):
    both = f"k2:{base64.b64encode(b'2' * 32).decode()},{SEALING_KEYS}"
    abtpro("operator", "create", f"{uuid4().hex[:8]}@abtpro.example", "--name", "S")
    code, told, _ = abtpro("seal", "status", ABTPRO_SEALING_KEYS=both)

    assert code == 0
    assert told["k2"].endswith("new ones are sealed under it")
    assert told["k1"].partition(" ")[0].isdecimal()
    assert "needs it no longer" not in told["k1"]


def test_keys_are_rotated_as_the_owner_of_the_tables(abtpro):
    code, _, error = abtpro("seal", "rotate", DATABASE_OWNER_URL="")

    assert code == 1
    assert error.startswith("abtpro: DATABASE_OWNER_URL: expected a value")


def test_an_unused_old_key_is_told_and_when_it_may_go(abtpro):
    # Behind k1, which sealed all that there is here, stands one that nothing needs.
    both = f"{SEALING_KEYS},k0:{base64.b64encode(b'0' * 32).decode()}"
    code, told, _ = abtpro("seal", "status", ABTPRO_SEALING_KEYS=both)

    assert code == 0
    assert told["k0"].endswith("the database needs it no longer")
