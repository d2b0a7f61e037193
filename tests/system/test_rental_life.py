"""A contract of a few seconds on the running platform, from purchase to its return.

Bought, renewed by itself three times, run dry, in grace, suspended, topped up, back:
each period is a run in Temporal, which the Temporal UI shows. `--long` sells periods of
twenty seconds, and kills web, worker and Temporal meanwhile.
"""

import asyncio
import time
from contextlib import nullcontext

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.campaigns.callers import until
from tests.campaigns.stage import Stage
from tests.campaigns.test_platform import Killer

pytestmark = pytest.mark.timeout(900)

PRICE = 1_000
PARTS = ["web", "worker", "temporal"]
LATE = """
SELECT kind, extract(epoch FROM recorded_at - happened_at)
FROM contract_events WHERE contract_id = %s ORDER BY recorded_at
"""


@pytest.fixture
def stage(begin):
    """A platform of its own, whose books no other test reads."""
    unlimited = {"ABTPRO_KEY_REQUESTS_PER_MINUTE": "1000000"}
    made = Stage(begin("home", ABTPRO_WEB_PROCESSES="1", **unlimited).ready())
    yield made
    print(made.platform.text[-10_000:])  # noqa: T201 - shown where a test fails
    made.close()


@pytest.fixture
def trader(stage):
    """The second trader of the second tenant, who has no contract."""
    return next(each for each in reversed(stage.traders))


def contract_of(trader):
    answer = trader.ask("GET", "/api/v1/rental/contract")
    return (
        answer.json()["contract"] if answer is not None and answer.is_success else None
    )


def pay_in(stage, trader, amount):
    stage.pay(trader, trader.create(amount))


def await_status(trader, status):
    def stands():
        found = contract_of(trader)
        return found if found and found["status"] == status else None

    return until(stands, 120)


async def _runs_of(stage, process_id):
    client = await Client.connect(stage.demo["temporal_address"])
    listed = client.list_workflows(f"WorkflowId = '{process_id}'")
    found = sorted([each async for each in listed], key=lambda each: each.start_time)
    return [each.status.name for each in found]


def await_end(stage, contract):
    """Wait until the process has nothing to do; return how its runs ended."""
    (row,) = stage.rows(
        "SELECT tenant_id FROM contracts WHERE contract_id = %s", contract["id"]
    )
    process_id = f"contract:{row[0]}:{contract['id']}"

    def ended():
        try:
            runs = asyncio.run(_runs_of(stage, process_id))
        except (RPCError, RuntimeError):  # Temporal was killed
            return None
        return runs if runs[-1:] == ["COMPLETED"] else None

    return until(ended, 120)


def tell(stage, contract, kills):
    """Print what was killed, and how many seconds after its time each thing came."""
    for kind, seconds in stage.rows(LATE, contract["id"]):
        print(f"{kind}: {seconds:.1f} s late")  # noqa: T201 - with `pytest -s`
    print(f"killed: {kills.killed}")  # noqa: T201


def test_a_contract_lives_dies_and_comes_back_by_itself(stage, trader, campaign):
    seconds, grace = campaign.length((2, 4), (20, 20))
    admin = next(each for each in stage.admins if each.slug == trader.slug)
    plan = {
        "code": f"LIVE{seconds}",
        "name": {"th": "รอบสั้น", "en": "Short rounds"},
        "price": "10.00",
        "period": f"PT{seconds}S",
        "grace_period": f"PT{grace}S",
        "features": {"paper_trading": True},
    }
    admin.must("POST", "/api/v1/admin/plans", json=plan)
    before = trader.balance
    pay_in(stage, trader, 4 * PRICE)
    until(lambda: trader.balance != before)
    kills = Killer(stage, campaign.random, (6, 12), 10_000, PARTS)

    with kills if campaign.long else nullcontext():
        order = {"plan": plan["code"], "auto_renew": True}
        trader.must("POST", "/api/v1/rental/contract", json=order)
        began = time.monotonic()
        bought = until(lambda: contract_of(trader))
        await_status(trader, "GRACE")
        took = time.monotonic() - began
        await_status(trader, "SUSPENDED")
        refused = trader.ask("GET", "/api/v1/account")
        first_life = await_end(stage, bought)
        pay_in(stage, trader, 2 * PRICE)
        back = await_status(trader, "ACTIVE")
        await_status(trader, "SUSPENDED")

    tell(stage, bought, kills)
    assert not campaign.long or {*kills.killed} == {*PARTS}
    assert took >= 3 * seconds
    assert back["id"] == bought["id"]
    assert refused is None or refused.status_code == 402
    paid = stage.rows(
        "SELECT count(*), count(DISTINCT period_start), sum(paid)"
        " FROM contract_periods WHERE contract_id = %s",
        bought["id"],
    )
    assert [tuple(map(int, row)) for row in paid] == [(6, 6, 6 * PRICE)]
    assert trader.balance == before
    assert first_life.count("CONTINUED_AS_NEW") == 3
    runs = await_end(stage, bought)
    assert runs.count("CONTINUED_AS_NEW") >= 4
    assert runs.count("COMPLETED") == 2
