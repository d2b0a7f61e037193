"""One gateway that is slow takes a few threads, and never those of all tenants."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest

from abtpro_saas.billing.gateways.calling.bulkhead import (
    WORKER_THREADS,
    Bulkhead,
    Share,
    share_of_web,
    share_of_worker,
)
from abtpro_saas.billing.gateways.calling.client import GatewayClient
from abtpro_saas.billing.gateways.calling.limits import while_somebody_waits
from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.port import (
    GatewayBusyError,
    GatewayPausedError,
    GatewaySilentError,
)
from abtpro_saas.worker import CREWS
from abtpro_saas.workflows.watching import QUEUE_OUTSIDE
from tests.billing.gateways.slow import WELL, SlowGateway, hush, late, say, seconds_of

TODAY = date(2026, 11, 22)
TOTAL_S = 1.0
PAUSE_S = 0.4
WAIT_S = 0.5


@pytest.fixture
def driver():
    """A driver with a bulkhead of its own, of 16 threads, that pauses briefly."""
    share = Share(account=4, origin=8, all=12, wait_s=WAIT_S)
    bulkhead = Bulkhead(share, share_of_web(4), first_pause_s=PAUSE_S)
    made = GenericGateway(GatewayClient(TOTAL_S, bulkhead))
    yield made
    made.close()


@pytest.fixture
def serve(account):
    """Return a function that runs a gateway, and makes an account there."""
    servers = []

    def start(answer, tenant=1):
        server = SlowGateway(answer)
        servers.append(server)
        return server, account(account_id=UUID(int=tenant), base_url=server.url)

    yield start
    for each in servers:
        each.close()


def ask(driver, at):
    return seconds_of(lambda: driver.inquire(at, "REF1", [TODAY]))


def ask_hurriedly(driver, at):
    with while_somebody_waits():
        return ask(driver, at)


def kinds(results):
    return [type(result) for _seconds, result in results]


def test_the_worker_gives_a_quarter_of_its_threads_to_one_account():
    threads = CREWS[QUEUE_OUTSIDE].threads
    share = share_of_worker(WORKER_THREADS)

    assert threads == WORKER_THREADS
    assert (share.account, share.origin, share.all) == (4, 8, 12)


@pytest.mark.parametrize("threads", [2, 3, 4, 8, 64])
def test_no_gateway_gets_more_than_half_of_the_webs_threads_nor_all_get_all(threads):
    share = share_of_web(threads)

    assert 1 <= share.account <= threads / 2
    assert share.all < threads


def test_a_silent_gateway_leaves_the_others_their_threads(driver, serve):
    slow, at_slow = serve(hush)
    _well, at_well = serve(say(WELL), tenant=2)
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(ask, driver, at_slow) for _ in range(40)]
        time.sleep(WAIT_S / 2)
        seconds, answer = pool.submit(ask, driver, at_well).result()
        results = [each.result() for each in asked]

    assert answer == []
    assert seconds < TOTAL_S / 2
    assert slow.most == 4
    assert kinds(results).count(GatewaySilentError) == slow.asked == 4
    assert max(took for took, _ in results) < TOTAL_S + WAIT_S + 0.5


def test_the_others_are_prompt_while_one_gateway_is_silent(driver, serve):
    _slow, at_slow = serve(hush)
    _well, at_well = serve(say(WELL), tenant=2)
    waits = []
    with ThreadPoolExecutor(16) as pool:
        for _ in range(40):
            pool.submit(ask, driver, at_slow)
        for _ in range(5):
            start = time.monotonic()
            assert pool.submit(ask, driver, at_well).result()[1] == []
            waits.append(time.monotonic() - start)

    assert max(waits) < TOTAL_S


def test_within_web_requests_one_gateway_gets_two_calls_and_all_get_three(
    driver, serve
):
    slow, at_slow = serve(hush)
    other, at_other = serve(hush, tenant=2)
    with ThreadPoolExecutor(20) as pool:
        asked = [
            pool.submit(ask_hurriedly, driver, at)
            for _ in range(10)
            for at in (at_slow, at_other)
        ]
        results = [each.result() for each in asked]

    assert slow.most <= 2
    assert other.most <= 2
    assert slow.asked + other.asked == 3
    assert kinds(results).count(GatewayBusyError) == 17


def test_a_burst_at_a_gateway_that_is_well_waits_a_moment_and_is_answered(
    driver, serve
):
    well, at_well = serve(late(0.02))
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(ask, driver, at_well) for _ in range(60)]
        results = [each.result() for each in asked]

    assert [result for _, result in results] == [[]] * 60
    assert well.most <= 4


def test_accounts_at_one_address_get_half_of_the_threads_together(
    driver, serve, account
):
    slow, _ = serve(hush)
    accounts = [
        account(account_id=UUID(int=tenant), base_url=slow.url) for tenant in range(4)
    ]
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: ask(driver, accounts[n % 4]), range(16)))

    assert slow.most == 8
    assert kinds(results).count(GatewayBusyError) == 8


def test_a_gateway_silent_three_times_is_left_alone_for_a_while_that_grows(
    driver, serve
):
    slow, at_slow = serve(hush)
    for _ in range(3):
        assert isinstance(ask(driver, at_slow)[1], GatewaySilentError)

    seconds, result = ask(driver, at_slow)
    time.sleep(PAUSE_S)
    probe = ask(driver, at_slow)[1]
    time.sleep(PAUSE_S)
    again = ask(driver, at_slow)[1]

    assert (type(result), result.retry_after_s) == (GatewayPausedError, 1)
    assert seconds < 0.1
    assert (type(probe), type(again)) == (GatewaySilentError, GatewayPausedError)
    assert slow.asked == 4


def test_one_call_alone_tries_whether_it_is_well_again(driver, serve):
    slow, at_slow = serve(hush)
    for _ in range(3):
        ask(driver, at_slow)
    time.sleep(PAUSE_S)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: ask(driver, at_slow), range(8)))

    assert slow.asked == 4
    assert sorted(each.__name__ for each in kinds(results)) == (
        ["GatewayPausedError"] * 7 + ["GatewaySilentError"]
    )


def test_it_is_asked_as_before_once_it_is_well(driver, serve):
    slow, at_slow = serve(hush)
    for _ in range(3):
        ask(driver, at_slow)
    slow.answer = say(WELL)
    time.sleep(PAUSE_S)
    with ThreadPoolExecutor(4) as pool:
        probe = ask(driver, at_slow)[1]
        results = list(pool.map(lambda _: ask(driver, at_slow), range(20)))

    assert probe == []
    assert [result for _, result in results] == [[]] * 20


def test_another_address_is_tried_at_once(driver, serve, account):
    _slow, at_slow = serve(hush)
    _well, at_well = serve(say(WELL))
    for _ in range(3):
        ask(driver, at_slow)

    assert at_slow.account_id == at_well.account_id
    assert ask(driver, at_well)[1] == []


def test_errors_that_come_at_once_never_pause_anybody(driver, serve):
    _ill, at_ill = serve(say(b"HTTP/1.1 503 No\r\nConnection: close\r\n\r\n"))
    for _ in range(6):
        assert type(ask(driver, at_ill)[1]).__name__ == "GatewayUnavailableError"


def test_whoever_waits_for_a_place_gets_the_next_one(driver, serve):
    _slow, at_slow = serve(late(WAIT_S / 2))
    together = threading.Barrier(6)

    def one(_):
        together.wait()
        return ask(driver, at_slow)

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(one, range(6)))

    assert [result for _, result in results] == [[]] * 6
