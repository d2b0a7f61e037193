"""The running platform under kills and outages: nothing is lost, nothing counts twice.

The shared platform serves all tests of this file, which come last and end it. `--long`
runs them at full length.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.campaigns.callers import until, until_nothing
from tests.campaigns.errands import Audit, errand
from tests.campaigns.stage import PARTS, Stage
from tests.campaigns.view import Reader

pytestmark = pytest.mark.timeout(3600)  # at full length

TARGETS = [*PARTS, "web worker"]
SPARED = {"postgres", "temporal", "web", "gateway"}
"""Not killed in the short form, because the tests around take each of them away."""


@pytest.fixture(scope="module")
def stage(platform):
    """The platform, its traders and its gateway."""
    made = Stage(platform)
    yield made
    print(made.platform.text[-20_000:])  # noqa: T201 - shown where a test fails
    made.close()


@pytest.fixture
def check(stage):
    """Return a function that waits until all is well, and then proves it."""

    def run():
        audit = Audit(stage)
        until(stage.is_ready)
        until_nothing(audit.is_wrong)
        audit.check()
        check_books(stage)

    return run


def check_books(stage):
    tenants = [tenant for (tenant,) in stage.rows("SELECT tenant_id FROM tenants")]
    for tenant, stranger in zip(tenants, tenants[1:] + tenants[:1], strict=True):
        reader = Reader(stage.demo["database_url"], stranger)
        books = reader.read(tenant)
        reader.close()
        assert (books.broken, books.seen_by_stranger) == ([], 0)


class Killer(threading.Thread):
    """Kills something every now and then; each part as often as any other.

    One round is finished, also when all else is; of many, the last may be cut short.
    """

    def __init__(self, stage, random, pauses, rounds, targets=TARGETS):
        super().__init__()
        self._stage, self._random = stage, random
        self._pauses, self._rounds, self._targets = pauses, rounds, targets
        self._over = threading.Event()
        self.killed = []

    def run(self):
        for _ in range(self._rounds):
            for part in self._random.sample(self._targets, len(self._targets)):
                if self._over.wait(self._random.uniform(*self._pauses)):
                    return
                # One that is just starting is not there, or not yet itself.
                while not self._stage.kill(part):
                    if self._over.wait(0.1):
                        return
                self.killed.append(part)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, failed, *_):
        if failed or self._rounds > 1:
            self._over.set()
        self.join()


def test_no_kill_loses_a_payment_or_counts_it_twice(campaign, stage, check):
    random = campaign.random
    errands = [
        errand(random, loses=campaign.long) for _ in range(campaign.length(8, 200))
    ]
    targets = [part for part in TARGETS if campaign.long or part not in SPARED]
    kills = campaign.length(((0.1, 0.4), 1), ((0.6, 1.6), 10_000))
    left = [[] for _ in range(4)]
    begun = time.monotonic()

    def go(lane):
        for each in errands[lane :: len(stage.traders)]:
            later = each.run(stage.traders[lane], stage)
            if later:
                left[lane].append(later)
            time.sleep(campaign.length(0, 3))
        for give_back in left[lane]:
            give_back()

    with (
        Killer(stage, random, *kills, targets) as killer,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(go, range(4)))
    took = time.monotonic() - begun
    check()

    print(  # noqa: T201 - the campaign's figures, shown with -s
        f"{len(errands)} top-ups, {len(killer.killed)} kills in {took:.0f} s, all"
        f" well after {time.monotonic() - begun - took:.1f} s more;"
        f" {stage.deliveries()}; {killer.killed}"
    )
    assert set(killer.killed) == set(targets)


def test_while_the_database_is_down_notices_wait_and_are_credited_once(
    campaign, stage, check
):
    trader = stage.traders[0]
    topup = trader.create(49_900)
    with stage.down("postgres"):
        ends = time.monotonic() + campaign.length(1, 5)
        told = stage.pay(trader, topup, times=3)
        assert [each["status"] for each in told["deliveries"]] == [503] * 3
        assert trader.ask("GET", "/api/v1/payment/wallet").status_code == 503
        until(lambda: time.monotonic() > ends)

    until(lambda: trader.topup(topup["id"])["status"] == "SUCCESS")
    check()


def test_while_temporal_is_down_topups_are_made_paid_and_seen_as_paid(
    campaign, stage, check
):
    trader = stage.traders[1]
    with stage.down("temporal"):
        ends = time.monotonic() + campaign.length(1, 20)
        made = []
        while time.monotonic() < ends:
            topup = trader.create(12_345)
            told = stage.pay(trader, topup, times=2)
            assert [each["status"] for each in told["deliveries"]] == [200, 200]
            assert trader.topup(topup["id"])["status"] == "SUCCESS"
            assert trader.ask("GET", "/sign-in").status_code == 200
            made.append(topup)
            time.sleep(0.3)
        assert stage.is_ready()
    check()
    assert made


def test_while_the_gateway_is_out_topups_are_made_and_none_has_failed(
    campaign, stage, check
):
    trader = stage.traders[2]
    seconds = campaign.length(1.5, 20)
    answer = stage.gateway.post("/sim/outage", json={"seconds": seconds})
    assert answer.status_code == 200
    ends = time.monotonic() + seconds - 0.5
    topup = trader.create(99_900)
    unpaid = trader.create(99_900)
    stage.pay(trader, topup, times=2)
    while time.monotonic() < ends:
        for each in (topup, unpaid):
            assert trader.topup(each["id"])["status"] == "PENDING"
        time.sleep(0.1)

    until(lambda: trader.topup(topup["id"])["status"] == "SUCCESS")
    check()
    assert trader.topup(unpaid["id"])["status"] == "PENDING"


def test_slips_confirmed_by_hand_under_kills_count_once(campaign, stage, check):
    admin, trader = stage.admins[-1], stage.traders[-1]
    admin.take_by_hand()
    amounts = range(100, 100 + campaign.length(4, 100))
    kills = campaign.length((1, ["web worker"]), (100, TARGETS))

    def go(amount):
        stage.confirm(admin, trader.create(amount), amount)

    with (
        Killer(stage, campaign.random, (0, 0.3), *kills) as killer,
        ThreadPoolExecutor(2) as pool,
    ):
        list(pool.map(go, amounts))
    check()
    assert killer.killed


def test_in_the_end_no_process_is_left(stage):
    assert stage.platform.end() == 0
    assert stage.platform.pids() == {}
