"""What a request needs of its caller's contract, and who needs none."""

import pytest
from flask import render_template_string
from flask.views import MethodView
from sqlalchemy import event

from abtpro_saas.blueprints.guard import features
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http import openapi
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests import contracts_for
from tests.billing.office import Office

ACCOUNT = "/api/v1/account"
TESTS = "/api/v1/featured/tests"

blp = Blueprint("featured", __name__, url_prefix="/api/v1/featured")


@blp.route("/tests")
class Tests(MethodView):
    @needs_feature("backtesting")
    @blp.response(200)
    def get(self):
        """Need a feature."""
        with tenant_access(scope="wallet:read"):
            return {}

    @needs_feature("backtesting")
    @idempotent()
    @blp.response(201)
    def post(self):
        """Need a feature, and take a key."""
        with tenant_access(scope="wallet:read"):
            return {}


def page():
    return render_template_string(
        "{{ 'backtesting' is entitled }} {{ 'api_access' is entitled }}"
    )


@pytest.fixture(scope="module")
def app(make_app):
    """The application, with a resource and a page that need features."""
    made = make_app()
    api = made.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    api.register_blueprint(blp)
    made.add_url_rule("/featured", "featured_page", page)
    made.extensions["openapi"] = openapi.describe(made, api)
    return made


@pytest.fixture
def rents(engine, tenant, user):
    """Return a function that lets a trader rent; gives their id."""

    def let(plan="ENTERPRISE", user_id=None, **values):
        user_id = user_id or user()
        with tenant_transaction(engine, tenant) as session:
            contracts_for.give(session, tenant, user_id, plan, **values)
        return user_id

    return let


@pytest.fixture
def ask(client, api_key):
    """Return a function that asks as a user by a fresh key: status and body."""

    def get(user_id, path=ACCOUNT, **values):
        answer = client(key=api_key(user_id, plan=None, **values)).get(path)
        return answer.status_code, answer.json

    return get


def test_a_traders_key_needs_a_contract(ask, user):
    status, told = ask(user())

    assert (status, told["code"]) == (402, "feature_needed")
    assert told["feature"] == "api_access"
    assert told["plan"] == "ENTERPRISE"
    assert told["contract_status"] is None
    assert told["buy_at"] == "/pricing"


def test_a_traders_key_needs_a_plan_with_api_access(ask, rents):
    status, told = ask(rents("PREMIUM"))

    assert (status, told["code"]) == (402, "feature_needed")
    assert (told["plan"], told["contract_status"]) == ("ENTERPRISE", "ACTIVE")


def test_a_traders_key_works_on_the_plan_that_has_it(ask, rents):
    assert ask(rents())[0] == 200


def test_a_traders_key_works_in_grace(ask, rents):
    assert ask(rents(ends_in=-2))[0] == 200


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"ends_in": -4}, ContractStatus.SUSPENDED),
        ({"ends_in": 9, "blocked_at": utc_now()}, ContractStatus.SUSPENDED),
        ({"ends_in": -1, "cancelled_at": utc_now()}, ContractStatus.CANCELLED),
    ],
)
def test_what_has_ended_opens_nothing_and_tells_where_to_renew(
    ask, rents, values, status
):
    refused, told = ask(rents(**values))

    assert (refused, told["contract_status"]) == (402, status)
    assert (told["plan"], told["buy_at"]) == ("ENTERPRISE", "/contract")


def test_all_comes_back_at_once_with_the_renewal(client, api_key, rents, office):
    trader = rents(ends_in=-4)
    office(trader).pay_in(499_900)
    asked = client(key=api_key(trader, plan=None))
    assert asked.get(ACCOUNT).status_code == 402

    assert asked.post("/api/v1/rental/renew", json={}).status_code == 200

    assert asked.get(ACCOUNT).status_code == 200


