"""The same money told twice, at once, under other names: credited once all the same."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from abtpro_saas.billing.payments.notices import accept_notice
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction


def test_the_same_event_twice_is_posted_once(topup, merchant, gateway, sums, look_up):
    event = merchant.event(topup("499.00"))

    answers = [gateway(event) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert [each.json["outcome"] for each in answers] == ["CREDITED", "DUPLICATE"]
    assert look_up("SELECT count(*) FROM journals") == [1]
    assert sums() == {"WALLET": 49_900, "CLEARING": -49_900}


def test_of_50_at_the_same_moment_one_is_posted(topup, merchant, client, sums):
    event = merchant.event(topup("499.00"))
    start = threading.Barrier(16)

    def send(n):
        caller = client()
        if n < 16:
            start.wait(10)
        return merchant.send(caller, event)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(50)))

    assert {each.status_code for each in answers} == {200}
    outcomes = Counter(each.json["outcome"] for each in answers)
    assert outcomes == {"CREDITED": 1, "DUPLICATE": 49}
    assert sums()["WALLET"] == 49_900


def test_of_many_at_once_without_a_topup_one_is_parked(
    topup, merchant, client, sums, look_up
):
    event = merchant.event(topup(), reference_id="NOBODYKNOWSTHIS")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: merchant.send(client(), event), range(16)))

    outcomes = Counter(each.json["outcome"] for each in answers)
    assert outcomes == {"SUSPENSE": 1, "DUPLICATE": 15}
    assert sums() == {"SUSPENSE": 49_900, "CLEARING": -49_900}


def test_two_events_about_one_transaction_credit_once(topup, pay, look_up, sums):
    made = topup("499.00")

    outcomes = [pay(made, transaction_id="txn_1").json["outcome"] for _ in range(2)]

    assert outcomes == ["CREDITED", "DUPLICATE"]
    assert look_up("SELECT outcome FROM gateway_events ORDER BY received_at") == [
        "CREDITED",
        "DUPLICATE",
    ]
    assert sums()["WALLET"] == 49_900


def test_one_transaction_with_another_amount_is_an_incident(
    topup, pay, standing, sums, look_up
):
    made = topup("499.00")
    pay(made, transaction_id="txn_1")

    answer = pay(made, transaction_id="txn_1", amount="999.00")

    assert (answer.status_code, answer.json["outcome"]) == (200, "MISMATCH")
    assert standing(made)["flags"] == ["AMOUNT_MISMATCH"]
    assert look_up("SELECT kind FROM incidents") == ["AMOUNT_MISMATCH"]
    assert sums()["WALLET"] == 49_900


def test_one_transaction_in_other_money_is_an_incident(topup, pay, sums, look_up):
    made = topup("499.00")
    pay(made, transaction_id="txn_1")

    answer = pay(made, transaction_id="txn_1", currency="USD")

    assert answer.json["outcome"] == "MISMATCH"
    assert look_up("SELECT kind FROM incidents") == ["AMOUNT_MISMATCH"]
    assert sums() == {"WALLET": 49_900, "CLEARING": -49_900}


def test_one_transaction_under_two_references_is_an_incident(
    topup, pay, standing, sums, look_up
):
    first, second = topup("499.00"), topup("499.00")
    pay(first, transaction_id="txn_1")

    assert pay(second, transaction_id="txn_1").json["outcome"] == "MISMATCH"
    assert standing(second)["status"] == "PENDING"
    assert look_up("SELECT kind FROM incidents") == ["REFERENCE_MISMATCH"]
    assert sums()["WALLET"] == 49_900


def test_one_transaction_under_two_references_at_once_is_credited_once(
    topup, merchant, client, sums
):
    for turn in range(6):
        both = [
            merchant.event(topup("10.00"), transaction_id=f"txn_{turn}")
            for _ in range(2)
        ]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda e: merchant.send(client(), e), both))

        outcomes = sorted(each.json["outcome"] for each in answers)
        assert outcomes == ["CREDITED", "MISMATCH"]
    assert sums()["WALLET"] == 6 * 1_000


def test_two_accounts_may_use_one_transaction_number(
    topup, pay, open_merchant, client, api_key, new_tenant, sums
):
    stranger = new_tenant()
    theirs = open_merchant(stranger)
    pay(topup("100.00"), transaction_id="txn_1")

    key = api_key(tenant_id=stranger)
    made = client(key=key).post(
        "/api/v1/payment/promptpay/create", json={"amount": "70.00"}
    )
    answer = theirs.send(client(), theirs.event(made.json, transaction_id="txn_1"))

    assert answer.json["outcome"] == "CREDITED"
    assert (sums()["WALLET"], sums(stranger)["WALLET"]) == (10_000, 7_000)


KILLED = """
import os, signal, sys
from datetime import datetime
from uuid import UUID
from abtpro_saas.billing.gateways.notices import read_notice
from abtpro_saas.billing.gateways.port import GatewayAccount
from abtpro_saas.billing.payments.notices import accept_notice
from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine, tenant_transaction

