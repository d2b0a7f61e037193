"""The tenant's own merchant: set, kept from other addresses, changed in place."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from abtpro_saas.billing.accounts import MerchantTakenError
from abtpro_saas.identity.roles import Role
from tests.blueprints.payments import BILLER, SECRET

PATH = "/api/v1/admin/gateway"
LISTED = "http://127.0.0.1:9"


@pytest.fixture
def listing_app(make_app):
    """An installation whose operator has listed two gateways."""
    return make_app(
        PAYMENT_GATEWAY_URL=LISTED,
        ABTPRO_GATEWAY_URLS=f"{LISTED}, https://gateway.example.com/th/",
    )


@pytest.fixture
def put(client, api_key, listing_app):
    """Return a function that sets the tenant's gateway."""
    key = api_key(role=Role.ADMIN)

    def ask(**changes):
        body = {
            "driver": "generic",
            "merchant_id": f"m-{key[-12:]}",
            "secret": SECRET,
            "biller_id": BILLER,
        }
        return client(key=key, at=listing_app).put(PATH, json=body | changes)

    return ask


def test_a_gateway_is_set_without_showing_its_secret(put):
    answer = put()

    assert (answer.status_code, answer.json["base_url"]) == (200, LISTED)
    assert (answer.json["least"], answer.json["most"]) == ("0.01", "9999999.99")
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254",
        "http://127.0.0.1:9@evil.example",
        "http://127.0.0.1:99",
        "http://127.0.0.1:9/x",
        "https://gateway.example.com",
        "file:///etc/passwd",
        "gopher://127.0.0.1:9",
    ],
)
def test_our_servers_call_no_address_that_the_operator_has_not_listed(put, url):
    answer = put(base_url=url)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_gateway_account")
    assert answer.json["errors"][0]["pointer"] == "/base_url"


def test_a_listed_address_may_be_chosen(put):
    answer = put(base_url="https://gateway.example.com/th")

    assert answer.json["base_url"] == "https://gateway.example.com/th"


def test_without_a_list_only_the_installations_own_gateway_is_called(
    make_app, client, api_key
):
    alone = client(
        key=api_key(role=Role.ADMIN), at=make_app(PAYMENT_GATEWAY_URL=LISTED)
    )
    body = {"driver": "generic", "merchant_id": "m-alone", "secret": SECRET}

    refused = alone.put(PATH, json=body | {"base_url": "http://10.0.0.1"})
    own = alone.put(PATH, json=body | {"base_url": LISTED + "/"})

    assert (refused.status_code, own.status_code) == (422, 200)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"biller_id": "123"}, "/biller_id"),
        ({"promptpay_id": "0812345678"}, "/promptpay_kind"),
        ({"promptpay_kind": "PHONE"}, "/promptpay_id"),
        ({"least": "10.00", "most": "9.99"}, "/least"),
        ({"most": "92233720368547758.07"}, "/least"),
        ({"least": "0.00"}, "/least"),
        ({"qr_life_s": 1}, "/qr_life_s"),
        ({"secret": "short"}, "/secret"),
        ({"merchant_id": "with space"}, "/merchant_id"),
        ({"owner": "me"}, "/owner"),
    ],
)
def test_what_an_account_cannot_be_is_named(put, changes, field):
    answer = put(**changes)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == field


def test_a_driver_that_nobody_made_is_refused(put):
    assert put(driver="free_money").json["code"] == "unknown_gateway"


def test_setting_the_same_merchant_again_changes_it_in_place(put):
    first = put().json

    second = put(most="100.00", secret="whsec_a_new_secret_0").json

    assert second["id"] == first["id"]
    assert second["most"] == "100.00"


def test_another_merchant_ends_no_topup_of_the_first(
    put, topup, merchant, gateway, balance
):
    made = topup("10.00")
    put()

    assert gateway(merchant.event(made)).json["outcome"] == "CREDITED"
    assert balance() == "10.00"


def test_a_merchant_belongs_to_one_tenant(put, open_merchant, new_tenant):
    theirs = open_merchant(new_tenant())

    answer = put(merchant_id=theirs.merchant_id)

    assert (answer.status_code, answer.json["code"]) == (409, "merchant_taken")


def test_capital_letters_make_no_merchant_of_another_tenant(
    put, open_merchant, new_tenant
):
    theirs = open_merchant(new_tenant())

    answer = put(merchant_id=theirs.merchant_id.upper())

    assert (answer.status_code, answer.json["code"]) == (409, "merchant_taken")
    assert answer.json["errors"][0]["pointer"] == "/merchant_id"


def test_a_tenant_may_mend_the_letters_of_its_own_merchant(put):
    mistyped = put(merchant_id=f"M-{uuid4().hex}").json["merchant_id"]

    assert put(merchant_id=mistyped.lower()).json["merchant_id"] == mistyped.lower()


def test_of_merchants_set_at_once_each_is_taken_and_the_last_is_active(
    put, client, api_key
):
    names = [f"m-{uuid4().hex}" for _ in range(8)]
    for _ in range(4):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda name: put(merchant_id=name), names))

        assert [answer.status_code for answer in answers] == [200] * 8
    active = client(key=api_key(role=Role.ADMIN)).get(PATH).json

    assert active["merchant_id"] in names


@pytest.mark.parametrize("wrong", ["", " ", "a b", "m-1\n", "\u0e01", "m" * 129])
def test_a_merchant_id_is_written_in_visible_characters(put, wrong):
    answer = put(merchant_id=wrong)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/merchant_id"


def test_of_two_tenants_that_set_up_one_name_at_once_one_is_refused(
    open_merchant, new_tenant
):
    name = f"m-{uuid4().hex}"

    def open_as(pair):
        try:
            return open_merchant(pair[0], merchant_id=pair[1])
        except MerchantTakenError:
            return None

    tenants = [(new_tenant(), name.upper() if n % 2 else name) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_as, tenants))

    assert len([each for each in opened if each]) == 1


def test_only_an_admin_sees_and_sets_the_gateway(client, api_key, merchant):
    for role in (Role.TRADER, Role.VIEWER):
        assert client(key=api_key(role=role)).get(PATH).status_code == 403
    assert client(key=api_key(role=Role.ADMIN)).get(PATH).json["driver"] == "generic"


def test_topups_of_the_tenant_are_listed_for_its_staff(
    topup, pay, admin, client, api_key, new_tenant
):
    made = [topup(f"{n}.00") for n in range(1, 6)]
    pay(made[0], amount="0.50")
    path = "/api/v1/admin/topups"

    def ids(**query):
        found = admin.get(path, query_string=query).json["topups"]
        return [each["id"] for each in found]

    newest_first = [each["id"] for each in reversed(made)]
    assert ids() == newest_first
    assert ids(status="SUCCESS") == ids(flagged="true") == [made[0]["id"]]
    page = admin.get(path, query_string={"limit": 3}).json
    rest = admin.get(path, query_string={"limit": 3, "cursor": page["next_cursor"]})
    assert [e["id"] for e in page["topups"] + rest.json["topups"]] == newest_first
    stranger = client(key=api_key(role=Role.ADMIN, tenant_id=new_tenant()))
    assert stranger.get(path).json["count"] == 0
    assert stranger.get(f"{path}/{made[0]['id']}").status_code == 404
