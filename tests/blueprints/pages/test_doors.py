"""What stands at doors that nobody can pass: the demo's signpost, a closed tenant."""

import json

import pytest

from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity import tenants

DEMO = {"tenants": [{"slug": "siam", "name": "Siam Trading School", "users": []}]}
DOOR = "http://siam.localhost:8000/sign-in"


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    (home / "demo.json").write_text(json.dumps(DEMO), "utf-8")
    return {"ABTPRO_HOME": str(home), "ABTPRO_BASE_URL": "http://localhost:8000"}


def test_the_bare_hosts_sign_in_leads_to_the_demos_tenants(
    make_app, demo_home, client, host_of, tenant
):
    local = make_app(**demo_home)
    for bare in ("localhost", "127.0.0.1"):
        page = client(bare, at=local).get("/sign-in").text
        assert f'<a href="{DOOR}">Siam Trading School</a>' in page
    assert DOOR not in client(host_of(tenant), at=local).get("/sign-in").text


def test_before_the_demo_is_made_the_sign_in_is_plain(client):
    page = client("localhost").get("/sign-in")
    assert page.status_code == 200
    assert "main”" not in page.text


def test_in_production_the_demo_is_never_told(make_app, demo_home, client):
    production = make_app(**demo_home, ABTPRO_ENV="production")
    page = client("localhost", at=production).get("/sign-in")
    assert page.status_code == 200
    assert "Siam Trading School" not in page.text


@pytest.mark.parametrize(
    ("language", "heading"),
    [("th", "ปิดให้บริการชั่วคราว"), ("en", "This service is closed for the time being")],
)
def test_a_suspended_tenant_says_that_it_is_closed_and_leads_nowhere(
    app, client, host_of, tenant, operator_engine, language, heading
):
    with plain_transaction(operator_engine) as session:
        tenants.suspend_tenant(session, tenant, "unpaid", utc_now())
    app.extensions[EXTENSION].hosts.clear()  # believed for five seconds
    visitor = client(host_of(tenant))
    visitor.set_cookie("abtpro_language", language, domain=visitor.host)

    answer = visitor.get("/")

    assert answer.status_code == 403
    assert f"<h1>{heading}</h1>" in answer.text
    assert "button-primary" not in answer.text


def test_another_refusal_leads_back_to_the_overview(browser):
    page = browser().get("/members").text
    assert '<a class="button button-primary" href="/">' in page
