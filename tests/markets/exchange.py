"""The exchange simulator over real HTTP, with ten days of the market model."""

import contextlib
import socket
import threading

import httpx
import uvicorn

from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated.funding import PERPETUALS, simulated_funding
from abtpro_saas.markets.simulated.model import minutes
from abtpro_saas.markets.simulated.seeding import location_of
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE
from abtpro_saas.simulators.exchange.app import make_app

DAYS = 10

FAULTS = [
    ("rate_limited", 17.0),
    ("banned", 17.0),
    ("dropped", None),
    ("html", None),
    ("html_ok", None),
    ("blank", None),
    ("object", None),
    ("unavailable", None),
]
"""How an exchange fails for a while, and the seconds that it wants to be left alone."""


def fill(root, *symbols):
    """Let the store at ``root`` hold the model's first days, as seeding leaves them."""
    store, funding = CandleStore(root), FundingStore(root)
    for symbol in symbols:
        whole, place = minutes(symbol, days=DAYS), location_of(symbol)
        for step in (MINUTE, HOUR, DAY):
            store.write(place, resample(whole, step))
        if symbol in PERPETUALS:
            funding.write(place, simulated_funding(symbol, resample(whole, HOUR)))


class Exchange:
    """A running simulator."""

    def __init__(self, url):
        self.url = url
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=30)

    def get(self, path, **query):
        return self._http.get(path, params=query)

    def sim(self, path, /, **body):
        answer = self._http.post(f"/sim/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def ask(self, method, path, **options):
        return self._http.request(method, path, **options)

    @property
    def faults(self):
        return self._http.get("/sim/faults").json()

    def close(self):
        self._http.close()


def serving(root):
    """Run the simulator in a thread on a free port."""
    return serving_app(make_app(root))


@contextlib.contextmanager
def serving_app(app):
    """Run an application in a thread on a free port."""
    config = uvicorn.Config(
        app, log_level="critical", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with socket.socket(*tcp) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        exchange = Exchange(f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            yield exchange
        finally:
            exchange.close()
            server.should_exit = True
            thread.join()
