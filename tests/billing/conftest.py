"""A gateway that really answers, and what a test needs to speak with it."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import httpx
import pytest

from abtpro_saas.billing import accounts, wallets
from abtpro_saas.billing.gateways.port import EventType, Notice
from abtpro_saas.billing.messages import ReconcileSettlement, ReviewTopup
from abtpro_saas.billing.payments.notices import accept_notice
from abtpro_saas.billing.payments.reconciliation import reconcile
from abtpro_saas.billing.topups.confirmation import review_topup
from abtpro_saas.billing.topups.service import cancel_topup, create_topup, get_topup
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import new_id
from abtpro_saas.money import THB, Satang, parse_baht
from abtpro_saas.reruns import rerun
from tests.billing import books
from tests.billing.office import Office
from tests.conftest import close_gateways
from tests.ports import reserved_ports

SECRET = "whsec_for_tests_only_0123"
BILLER = "000000000000101"


@pytest.fixture(scope="session")
def gateway_url(tmp_path_factory):
    """Run the gateway simulator as a process of its own."""
    port = reserved_ports()
    environ = {
        "PATH": os.environ["PATH"],
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(tmp_path_factory.mktemp("gateway")),
        "ABTPRO_PORT": str(port),
    }
    url = f"http://127.0.0.1:{port + 4}"
    command = [sys.executable, "-m", "abtpro_saas.simulators.gateway"]
    with subprocess.Popen(command, env=environ) as child:
        try:
            _await(url, child)
            yield url
        finally:
            close_gateways()
            child.terminate()


def _await(url, child):
    end = time.monotonic() + 30
    while time.monotonic() < end and child.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail("the gateway simulator does not answer")


@pytest.fixture
def sim(gateway_url):
    """Return a function that pulls a string of the simulator."""
    with httpx.Client(base_url=gateway_url, trust_env=False, timeout=30) as http:

        def ask(path, **body):
            answer = http.post(f"/sim/{path}", json=body)
            assert answer.is_success, answer.text
            return answer.json()

        yield ask
        ask("outage", seconds=0)


@dataclass
class Till:
    """A tenant that takes payments: billing's services, called as the edges do."""

    engine: object
    keyring: object
    tenant: UUID
    user_id: UUID
    account_id: UUID
    merchant_id: str

    def transaction(self):
        return tenant_transaction(self.engine, self.tenant)

    def begin(self, amount="499.00", now=None, **more):
        with self.transaction() as session:
            return create_topup(
                session,
                self.keyring,
                self.tenant,
                self.user_id,
                amount=parse_baht(amount),
                description="a test",
                now=now or utc_now(),
                **more,
            )

    def cancel(self, topup, now=None):
        key = (self.tenant, topup.topup_id, self.user_id)
        with self.transaction() as session:
            return cancel_topup(session, *key, now or utc_now())

    def review(self, topup, at=None, **after):
        """Look at a top-up ``at`` an instant, or so long after it was made."""
        at = at or topup.created_at + timedelta(**after)
        order = ReviewTopup(str(self.tenant), str(topup.topup_id), at)
        return review_topup(self.engine, self.keyring, order)

    def read(self, topup):
        with self.transaction() as session:
            return get_topup(session, self.tenant, topup.topup_id)

    def notice(self, topup=None, now=None, **changes):
        """Return a notice that pays ``topup``."""
        now = now or utc_now()
        values = {
            "event_id": f"evt_{new_id().hex}",
            "event_type": EventType.SUCCEEDED,
            "gateway_txn_id": f"txn_{new_id().hex}",
            "reference": topup.reference if topup else "NOBODYKNOWSTHIS",
            "amount": topup.amount if topup else Satang(49_900),
            "currency": THB,
            "paid_at": now,
            "created_at": now,
            "livemode": True,
        }
        values |= changes
        values["event_type"] = EventType(values["event_type"])
        return Notice(**values)

    def accept(self, notice, now=None):
        def work():
            with self.transaction() as session:
                return accept_notice(
                    session, self.tenant, self.account_id, notice, now or utc_now()
                )

        return rerun(work)

    def reconcile(self, day, now=None):
        order = ReconcileSettlement(
            str(self.tenant), str(self.account_id), str(day), now or utc_now()
        )
        return reconcile(self.engine, self.keyring, order)

    def balance(self):
        with self.transaction() as session:
            return wallets.balance(session, self.tenant, self.user_id).balance

    def sums(self):
        found = books.check(self.engine, self.tenant)
        return {kind: total for (kind, _currency), total in found.items()}

    def column(self, query, **values):
        return books.scalars(self.engine, self.tenant, query, **values)


@pytest.fixture
def open_till(engine, keyring, tenant, user):
    """Return a function that opens a till at a gateway."""

    def make(base_url="http://127.0.0.1:9", *, tenant_id=None, **values):
        at = tenant_id or tenant
        merchant = accounts.Merchant(
            f"m-{new_id().hex}", base_url=base_url, biller_id=BILLER, **values
        )
        with tenant_transaction(engine, at) as session:
            row = accounts.open_account(
                session, keyring, at, merchant, secret=SECRET, now=utc_now()
            )
        return Till(
            engine,
            keyring,
            at,
            user(tenant_id=at),
            row.gateway_account_id,
            merchant.merchant_id,
        )

    return make


@pytest.fixture
def till(open_till, gateway_url, sim):
    """A till at the simulated gateway, which knows its merchant."""
    made = open_till(gateway_url)
    sim(
        "accounts",
        merchant_id=made.merchant_id,
        name="a shop",
        secrets=[SECRET],
        callback_url="http://127.0.0.1:9/nobody",
        biller_id=BILLER,
    )
    return made


@pytest.fixture
def office(engine, tenant, user):
    """A tenant that sells to one user."""
    return Office(engine, tenant, user())


@pytest.fixture
def pay(sim, till):
    """Return a function that pays at the gateway, which then tells nobody."""

    def happen(topup, **changes):
        body = {
            "merchant_id": till.merchant_id,
            "reference_id": topup.reference,
            "amount": f"{topup.amount / 100:.2f}",
            "deliver": False,
        }
        return sim("pay", **body | changes)

    return happen


@dataclass
class OddGateway:
    """A gateway that answers each method with what ``statuses`` says."""

    url: str = ""
    statuses: dict = field(
        default_factory=lambda: {"POST": 201, "DELETE": 200, "GET": 200}
    )
    payments: list = field(default_factory=list)
    qr_payload: str | None = None

    def issue(self, order):
        """Return the answer to an order: a QR of its own, if it makes one."""
        return json.dumps(json.loads(order) | {"qr_payload": self.qr_payload}).encode()

    def pay(self, topup):
        """Let an inquiry find a payment of ``topup``, whatever is asked."""
        payment = {
            "transaction_id": f"txn_{new_id().hex}",
            "reference_id": topup.reference,
            "amount": f"{topup.amount / 100:.2f}",
            "currency": THB,
            "paid_at": utc_now().isoformat(),
            "status": "SUCCESS",
        }
        self.payments.append(payment)


@pytest.fixture
def odd_gateway():
    """Run a gateway that answers as it is told to."""
    odd = OddGateway()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, body):
            self.send_response(odd.statuses[self.command])
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            order = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(odd.issue(order))

        def do_DELETE(self):
            self.answer(b"{}")

        def do_GET(self):
            self.answer(json.dumps({"payments": odd.payments}).encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        odd.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield odd
        server.shutdown()
        thread.join()
