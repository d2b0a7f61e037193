"""The doctor finds each fault, and says how to mend it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from abtpro_saas.database import make_engine, plain_transaction
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.runtime import doctor
from abtpro_saas.runtime.embedded import temporal
from abtpro_saas.runtime.installation import locked, open_installation
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import read_settings
from tests.conftest import NOON, SEALING_KEYS
from tests.ports import reserved_ports

NOBODY = "127.0.0.1:9"


@pytest.fixture(scope="module")
def temporal_server():
    with temporal.running() as server:
        yield server


@pytest.fixture(scope="module")
def own(new_database):
    """A database without other tests' tenants: the doctor looks at each."""
    return new_database()


@pytest.fixture(scope="module")
def operator_engine(own):
    made = make_engine(own.operator_url)
    yield made
    made.dispose()


@pytest.fixture
def examine(own, tmp_path):
    """Return a function that gives the findings on a sound installation but for …"""

    def run(now=lambda: datetime.now(UTC), **broken):
        given = {
            "ABTPRO_HOME": str(tmp_path / "home"),
            "ABTPRO_BASE_URL": "https://abtpro.example",
            "SMTP_URL": "smtp://mail.example",
            "ABTPRO_SEALING_KEYS": SEALING_KEYS,
            "DATABASE_URL": own.app_url,
            "DATABASE_OWNER_URL": own.owner_url,
            "DATABASE_RELAY_URL": own.relay_url,
            "DATABASE_OPERATOR_URL": own.operator_url,
            "TEMPORAL_ADDRESS": NOBODY,
        }
        installation = open_installation(given | broken)
        findings = doctor.examine(installation, now)
        return {finding.subject: finding for finding in findings}

    return run


def faults(findings):
    return {name for name, finding in findings.items() if finding.is_fault}


def test_a_sound_installation_has_no_fault(examine, temporal_server):
    findings = examine(TEMPORAL_ADDRESS=temporal_server.address)

    assert faults(findings) == set()
    assert findings["search attributes"].found == "all defined"


def test_an_absent_temporal_is_the_only_fault_it_causes(examine):
    findings = examine()

    assert faults(findings) == {"Temporal"}
    assert "TEMPORAL_ADDRESS" in findings["Temporal"].remedy


def test_a_wrong_password_is_told_without_repeating_it(examine, own):
    wrong = own.relay_url.replace(own.passwords["abtpro_relay"], "wrong-one")
    findings = examine(DATABASE_RELAY_URL=wrong)

    assert "abtpro_relay" in faults(findings)
    assert "DATABASE_RELAY_URL" in findings["abtpro_relay"].remedy
    assert "wrong-one" not in findings["abtpro_relay"].found


def test_a_role_without_an_address_is_told(examine):
    findings = examine(DATABASE_OPERATOR_URL="")

    assert findings["abtpro_operator"].remedy == "set DATABASE_OPERATOR_URL"


def test_an_unreachable_database_hides_nothing_else(examine):
    findings = examine(DATABASE_URL=f"postgresql://abtpro_app:x@{NOBODY}/abtpro")

    assert {"abtpro_app", "Temporal"} <= faults(findings)
    assert "disk" in findings


def test_a_database_that_does_not_answer_is_named_with_what_was_tried(examine):
    findings = examine(DATABASE_URL=f"postgresql://abtpro_app:secret-word@{NOBODY}/abt")

    assert findings["abtpro_app"].found == f"{NOBODY}/abt: Connection refused"
    assert "DATABASE_URL" in findings["abtpro_app"].remedy


def test_a_temporal_that_does_not_answer_is_named_with_its_reason(examine):
    found = examine()["Temporal"].found

    assert found == f"{NOBODY}, namespace default: Connection refused"