def test_all_comes_back_at_once_when_an_admin_lifts_a_suspension(
    ask, rents, engine, tenant, user
):
    trader, admin = rents(blocked_at=utc_now()), user(Role.ADMIN)
    assert ask(trader)[0] == 402

    with tenant_transaction(engine, tenant) as session:
        found = contracts_for.give(session, tenant, trader)
        acts.set_blocked(
            session, tenant, found.contract_id, "paid by transfer",
            blocked=False, by=admin, now=utc_now(),
        )  # fmt: skip

    assert ask(trader)[0] == 200


@pytest.fixture
def office(engine, tenant):
    return lambda user_id: Office(engine, tenant, user_id)


@pytest.mark.parametrize("ended_days_ago", [4, 32])
def test_who_renews_itself_and_can_pay_is_renewed_by_the_request(
    ask, rents, office, ended_days_ago
):
    trader = rents(ends_in=-ended_days_ago, auto_renew=True)
    office(trader).pay_in(500_000)

    assert ask(trader)[0] == 200
    assert office(trader).held() == (100, 0)


def test_who_renews_itself_and_cannot_pay_is_refused(ask, rents, office):
    trader = rents(ends_in=-4, auto_renew=True)
    office(trader).pay_in(499_899)

    status, told = ask(trader)

    assert (status, told["contract_status"]) == (402, "SUSPENDED")
    assert office(trader).held() == (499_899, 0)


def test_who_ended_too_long_ago_is_not_charged_by_a_request(ask, rents, office):
    trader = rents(ends_in=-34, auto_renew=True)
    office(trader).pay_in(500_000)

    assert ask(trader)[0] == 402
    assert office(trader).held() == (500_000, 0)


def test_a_renewal_stays_where_the_request_itself_is_refused(
    client, api_key, rents, office
):
    trader = rents(ends_in=-4, auto_renew=True)
    office(trader).pay_in(500_000)

    asked = client(key=api_key(trader, plan=None))
    answer = asked.delete("/api/v1/keys/00000000-0000-4000-8000-000000000000")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert office(trader).held() == (100, 0)


def test_a_request_with_an_idempotency_key_renews_what_is_due_too(
    client, api_key, rents, office
):
    trader = rents(ends_in=-4, auto_renew=True)
    office(trader).pay_in(500_000)
    asked = client(key=api_key(trader, plan=None))
    body = {"name": "x", "scopes": ["wallet:read"]}

    answers = [
        asked.post("/api/v1/keys", json=body, headers={"Idempotency-Key": "k1"})
        for _ in "ab"
    ]

    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert office(trader).held() == (100, 0)


@pytest.fixture
def asked_of_contracts(app):
    """The statements about contracts that the application has sent."""
    engine, told = app.extensions[EXTENSION].engine, []

    def listen(_connection, _cursor, statement, *_):
        if "contracts" in statement:
            told.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield told
    event.remove(engine, "before_cursor_execute", listen)


def test_a_traders_key_costs_one_query_and_a_browser_or_an_admin_none(
    asked_of_contracts, ask, browser, rents, user
):
    trader = rents()

    browser(trader).get(ACCOUNT)
    ask(user(Role.ADMIN))
    ask(trader, "/api/v1/payment/wallet")
    assert asked_of_contracts == []

    ask(trader)
    assert len(asked_of_contracts) == 1


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
def test_the_staffs_keys_need_no_contract(ask, user, role):
    assert ask(user(role))[0] == 200


def test_a_browser_needs_no_api_access(browser, user):
    assert browser(user()).get(ACCOUNT).status_code == 200


def test_a_contract_at_one_tenant_opens_nothing_at_another(
    client, api_key, new_tenant, user, rents
):
    rents()
    elsewhere = new_tenant()
    key = api_key(user(tenant_id=elsewhere), tenant_id=elsewhere, plan=None)

    assert client(key=key).get(ACCOUNT).status_code == 402


def test_the_way_to_pay_is_open_to_every_key(app, client, api_key):
    asked = client(key=api_key(plan=None))
    paths = app.extensions["openapi"]["paths"]
    ways = [path for path in paths if path.startswith(features.ALWAYS_OPEN)]

    for path in ways:
        if "get" in paths[path]:
            answer = asked.get(path.replace("{", "").replace("}", ""))
            assert answer.status_code != 402, path

    assert len(ways) > 12