url, tenant, account, merchant, raw = sys.argv[1:]
live = GatewayAccount(UUID(account), merchant, "generic", "", None, None, None, (), 1,
                      10**9, None)
notice = read_notice(live, raw.encode(), utc_now())
with tenant_transaction(make_engine(url), UUID(tenant)) as session:
    print(accept_notice(session, UUID(tenant), UUID(account), notice, utc_now()))
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_before_its_commit_leaves_nothing_and_a_retry_credits(
    topup, merchant, gateway, server, sums, look_up
):
    event = merchant.event(topup("499.00"))
    command = [
        sys.executable, "-c", KILLED, server.app_url, str(merchant.tenant_id),
        str(merchant.account_id), merchant.merchant_id, json.dumps(event),
    ]  # fmt: skip

    killed = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (killed.returncode, killed.stdout.strip()) == (-signal.SIGKILL, "CREDITED")
    assert look_up("SELECT count(*) FROM gateway_events") == [0]
    assert look_up("SELECT count(*) FROM postings") == [0]
    assert gateway(event).json["outcome"] == "CREDITED"
    assert sums()["WALLET"] == 49_900


def test_what_was_posted_but_not_answered_is_answered_at_the_retry(
    topup, merchant, gateway, engine, sums
):
    event = merchant.event(topup("499.00"))
    with tenant_transaction(engine, merchant.tenant_id) as session:
        notice = merchant.notice(event)
        accept_notice(
            session, merchant.tenant_id, merchant.account_id, notice, utc_now()
        )

    answer = gateway(event)

    assert (answer.status_code, answer.json["outcome"]) == (200, "DUPLICATE")
    assert sums()["WALLET"] == 49_900


class Cable:
    """A line to the database that can be pulled out."""

    def __init__(self, url):
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open, self._pulled = [], False
        self.url = url.replace(
            f"{parts.hostname}:{parts.port}",
            f"127.0.0.1:{self._listener.getsockname()[1]}",
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self):
        self._pulled = True
        while self._open:
            with suppress(OSError), closing(self._open.pop()) as end:
                end.shutdown(socket.SHUT_RDWR)

    def plug_in(self):
        self._pulled = False

    def close(self):
        self.pull()
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._pulled:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    @staticmethod
    def _carry(source, target):
        with suppress(OSError), closing(source), closing(target):
            while data := source.recv(65536):
                target.sendall(data)


@pytest.fixture
def cable(server):
    if urlsplit(server.app_url).port is None:
        pytest.fail("the test server listens on a socket file: there is no line to cut")
    made = Cable(server.app_url)
    yield made
    made.close()


def test_without_the_database_a_notice_is_never_answered_200(
    topup, merchant, client, make_app, cable, sums
):
    event = merchant.event(topup("499.00"))
    on_cable = make_app(DATABASE_URL=cable.url)
    warm = merchant.send(client(at=on_cable), merchant.event(topup("1.00")))

    cable.pull()
    away = merchant.send(client(at=on_cable), event)
    cable.plug_in()
    back = merchant.send(client(at=on_cable), event)

    assert (warm.status_code, away.status_code, back.status_code) == (200, 503, 200)
    assert away.json["code"] == "database_unavailable"
    assert back.json["outcome"] == "CREDITED"
    assert sums()["WALLET"] == 50_000
