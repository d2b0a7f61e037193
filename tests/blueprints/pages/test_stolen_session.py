"""A thief with an admin's session, cookie and token, but without the password."""

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import people
from abtpro_saas.identity.access.passwords import QUICK
from abtpro_saas.identity.roles import Role
from tests.blueprints.pages.conftest import PASSWORD
from tests.blueprints.pages.test_gateway_page import FIELDS
from tests.blueprints.payments import BILLER

KNOWN = {"current_password": PASSWORD}
ACCOMPLICE = {"email": "mallory@example.com", "name": "Mallory"}
MERCHANT = {
    "driver": "generic",
    "merchant_id": "of-a-thief-at-the-api",
    "secret": "a-secret-that-the-thief-knows",
    "biller_id": BILLER,
}
GATEWAY = FIELDS | {"merchant_id": "of-a-thief", "current_password": ""}
SECRET = {"secret": MERCHANT["secret"]}
TRADER = "{trader}"
"""Stands in a path for the id of the tenant's only trader, who is shut out."""

PAGES = {
    "gateway": ("/tenant/gateway", GATEWAY, "error-connect-current"),
    "secret": ("/tenant/gateway/secret", SECRET, "error-rotation-current"),
    "role": (
        f"/members/{TRADER}/role",
        {"role": "admin"},
        f"error-role-current-{TRADER}",
    ),
    "letting in": (f"/members/{TRADER}/enabling", {}, f"error-enable-current-{TRADER}"),
    "admin": ("/members", ACCOMPLICE | {"role": "admin"}, "error-invite-current"),
    "viewer": ("/members", ACCOMPLICE | {"role": "viewer"}, "error-invite-current"),
    "hosts": (
        "/tenant/settings/hosts",
        {"hosts": "thief.example"},
        "error-hosts-current",
    ),
}
OPERATIONS = {
    "gateway": ("PUT", "gateway", MERCHANT),
    "secret": ("POST", "gateway/rotate-secret", SECRET),
    "role": ("PATCH", f"members/{TRADER}", {"role": "admin"}),
    "letting in": ("PATCH", f"members/{TRADER}", {"disabled": False}),
    "admin": ("POST", "members", ACCOMPLICE | {"role": "admin"}),
    "viewer": ("POST", "members", ACCOMPLICE | {"role": "viewer"}),
    "hosts": ("PATCH", "tenant", {"name": "Mine", "hosts": ["api.thief.example"]}),
}


@pytest.fixture
def boss(user):
    return user(Role.ADMIN, password=PASSWORD, profile=QUICK)


@pytest.fixture
def trader(user, engine, tenant):
    """Somebody of little power, who is shut out besides."""
    who = user()
    with tenant_transaction(engine, tenant) as session:
        people.disable_user(session, tenant, who, utc_now())
    return who


@pytest.fixture
def state(look_up, merchant):
    """Return a function that reads all that a thief would change."""
    return lambda: (
        [
            sorted(look_up(f"SELECT t::text FROM {table} t"))
            for table in ("gateway_accounts", "tenants", "tenant_hosts")
        ]
        + [
            sorted(look_up("SELECT concat(email, role, disabled_at) FROM users")),
        ]
    )


@pytest.fixture
def at_page(browser, boss, trader):
    """Return a function that sends one of PAGES from the admin's session."""
    shown = browser(boss)

    def send(name, **typed):
        path, fields, error = PAGES[name]
        answer = shown.post(path.replace(TRADER, str(trader)), data={**fields, **typed})
        return answer, f'id="{error.replace(TRADER, str(trader))}"'

    return send


@pytest.fixture
def at_api(trader):
    """Return a function that asks for one of OPERATIONS with a client."""

    def ask(client, name, **how):
        method, path, body = OPERATIONS[name]
        at = f"/api/v1/admin/{path.replace(TRADER, str(trader))}"
        return client.open(at, method=method, json=body, **how)

    return ask


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("typed", [{}, {"current_password": "wrong"}])
def test_without_the_password_a_page_changes_nothing(
    at_page, state, boss, trail, name, typed
):
    before = state()
    refused, beside_the_field = at_page(name, **typed)

    assert refused.status_code == 401
    assert beside_the_field in refused.text
    assert MERCHANT["secret"] not in refused.text
    assert state() == before
    assert ("REFUSED", boss) in [(line.outcome, line.actor_id) for line in trail()]


@pytest.mark.parametrize("name", PAGES)
def test_with_the_password_a_page_does_it(at_page, state, name):
    before = state()
    done, _ = at_page(name, **KNOWN)

    assert done.status_code in {302, 303}
    assert state() != before


def test_guessing_at_a_page_locks_it_as_the_sign_in(at_page, state):
    before = state()
    guesses = [
        at_page(name, current_password="a guess")[0].status_code
        for name in ("gateway", "role", "hosts", "admin", "secret", "letting in")
    ]
    even_right, _ = at_page("gateway", **KNOWN)

    assert guesses[:5] == [401] * 5
    assert {*guesses[5:], even_right.status_code} == {429}
    assert state() == before


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_session_does_none_of_it_at_the_api(at_api, browser, boss, state, name):
    before = state()
    answer = at_api(browser(boss), name)

    assert (answer.status_code, answer.json["code"]) == (403, "key_required")
    assert state() == before


@pytest.mark.parametrize("name", ["secret", "admin"])
def test_a_session_reads_no_answer_that_a_key_got(
    at_api, browser, client, api_key, boss, merchant, name
):
    once = {"headers": {"Idempotency-Key": "once"}}
    assert at_api(client(key=api_key(boss)), name, **once).status_code < 300
    answer = at_api(browser(boss), name, **once)

    assert (answer.status_code, answer.json["code"]) == (403, "key_required")


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_key_does_it_at_the_api(at_api, client, api_key, boss, state, name):
    before = state()
    assert at_api(client(key=api_key(boss)), name).status_code < 300
    assert state() != before


def test_everyday_work_asks_for_no_password(browser, boss, trader, user):
    shown, away = browser(boss), user()
    newcomer = ACCOMPLICE | {"role": "trader"}
    settings = {"name": "Siam", "sign_up": True}

    assert shown.post("/members", data=newcomer).location == "/members"
    newcomer = newcomer | {"email": "another@example.com"}
    assert shown.post("/api/v1/admin/members", json=newcomer).status_code == 201
    assert shown.patch("/api/v1/admin/tenant", json=settings).status_code == 200
    assert shown.delete(f"/api/v1/admin/members/{away}").status_code == 204


def test_who_may_not_do_it_is_told_so_and_not_asked_for_a_password(browser):
    for role in (Role.TRADER, Role.VIEWER):
        answer = browser(role=role).post("/tenant/gateway", data=GATEWAY)
        assert answer.status_code == 403


def test_dialogs_come_along_to_the_next_page_of_members(browser, boss, user):
    who = user()
    part = browser(boss).get("/members", headers={"HX-Request": "true"}).text

    assert "<html" not in part
    for kind in ("role", "disable"):
        assert f'<dialog class="dialog" id="{kind}-{who}"' in part