def test_every_other_operation_of_traders_tells_of_402(app):
    told, untold = set(), set()
    for path, item in app.extensions["openapi"]["paths"].items():
        for method in {"get", "put", "post", "patch", "delete"} & set(item):
            is_told = "402" in item[method]["responses"]
            if item[method]["security"]:
                (told if is_told else untold).add(path)

    elsewhere = (*features.ALWAYS_OPEN, "/api/v1/admin/", "/api/v1/operator/")
    assert {ACCOUNT, "/api/v1/keys", "/api/v1/notices", TESTS} <= told
    assert [path for path in untold if not path.startswith(elsewhere)] == []
    assert "/api/v1/payment/wallet" in untold


def test_a_wrong_role_is_told_before_what_a_plan_lacks(client, api_key):
    answer = client(key=api_key(plan=None)).get("/api/v1/admin/members")

    assert (answer.status_code, answer.json["code"]) == (403, "wrong_role")


def test_a_refusal_is_written_into_the_trail(ask, user, trail):
    ask(user())

    assert trail()[0].code == "feature_needed"


@pytest.mark.parametrize("plan", [None, "PREMIUM"])
def test_a_handler_that_needs_a_feature_refuses_who_lacks_it(
    browser, user, rents, plan
):
    trader = rents(plan) if plan else user()

    answer = browser(trader).get(TESTS)

    assert (answer.status_code, answer.json["code"]) == (402, "feature_needed")
    assert answer.json["feature"] == "backtesting"
    assert answer.json["plan"] == "ENTERPRISE"


def test_a_handler_that_needs_a_feature_serves_who_has_it(browser, rents):
    assert browser(rents()).get(TESTS).status_code == 200


def test_a_handler_that_needs_a_feature_renews_what_is_due(browser, rents, office):
    trader = rents(ends_in=-4, auto_renew=True)
    office(trader).pay_in(499_900)

    assert browser(trader).get(TESTS).status_code == 200


def test_an_admin_without_a_contract_lacks_features_too(browser, user):
    assert browser(user(Role.ADMIN)).get(TESTS).status_code == 402


def test_a_refusal_for_a_plan_is_not_kept_under_an_idempotency_key(
    client, api_key, rents, user
):
    trader = user()
    asked = client(key=api_key(trader, plan=None))
    body = {"name": "x", "scopes": ["wallet:read"]}
    mark = {"Idempotency-Key": "k1"}
    refused = asked.post("/api/v1/keys", json=body, headers=mark)
    featured = asked.post(TESTS, headers=mark)

    rents(user_id=trader)

    assert (refused.status_code, featured.status_code) == (402, 402)
    assert asked.post("/api/v1/keys", json=body, headers=mark).status_code == 201
    assert asked.post(TESTS, headers=mark).status_code == 201


def test_a_page_asks_what_its_reader_has(browser, rents, user):
    assert browser(rents()).get("/featured").text == "True True"
    assert browser(rents("PREMIUM")).get("/featured").text == "False False"
    assert browser(user()).get("/featured").text == "False False"


def test_a_page_renews_what_is_due_before_it_says_no(browser, rents, office):
    trader = rents(ends_in=-4, auto_renew=True)
    office(trader).pay_in(499_900)

    assert browser(trader).get("/featured").text == "True True"


def test_a_page_knows_nothing_of_who_is_not_signed_in(client, host_of, tenant):
    assert client(host_of(tenant)).get("/featured").text == "False False"


def test_a_feature_that_no_plan_could_have_is_a_fault_of_ours():
    with pytest.raises(ValueError, match="time_travel"):
        needs_feature("time_travel")
    with pytest.raises(ValueError, match="time_travel"):
        features.entitled("time_travel")


def test_a_period_that_has_just_ended_still_gives_access(ask, rents):
    assert ask(rents(ends_in=0))[0] == 200
