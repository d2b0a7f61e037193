"""An operator looks at a process in the Temporal UI, through the platform's door."""

import asyncio
import json
import shutil
import threading
import time
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import pytest
from google.protobuf import json_format
from playwright.sync_api import sync_playwright
from sqlalchemy import select
from temporalio.api.common.v1 import Payload, Payloads
from werkzeug.serving import make_server

from abtpro_saas.app import create_app
from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.blueprints.ops import proxy
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.access import totp
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.platform_tables import OperatorAudit
from abtpro_saas.sealing import Keyring
from abtpro_saas.temporal import PayloadSeal
from tests.ports import reserved_ports

PASSWORD = "quiet-harbour-lantern-9"


@pytest.fixture(scope="module")
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
    app.extensions[EXTENSION].engine.dispose()
    app.extensions[EXTENSION].operator_engine.dispose()


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
    return httpx.Client(base_url=here, headers=headers, timeout=20)


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


def sealed(keyring, value="owed by somchai"):
    plain = Payload(
        metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode()
    )
    payloads = Payloads(payloads=[PayloadSeal(keyring).seal(plain)])
    return json_format.MessageToJson(payloads)


def read(answer):
    payloads = json_format.Parse(answer.text, Payloads()).payloads
    return [each.data for each in payloads]


def test_an_operator_reads_a_payload_and_the_trail_says_so(operator, keyring, trail):
    before = len(trail("codec.decode"))

    answer = operator.post("/codec/decode", content=sealed(keyring))

    assert read(answer) == [b'"owed by somchai"']
    assert answer.headers["Cache-Control"] == "no-store"
    entry = trail("codec.decode")[-1]
    assert len(trail("codec.decode")) == before + 1
    assert entry.detail == {"payloads": 1}


def test_a_payload_of_a_key_that_is_gone_stays_sealed(operator):
    gone = Keyring((("gone", b"g" * 32),))

    answer = operator.post("/codec/decode", content=sealed(gone))

    assert answer.status_code == 200
    assert b"somchai" not in answer.content


