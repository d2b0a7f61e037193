"""The gateway simulator and a merchant's endpoint, both over real HTTP."""

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import httpx
import pytest
import uvicorn

from abtpro_saas.billing.gateways.calling.client import GatewayClient
from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.port import GatewayAccount
from abtpro_saas.money import Satang
from abtpro_saas.simulators.gateway.app import make_app

SECRET = "whsec_siam"
BILLER = "000000000000101"


@dataclass
class Merchant:
    """An endpoint that keeps what it is told and answers with ``statuses`` in turn."""

    url: str
    heard: list = field(default_factory=list)
    statuses: list = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, headers, raw):
        with self.guard:
            self.heard.append((headers, raw))
            return self.statuses.pop(0) if self.statuses else 200

    def wait_for(self, notices, timeout_s=60):
        end = time.monotonic() + timeout_s
        while len(self.heard) < notices and time.monotonic() < end:
            time.sleep(0.02)
        return [json.loads(raw) for _, raw in self.heard]


@pytest.fixture
def merchant():
    """A merchant's endpoint on a free port."""

    class Endpoint(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(told.answer(self.headers, raw))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        told = Merchant(f"http://127.0.0.1:{server.server_port}/hook")
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def serving(database):
    """Run the simulator in a thread on a free port, and yield its URL."""
    config = uvicorn.Config(
        make_app(database), log_level="error", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    # Named as TCP: only then does asyncio switch Nagle's delay off, 40 ms an answer.
    tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with socket.socket(*tcp) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def database(tmp_path):
    return tmp_path / "gateway.db"


@pytest.fixture
def url(database):
    """The simulator's address."""
    with serving(database) as address:
        yield address


@pytest.fixture
def http(url):
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def sim(http):
    """Return a function that asks the simulator for something, and expects success."""

    def ask(path, **body):
        answer = http.post(f"/sim/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    return ask


@pytest.fixture
def registered(sim, merchant):
    """The merchant's account at the gateway."""
    return sim(
        "accounts",
        merchant_id="m-siam",
        name="สยามเทรด",
        secrets=[SECRET],
        callback_url=merchant.url,
        biller_id=BILLER,
    )


@pytest.fixture
def account(url):
    """Return a function that makes our side of the account."""

    def make(**changes):
        values = {
            "account_id": UUID(int=7),
            "merchant_id": "m-siam",
            "driver": "generic",
            "base_url": url,
            "biller_id": BILLER,
            "promptpay_id": None,
            "promptpay_id_kind": None,
            "secrets": (SECRET,),
            "least": Satang(1),
            "most": Satang(999_999_999),
            "qr_life": None,
        }
        return GatewayAccount(**values | changes)

    return make


@pytest.fixture
def generic():
    """Our driver, impatient."""
    gateway = GenericGateway(GatewayClient(total_s=2))
    yield gateway
    gateway.close()