def test_while_the_platform_is_stopped_each_line_says_how_to_start_it(tmp_path):
    home, port = tmp_path / "home", reserved_ports()
    given = {"ABTPRO_HOME": str(home), "ABTPRO_PORT": str(port), "ABTPRO_ENV": "local"}
    findings = doctor.examine(open_installation(given), lambda: datetime.now(UTC))
    found = {finding.subject: finding for finding in findings}

    assert faults(found) == {*doctor.ROLES.values(), "Temporal"}
    assert found["abtpro_app"].found == (
        f"127.0.0.1:{port + 6}/abtpro: Connection refused"
    )
    for name in faults(found):
        assert found[name].remedy == f"`./dev up` is not running on {home}: start it"


def test_a_server_that_a_running_supervisor_lost_is_told_otherwise(tmp_path):
    home = tmp_path / "home"
    given = {"ABTPRO_HOME": str(home), "ABTPRO_PORT": str(reserved_ports())}
    installation = open_installation(given)
    with locked(home):
        findings = doctor.examine(installation, lambda: datetime.now(UTC))

    found = {finding.subject: finding for finding in findings}
    assert "starts it again" in found["abtpro_app"].remedy


def test_a_value_whose_key_is_missing_is_a_fault(examine, operator_engine):
    lost = Keyring((("lost", b"x" * 32),))
    email = f"{uuid4().hex[:8]}@example.com"
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session, lost, email=email, name="Lost", password="quiet-harbour-9-lantern",
            now=NOON,
        )  # fmt: skip
    try:
        finding = examine(ABTPRO_SEALING_KEYS=SEALING_KEYS)["sealing keys"]
    finally:
        with plain_transaction(operator_engine) as session:
            held = Keyring(read_settings({"ABTPRO_SEALING_KEYS": SEALING_KEYS})
                           .sealing_keys)  # fmt: skip
            row = operators.find_operator(session, email)
            context = operators.seal_context(made.operator_id)
            row.totp_sealed = held.seal(b"opens again", context)

    assert "values need lost" in finding.found
    assert "ABTPRO_SEALING_KEYS" in finding.remedy


def test_a_clock_that_is_off_is_a_fault(examine):
    findings = examine(lambda: datetime.now(UTC) + timedelta(seconds=30))

    assert "clocks" in faults(findings)
    assert "NTP" in findings["clocks"].remedy


def test_a_role_that_bypasses_tenancy_is_a_fault(examine, own):
    with psycopg.connect(own.superuser_url, autocommit=True) as admin:
        admin.execute("ALTER ROLE abtpro_app BYPASSRLS")
        try:
            findings = examine()
        finally:
            admin.execute("ALTER ROLE abtpro_app NOBYPASSRLS")

    assert findings["roles"].found == "abtpro_app"
    assert "NOBYPASSRLS" in findings["roles"].remedy


def test_a_table_without_row_security_is_a_fault(examine, own):
    with psycopg.connect(own.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE unguarded (tenant_id uuid)")
        try:
            findings = examine()
        finally:
            owner.execute("DROP TABLE unguarded")

    assert findings["row security"].found == "unguarded"
    assert findings["row security"].is_fault


def test_missing_migrations_are_a_fault(examine, own):
    with psycopg.connect(own.owner_url, autocommit=True) as owner:
        row = owner.execute("SELECT version_num FROM alembic_version").fetchone()
        owner.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            findings = examine()
        finally:
            owner.execute("UPDATE alembic_version SET version_num = %s", row)

    assert findings["migrations"].remedy == "run `abtpro database migrate`"


def test_production_over_plain_http_is_a_fault(examine):
    findings = examine(ABTPRO_BASE_URL="http://abtpro.example")

    assert "base URL" in faults(findings)


def test_a_missing_setting_is_named(examine):
    findings = examine(SMTP_URL="")

    assert "SMTP_URL" in findings["settings"].found


def test_secrets_that_others_can_read_are_a_fault(examine, tmp_path):
    examine()
    (tmp_path / "home" / "secrets.json").chmod(0o644)
    findings = examine()

    assert findings["secrets.json"].remedy.startswith("chmod 600 ")
