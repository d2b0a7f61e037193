"""The application in front of a real Temporal UI, and who visits it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from abtpro_saas.app import create_app
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.access import totp
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.platform_tables import OperatorAudit
from tests.conftest import close_house
from tests.ports import reserved_ports

PASSWORD = "quiet-harbour-lantern-9"


@pytest.fixture(scope="package")
def house(settings, new_temporal):
    """Serve the application in front of the UI: its address, itself, and Temporal."""
    port = reserved_ports()
    ui_port = port + 1
    url = f"http://ops.localhost:{port}"
    temporal = new_temporal(
        "--ui-port", str(ui_port), "--ui-public-path", "/ops/temporal",
        "--ui-codec-endpoint", f"{url}/codec", "--ui-disable-news-fetch",
    )  # fmt: skip
    ui = f"http://127.0.0.1:{ui_port}"
    app = create_app(settings(ABTPRO_PORT=str(port), TEMPORAL_UI_URL=ui))
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url, app, temporal
    server.shutdown()
    thread.join()
    server.server_close()
    close_house(app)


@pytest.fixture
def cookie(house, operator_engine, keyring):
    """Sign an operator in; give the cookie of their browser."""
    app, now = house[1], utc_now()
    email = f"{uuid4().hex[:12]}@example.com"
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session, keyring, email=email, name="Ops", password=PASSWORD, now=now
        )
    opened = operators.sign_in_operator(
        operator_engine,
        keyring,
        email,
        PASSWORD,
        totp.code_at(made.totp_secret, now),
        origin=Origin("127.0.0.1", "a browser"),
        now=now,
    )
    signer = app.session_interface.get_signing_serializer(app)
    return signer.dumps({"_user_id": opened.token})


def at_host(url, **headers):
    """Return a client that asks by name; only browsers know where localhosts are."""
    asked = urlsplit(url)
    headers = {"Host": asked.netloc, "Origin": url, **headers}
    here = f"http://127.0.0.1:{asked.port}"
    return httpx.Client(base_url=here, headers=headers, timeout=60)


@pytest.fixture
def operator(house, cookie):
    """A client that is signed in as an operator at the operators' host."""
    url = house[0]
    name = house[1].config["SESSION_COOKIE_NAME"]
    headers = {"X-Namespace": "default", "Cookie": f"{name}={cookie}"}
    with at_host(url, **headers) as client:
        yield client


@pytest.fixture
def stranger(house):
    with at_host(house[0]) as client:
        yield client


@pytest.fixture
def trail(operator_engine):
    """Return a function that reads the operators' trail of one action."""

    def read(action):
        with plain_transaction(operator_engine) as session:
            found = select(OperatorAudit).where(OperatorAudit.action == action)
            return list(session.scalars(found))

    return read


@pytest.fixture
def process_id(house, keyring):
    """A process that waits in Temporal, its payloads sealed."""
    process_id = f"payment:{uuid4()}"

    async def start():
        client = await house[2].connect(keyring, timeout_s=60)
        await client.start_workflow(
            "PaymentConfirmation",
            {"topup_id": "owed by somchai"},
            id=process_id,
            task_queue="nobody-listens",
        )

    # A browser of the test's has a loop in this thread already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, start()).result()
    return process_id
