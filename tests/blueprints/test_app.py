"""What the composed application has, and what it has not."""

import pytest
from structlog.testing import capture_logs

from abtpro_saas.app import create_app
from abtpro_saas.settings import SettingError


@pytest.fixture(scope="module")
def production(make_app):
    return make_app(
        ABTPRO_ENV="production",
        ABTPRO_BASE_URL="https://abtpro.example",
        SMTP_URL="smtp://mail.example",
    )


def test_production_has_no_style_guide(client, production, main_tenant):
    assert client().get("/styleguide").status_code == 200
    assert client("abtpro.example", at=production).get("/styleguide").status_code == 404


@pytest.mark.parametrize("word", ["styleguide", "mailbox", "sim", "demo"])
def test_production_has_no_route_of_the_local_installation(production, word):
    rules = [rule.rule for rule in production.url_map.iter_rules()]

    assert not [rule for rule in rules if f"/{word}" in rule]


def test_cookies_over_https_are_secure_and_bound_to_the_host(production, app):
    assert production.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert production.config["SESSION_COOKIE_SECURE"]
    assert production.config["SESSION_COOKIE_DOMAIN"] is None
    assert not app.config["SESSION_COOKIE_SECURE"]


@pytest.mark.parametrize(
    "name",
    [
        "ABTPRO_SECRET_KEY",
        "ABTPRO_SEALING_KEYS",
        "DATABASE_URL",
        "DATABASE_OPERATOR_URL",
    ],
)
def test_a_missing_setting_stops_the_start_with_its_name(settings, name):
    with pytest.raises(SettingError, match=name):
        create_app(settings(**{name: ""}))


def test_a_host_header_that_is_none_is_no_fault_of_ours(client):
    answer = client().get("/", headers={"Host": "a b\x00c"})

    assert answer.status_code in {400, 404}


@pytest.mark.parametrize(
    "address", ["/link/s3cret-part", "/api/v1/payment/qr/s3cret-part.svg"]
)
def test_a_secret_in_an_address_is_not_logged(client, host_of, tenant, address):
    with capture_logs() as lines:
        client(host_of(tenant)).get(address)

    assert any("..." in line.get("path", "") for line in lines)
    assert "s3cret-part" not in str(lines)
