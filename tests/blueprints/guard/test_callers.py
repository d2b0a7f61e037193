"""Who is asking: keys and sessions, each at the hosts where it is worth something."""

from dataclasses import replace
from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import tenants
from abtpro_saas.identity.keys.keytext import TENANT_PREFIX, parse_key
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.platform_tables import OperatorAudit
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import ApiKey, User

MARKS = "/api/v1/probe/marks"


@pytest.fixture
def ask(client, probe_app):
    """Return a function that reads the marks and gives the status and the code."""

    def get(key=None, host="127.0.0.1", path=MARKS, **headers):
        answer = client(host, key, probe_app, **headers).get(path)
        return answer.status_code, answer.json.get("code")

    return get


def test_nobody_is_let_in_without_a_key(ask):
    assert ask() == (401, "not_signed_in")


def test_an_open_resource_answers_anybody(ask):
    assert ask(path="/api/v1/probe/open")[0] == 200


def test_a_key_opens_its_tenants_api_at_the_bare_host(ask, api_key):
    assert ask(api_key())[0] == 200


def test_a_key_opens_its_tenants_api_at_the_tenants_host(ask, api_key, host_of, tenant):
    assert ask(api_key(), host_of(tenant).upper() + ":8000")[0] == 200


def test_at_an_unknown_host_the_key_decides(ask, api_key):
    assert ask(api_key(), "nobody.example")[0] == 200


def test_another_tenants_host_knows_no_key_of_ours(ask, api_key, host_of, new_tenant):
    assert ask(api_key(), host_of(new_tenant())) == (401, "invalid_key")


def test_the_operators_host_knows_no_tenants_key(ask, api_key):
    assert ask(api_key(), "ops.localhost") == (401, "invalid_key")


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Basic dTpw", "Bearer", "Bearer abt_live_x_y"]
)
def test_what_is_no_key_is_refused(ask, header):
    assert ask(Authorization=header) == (401, "invalid_key")


def test_a_key_with_another_keys_secret_is_refused(ask, api_key):
    right = parse_key(api_key(), TENANT_PREFIX)
    other = parse_key(api_key(), TENANT_PREFIX)

    assert ask(replace(right, secret=other.secret).plain) == (401, "invalid_key")


def test_a_refusal_says_how_to_ask(client, probe_app):
    answer = client(at=probe_app).get(MARKS)

    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_key_is_refused_and_its_tenant_told(ask, api_key, trail):
    ends = utc_now() - timedelta(hours=1)
    key = api_key(now=ends - timedelta(days=1), expires_at=ends)

    assert ask(key) == (401, "key_expired")
    assert trail()[0].code == "key_expired"
    assert trail()[0].outcome == "REFUSED"


def test_a_key_is_refused_outside_its_networks(ask, api_key):
    key = api_key(allowed_networks=["203.0.113.0/24"])

    assert ask(key) == (403, "address_not_allowed")


def test_a_key_of_a_disabled_user_is_refused(ask, api_key, user, engine, tenant):
    user_id = user()
    key = api_key(user_id)
    with tenant_transaction(engine, tenant) as session:
        session.get(User, (tenant, user_id)).disabled_at = utc_now()

    assert ask(key) == (401, "key_revoked")


def test_a_suspended_tenants_key_is_refused(ask, api_key, tenant, operator_engine):
    key = api_key()
    with plain_transaction(operator_engine) as session:
        tenants.suspend_tenant(session, tenant, "unpaid", utc_now())

    assert ask(key) == (403, "tenant_suspended")


def test_the_use_of_a_key_is_stamped(ask, api_key, engine, tenant):
    ask(api_key())

    with tenant_transaction(engine, tenant) as session:
        row = session.query(ApiKey).one()
    assert row.last_used_address == "127.0.0.1"
    assert utc_now() - row.last_used_at < timedelta(minutes=1)


def test_a_key_has_no_scope_that_it_was_not_given(client, api_key, probe_app, trail):
    reader = client(key=api_key(scopes=["wallet:read"]), at=probe_app)

    answer = reader.post(MARKS, json={"amount": 1})

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
    assert [entry.code for entry in trail()] == ["missing_scope"]


def test_a_wrong_role_is_refused_and_written_down(client, api_key, probe_app, trail):
    viewer = client(key=api_key(role=Role.VIEWER), at=probe_app)

    answer = viewer.post(MARKS, json={"amount": 1})

    assert (answer.status_code, answer.json["code"]) == (403, "wrong_role")
    assert trail()[0].action == "probe.Marks"
    assert trail()[0].detail["path"] == MARKS


