"""A tenant in which there is one of everything, and an operator's key."""

import pytest

from abtpro_saas.backtesting.runs import ending
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests.blueprints.operating import new_operator_key

CREATE = "/api/v1/payment/promptpay/create"
RENTAL = "/api/v1/rental"


@pytest.fixture
def operator_key(operator_engine, keyring):
    """An operator's key."""
    return new_operator_key(operator_engine, keyring)


MARKET = {"symbol": "BTC/USDT", "timeframe": "1h"}
RUN = MARKET | {"strategy_name": "SMA_CROSS", "parameters": {"fast": 2, "slow": 5}}


def tested(asked, series):
    """Import candles and run a backtest; return the ids by their names."""
    span = {"exchange": "binance", "start": "2023-01-01", "end": "2023-01-31"}
    brought = asked.post("/api/v1/market/import", json=MARKET | span).json
    run = asked.post("/api/v1/backtest/run", json=RUN).json
    return {
        "backtest_id": [run["backtest_id"]],
        "import_id": [brought["id"]],
        "series_id": [series],
    }


@pytest.fixture
def certify(engine, tenant):
    """Return a function that gives the certificate of a run that has completed."""

    def make(asked):
        run = asked.post("/api/v1/backtest/run", json=RUN).json
        found = ending.Outcome({}, {}, {"run": run["backtest_id"]})
        with tenant_transaction(engine, tenant) as session:
            held = hold_run(session, tenant, run["backtest_id"])
            ending.complete(session, held, found, most=3, now=utc_now())
        return held.certificate

    return make


@pytest.fixture
def furnish(client, merchant, user, api_key, look_up, new_series, certify):
    """Return a function that puts one of everything into the tenant.

    Gives the ids, and a few words, by the names under which requests take them.
    """

    def make(key):
        asked = client(key=key)
        pending, paid, rent = (
            asked.post(CREATE, json={"amount": amount}).json
            for amount in ("5", "5", "20000")
        )
        merchant.send(client(), merchant.event(paid))
        merchant.send(client(), merchant.event(rent))
        strange = {"reference_id": "NOBODYKNOWSTHIS", "transaction_id": "txn_1"}
        merchant.send(client(), merchant.event(paid, **strange))
        asked.post("/api/v1/keys", json={"name": "it", "scopes": ["wallet:read"]})
        shown = asked.get("/api/v1/keys").json["keys"]
        asked.post(f"{RENTAL}/cancel", json={"when": "now"})
        rented = asked.post(f"{RENTAL}/contract", json={"plan": "ENTERPRISE"}).json
        coupon = client(key=api_key(role=Role.ADMIN)).post(
            "/api/v1/admin/coupons", json={"code": "EARLY", "percent_off": 10}
        )
        somebody = str(user(Role.TRADER))
        return tested(asked, str(new_series())) | {
            "topup_id": [pending["id"], paid["id"]],
            "replaces": [pending["id"]],
            "key_id": [shown[0]["id"]],
            "member_id": [somebody],
            "user_id": [somebody],
            "incident_id": [
                str(i) for i in look_up("SELECT incident_id FROM incidents")
            ],
            "gateway_account_id": [str(merchant.account_id)],
            "transaction_id": ["txn_1"],
            "certificate": [certify(asked)],
            "contract_id": [rented["id"]],
            "coupon_id": [coupon.json["id"]],
            "document_id": [
                str(i) for i in look_up("SELECT document_id FROM documents")
            ],
            "plan": ["BASIC"],
            "feature_name": ["backtesting"],
            "token": [pending["qr_svg_url"].rsplit("/", 1)[1].removesuffix(".svg")],
        }

    return make