def test_nobody_else_reads_anything(stranger, keyring):
    answer = stranger.post(
        "/codec/decode", content=sealed(keyring), headers={"X-Namespace": "default"}
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    assert "somchai" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://siam.localhost"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_ask_for_an_operator(operator, keyring, headers):
    answer = operator.post("/codec/decode", content=sealed(keyring), headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("body", ["", "x", '{"payloads": 1}', "\xff"])
def test_what_is_no_list_of_payloads_is_refused(operator, body):
    answer = operator.post("/codec/decode", content=body.encode("latin-1"))

    assert answer.status_code == 422


def test_another_namespace_is_refused(operator, keyring):
    answer = operator.post(
        "/codec/decode", content=sealed(keyring), headers={"X-Namespace": "other"}
    )

    assert answer.status_code == 422


def test_nothing_is_ever_encoded(operator):
    assert operator.post("/codec/encode", content="{}").status_code == 404


def test_no_other_origin_is_let_in_by_a_preflight(operator):
    answer = operator.request(
        "OPTIONS",
        "/codec/decode",
        headers={
            "Origin": "http://evil.example",
            "Access-Control-Request-Method": "POST",
        },
    )

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/codec/decode", "/ops/temporal/"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_at_another_host_there_is_nothing(house, cookie, path, host):
    url = house[0].replace("ops.localhost", host)
    name = house[1].config["SESSION_COOKIE_NAME"]
    method = "POST" if "codec" in path else "GET"

    with at_host(url, Cookie=f"{name}={cookie}") as client:
        assert client.request(method, path, content="{}").status_code == 404


def test_the_ui_comes_through_the_door_in_a_wall_of_its_own(operator, house):
    asyncio.run(house[2].connect())

    answer = operator.get("/ops/temporal/")

    assert answer.status_code == 200
    assert "temporal" in answer.text.lower()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_without_a_sign_in_the_ui_is_shut(stranger):
    assert stranger.get("/ops/temporal/").status_code == 303
    asked = stranger.get("/ops/temporal/api/v1/namespaces")
    assert (asked.status_code, asked.json()["code"]) == (401, "not_signed_in")


def test_the_uis_own_interface_answers_an_operator(operator):
    answer = operator.get("/ops/temporal/api/v1/namespaces/default")

    assert answer.json()["namespaceInfo"]["name"] == "default"


def test_what_an_operator_changes_there_is_in_the_trail(operator, trail):
    operator.post("/ops/temporal/api/v1/namespaces/default/nothing", json={})

    assert trail("temporal_ui")[-1].detail["method"] == "POST"


def test_another_sites_page_changes_nothing_there(operator):
    answer = operator.post(
        "/ops/temporal/api/v1/namespaces/default/nothing",
        json={},
        headers={"Origin": "http://evil.example"},
    )

    assert answer.status_code == 403


def test_no_path_leads_out_of_the_ui(operator):
    assert operator.get("/ops/temporal/%2e%2e/%2e%2e/metrics").status_code == 404


@pytest.fixture
def process_id(house, keyring):
    """A process that waits in Temporal, its payloads sealed."""
    process_id = f"payment:{uuid4()}"

    async def start():
        client = await house[2].connect(keyring)
        await client.start_workflow(
            "PaymentConfirmation",
            {"topup_id": "owed by somchai"},
            id=process_id,
            task_queue="nobody-listens",
        )

    asyncio.run(start())
    return process_id


@pytest.fixture
def history(process_id):
    """Where the UI asks for news of a process that waits, once it knows the rest."""
    of_process = quote(process_id, safe="")
    return f"/ops/temporal/api/v1/namespaces/default/workflows/{of_process}/history"


def known(operator, history):
    """Return the token of a page that has seen all that there is."""
    seen = operator.get(history, params={"waitNewEvent": "true"}).json()
    while True:
        asked = {"waitNewEvent": "true", "next_page_token": seen["nextPageToken"]}
        seen = operator.get(history, params=asked).json()
        if not seen["history"].get("events"):
            return asked


def test_a_page_that_waits_for_news_is_told_soon_that_there_are_none(
    operator, history, monkeypatch
):
    monkeypatch.setattr(proxy, "WAIT_S", 0.5)
    asked = known(operator, history)

    begun = time.monotonic()
    answer = operator.get(history, params=asked)

    assert time.monotonic() - begun < 5
    token = asked["next_page_token"]
    assert answer.json() == {"history": {}, "nextPageToken": token}


def test_pages_that_were_left_keep_nobody_waiting(operator, history, monkeypatch):
    monkeypatch.setattr(proxy, "WAIT_S", 0.5)
    asked = known(operator, history)
    for _ in range(4):
        with pytest.raises(httpx.ReadTimeout):
            operator.get(history, params=asked, timeout=0.1)
        time.sleep(0.3)

    time.sleep(0.5)
    assert operator.get(history, params=asked).status_code == 200


def test_too_many_pages_that_wait_are_told_so_in_the_uis_own_language(
    operator, history, monkeypatch
):
    monkeypatch.setattr(proxy, "LONG_POLLS", threading.BoundedSemaphore(1))
    asked = known(operator, history)
    with proxy.LONG_POLLS:
        answer = operator.get(history, params=asked)

    assert answer.status_code == 429
    assert answer.json()["status"] == 429
    assert answer.headers["Retry-After"] == "5"


@pytest.fixture
def front_of_nothing(settings):
    """An application whose Temporal UI is away."""
    app = create_app(settings(TEMPORAL_UI_URL="http://127.0.0.1:9"))
    yield app
    app.extensions[EXTENSION].engine.dispose()
    app.extensions[EXTENSION].operator_engine.dispose()


def test_a_ui_that_is_away_is_told_to_its_pages_as_json(
    front_of_nothing, cookie, settings
):
    browser, host = front_of_nothing.test_client(), settings().operators_host
    name = front_of_nothing.config["SESSION_COOKIE_NAME"]
    browser.set_cookie(name, cookie, domain=host)

    answer = browser.get("/ops/temporal/api/v1/namespaces", base_url=f"http://{host}")

    assert answer.status_code == 503
    assert answer.json["code"] == "temporal_ui_away"


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def page(house, cookie, process_id):
    """A page of a real browser in which an operator looks at the process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        name = house[1].config["SESSION_COOKIE_NAME"]
        context.add_cookies([{"name": name, "value": cookie, "url": house[0]}])
        opened = context.new_page()
        opened.problems = []
        opened.on("console", lambda line: opened.problems.append(line.text))
        opened.goto(
            f"{house[0]}/ops/temporal/namespaces/default/workflows/{process_id}"
        )
        yield opened
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_an_operator_reads_a_sealed_payload_in_the_ui(page, process_id, trail):
    page.get_by_text("owed by somchai").first.wait_for(timeout=20_000)

    assert any(process_id in (entry.subject or "") for entry in trail("codec.decode"))
    assert not [line for line in page.problems if "Content Security Policy" in line]
