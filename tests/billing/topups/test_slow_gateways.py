"""A gateway that is slow makes its own tenant wait, and nobody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.billing.gateways.calling.limits import HURRIED_S
from abtpro_saas.billing.gateways.port import GatewayUnavailableError
from tests.billing.gateways.slow import SlowGateway, hush, late

THREADS = 16


@pytest.fixture
def slow():
    """A gateway that answers nothing."""
    server = SlowGateway(hush)
    yield server
    server.close()


def test_topups_at_a_silent_gateway_do_not_keep_others_from_being_found(
    open_till, slow, till, pay
):
    made = till.begin()
    pay(made)
    stuck = open_till(slow.url)
    waiting = [stuck.begin("1.00") for _ in range(19)]
    with ThreadPoolExecutor(THREADS) as pool:
        reviews = [pool.submit(stuck.review, each, seconds=5) for each in waiting]
        time.sleep(0.3)
        start = time.monotonic()
        standing = pool.submit(till.review, made, seconds=5).result()
        seconds = time.monotonic() - start
        standings = [each.result() for each in reviews]

    assert (standing.status, till.balance()) == ("SUCCESS", 49_900)
    assert seconds < 5
    assert slow.most == 4
    assert {each.status for each in standings} == {"PENDING"}
    assert all(each.review_at for each in standings)


def test_what_could_not_be_asked_is_no_silence_and_never_ends_the_watch(
    open_till, slow
):
    till = open_till(slow.url)
    holding = [till.begin("1.00") for _ in range(4)]
    made = till.begin()
    end = made.expires_at + timedelta(hours=24)
    with ThreadPoolExecutor(4) as pool:
        held = [pool.submit(till.review, each, seconds=5) for each in holding]
        while slow.now < 4:
            time.sleep(0.02)
        standing = till.review(made, at=end)
        slow.close()
        for each in held:
            each.result()

    assert (standing.status, standing.review_at) == (
        "PENDING",
        end + timedelta(seconds=15),
    )
    assert "asked later" in standing.summary


def test_a_gateway_that_makes_the_qr_has_a_few_seconds_for_it(open_till, slow):
    till = open_till(slow.url, driver="generic_issued")
    slow.answer = late(HURRIED_S + 3)
    start = time.monotonic()

    with pytest.raises(GatewayUnavailableError):
        till.begin()

    assert time.monotonic() - start < HURRIED_S + 1