def test_what_is_done_is_written_down(client, api_key, user, probe_app, trail):
    trader = user()
    asked = client(key=api_key(trader), at=probe_app)

    answer = asked.post(MARKS, json={"amount": 1, "text": "hello"})

    entry = trail()[0]
    assert (entry.action, entry.outcome) == ("mark", "DONE")
    assert (entry.actor_kind, entry.actor_id) == ("KEY", trader)
    assert entry.subject == answer.json["mark_id"]
    assert entry.detail["text"] == "hello"
    assert entry.address == "127.0.0.1"
    assert entry.request_id == answer.headers["X-Request-Id"]


def test_a_browser_is_known_at_its_tenants_host(browser, probe_app):
    assert browser(at=probe_app).get(MARKS).status_code == 200


def test_a_session_is_worth_nothing_at_another_tenant(
    browser, probe_app, host_of, new_tenant
):
    elsewhere = browser(at=probe_app, host=host_of(new_tenant()))

    assert elsewhere.get(MARKS).status_code == 401


def test_a_browser_changes_nothing_without_the_form_token(browser, probe_app):
    forged = browser(at=probe_app, csrf=False)

    answer = forged.post(MARKS, json={"amount": 1})

    assert (answer.status_code, answer.json["code"]) == (403, "csrf_failed")


def test_a_browser_changes_things_with_the_form_token(browser, probe_app):
    answer = browser(at=probe_app).post(MARKS, json={"amount": 1})

    assert answer.status_code == 201


def test_a_suspended_tenants_browsers_are_refused(
    browser, probe_app, tenant, operator_engine
):
    with plain_transaction(operator_engine) as session:
        tenants.suspend_tenant(session, tenant, "unpaid", utc_now())

    answer = browser(at=probe_app).get(MARKS)

    assert (answer.status_code, answer.json["code"]) == (403, "tenant_suspended")


def test_a_given_request_id_is_believed_from_our_own_proxy_alone(client, make_app, app):
    asked = {"X-Request-Id": "given-by-somebody"}
    behind = make_app(ABTPRO_TRUSTED_PROXIES="1")

    outside = client(at=app).get("/api/v1/health", headers=asked)
    inside = client(at=behind).get("/api/v1/health", headers=asked)

    assert outside.headers["X-Request-Id"] != "given-by-somebody"
    assert inside.headers["X-Request-Id"] == "given-by-somebody"


def test_the_address_is_the_proxys_word_where_it_is_trusted(
    client, probed, api_key, engine, tenant
):
    behind = probed(ABTPRO_TRUSTED_PROXIES="1")
    headers = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}

    client(key=api_key(), at=behind).get(MARKS, headers=headers)

    with tenant_transaction(engine, tenant) as session:
        assert session.query(ApiKey).one().last_used_address == "203.0.113.7"


def test_pages_of_an_unknown_host_are_not_found(client):
    assert client("nobody.example").get("/").status_code == 404


@pytest.fixture
def operator_key(operator_engine, keyring):
    """Return a key of an operator of their own."""
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session,
            keyring,
            email=f"{utc_now().timestamp()}@ops.example",
            name="An Operator",
            password="correct horse battery staple 42",
            now=utc_now(),
        )
        return operator_keys.mint_operator_key(
            session, made.operator_id, name="a program", now=utc_now()
        )[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "ops.localhost"])
def test_an_operators_key_opens_the_operators_api(
    client, operator_key, probe_app, operator_engine, host
):
    answer = client(host, operator_key, probe_app).post("/api/v1/probe/operators")

    assert answer.status_code == 200
    with plain_transaction(operator_engine) as session:
        written = session.query(OperatorAudit).filter_by(action="probe")
        assert answer.json["asked_by"] in {entry.subject for entry in written}


def test_an_operators_key_opens_no_tenants_api(ask, operator_key):
    assert ask(operator_key) == (403, "wrong_door")


def test_an_operators_key_is_nobodys_at_a_tenants_host(
    ask, operator_key, host_of, tenant
):
    assert ask(operator_key, host_of(tenant)) == (401, "invalid_key")


def test_a_tenants_key_opens_no_operators_api(client, api_key, probe_app):
    asked = client(key=api_key(role=Role.ADMIN), at=probe_app)

    answer = asked.post("/api/v1/probe/operators")

    assert (answer.status_code, answer.json["code"]) == (403, "wrong_door")
