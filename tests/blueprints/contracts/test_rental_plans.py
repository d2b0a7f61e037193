"""What can be rented, shown to everybody: of the key's tenant, or of the host's."""

import pytest

from abtpro_saas.identity.roles import Role
from tests.conftest import NOON

PLANS = "/api/v1/rental/plans"


@pytest.fixture
def show(client, host_of, tenant):
    """Return a function that asks without a key, at the tenant's host."""

    def ask(path="", host=None):
        return client(host or host_of(tenant)).get(PLANS + path)

    return ask


def test_anybody_sees_what_the_hosts_tenant_sells(show):
    found = show().json

    assert [plan["code"] for plan in found["plans"]] == [
        "BASIC",
        "PREMIUM",
        "ENTERPRISE",
    ]
    assert [plan["price"] for plan in found["plans"]] == [
        "499.00",
        "1499.00",
        "4999.00",
    ]
    assert found["count"] == 3


def test_a_plan_says_all_of_itself(show):
    plan = show("/premium").json["plan"]

    assert plan["names"] == {"th": "พรีเมียม", "en": "Premium"}
    assert (plan["period"], plan["grace_period"]) == ("P1M", "P3D")
    assert (plan["yearly_price"], plan["trial_period"]) == ("14990.00", None)
    assert plan["limits"] == {"max_bots": 10}
    assert plan["feature_details"][0] == {
        "key": "max_bots",
        "type": "LIMIT",
        "value": 10,
        "name": {"th": "จำนวนบอต", "en": "Bots"},
        "description": {
            "th": "บอตที่เปิดทำงานพร้อมกันได้",
            "en": "How many bots may run at once",
        },
    }
    keys = [each["key"] for each in plan["feature_details"]]
    assert keys == ["max_bots", *plan["features"]]


def test_a_plan_is_found_by_its_id_too(show):
    first = show().json["plans"][0]

    assert show(f"/{first['id']}").json["plan"] == first


def test_an_unknown_plan_is_not_there(show):
    answer = show("/GOLD")

    assert (answer.status_code, answer.json["code"]) == (404, "plan_not_found")


def test_each_tenant_sells_its_own(show, admin, new_tenant, host_of):
    admin.office.run(_sell, admin.user_id)

    assert show("/GOLD").json["plan"]["price"] == "10.00"
    assert show("/GOLD", host_of(new_tenant())).status_code == 404


def _sell(session, tenant_id, by):
    from abtpro_saas.contracts.offers.plans import NewPlan, publish  # noqa: PLC0415

    plan = NewPlan("GOLD", "ทอง", "Gold", 1000, {"max_bots": 1})
    return publish(session, tenant_id, plan, by=by, now=NOON)


def test_a_key_shows_its_own_tenants_plans_at_the_bare_host(admin, client):
    admin.office.run(_sell, admin.user_id)

    assert admin.client.get(f"{PLANS}/gold").status_code == 200
    assert client().get(f"{PLANS}/gold").status_code == 404


def test_the_bare_host_shows_what_direct_customers_rent(client):
    assert client().get(PLANS).json["count"] == 3


@pytest.mark.parametrize("host", ["nobody.example", "ops.localhost"])
def test_a_host_without_a_tenant_sells_nothing(client, host):
    answer = client(host).get(PLANS)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_key_that_is_none_is_refused_here_too(client, api_key, new_tenant, host_of):
    nonsense = client(key="nonsense").get(PLANS)
    elsewhere = client(host_of(new_tenant()), api_key(role=Role.VIEWER)).get(PLANS)

    assert (nonsense.status_code, elsewhere.status_code) == (401, 401)


def test_each_request_counts_once_against_its_address(client):
    first, second = (client().get(PLANS) for _ in "ab")

    left = [int(each.headers["RateLimit-Remaining"]) for each in (first, second)]
    assert left[0] - left[1] <= 1 or left[1] > left[0]  # or a new minute has begun
