"""The real application in a real browser: Chromium walks through the pages."""

import contextlib
import json
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server as make_web_server

from abtpro_saas.app import create_app
from abtpro_saas.billing import accounts
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.events.__main__ import make_server as make_events_server
from abtpro_saas.identity import tenants
from abtpro_saas.identity.access import passwords
from abtpro_saas.identity.roles import Role
from tests import contracts_for
from tests.backtesting import candles_for
from tests.blueprints import payments
from tests.conftest import close_house
from tests.ports import reserved_ports

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
UNUSED = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled", "LensOverlay"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "PreconnectToSearch"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "ThirdPartyStoragePartitioning"),
    *("MediaRouter", "PaintHolding", "OptimizationHints", "NetworkTimeServiceQuerying"),
    *("TcpPortRandomizationWin",),
)
ARGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The pages of its address bar, which nobody sees, take as long to draw as ours. The
    # last such list counts: it is Playwright's, and they.
    "--disable-features=" + ",".join(UNUSED),
]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
PASSWORD = "ม้าแก้ว correct battery"
AXE = Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js"


def pytest_collection_modifyitems(items):
    absent = pytest.mark.skip(reason="Chromium is not installed")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(absent)


@dataclass(frozen=True)
class Site:
    """A running application, with or without its events process."""

    port: int

    def url(self, tenant_host, path="/"):
        return f"http://{tenant_host}:{self.port}{path}"


@contextlib.contextmanager
def serving(settings, *, events):
    port = reserved_ports()
    read = settings(ABTPRO_PORT=str(port), ABTPRO_ADDRESS_REQUESTS_PER_MINUTE="1000000")
    app = create_app(read)
    web = make_web_server("127.0.0.1", port, app, threaded=True)
    servers = [threading.Thread(target=web.serve_forever)]
    streams = make_events_server(read) if events else None
    if streams is not None:
        servers.append(threading.Thread(target=streams.run))
    for thread in servers:
        thread.start()
    if streams is not None:
        _until_answered(f"http://127.0.0.1:{port + 1}/readyz")
    yield Site(port)
    web.shutdown()
    if streams is not None:
        streams.should_exit = True
    for thread in servers:
        thread.join(60)
    web.server_close()
    close_house(app)


def _until_answered(url):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.05)
    raise TimeoutError(url)


@pytest.fixture(scope="session")
def site(settings):
    with serving(settings, events=True) as running:
        yield running


@pytest.fixture(scope="session")
def site_without_events(settings):
    with serving(settings, events=False) as running:
        yield running


@pytest.fixture(scope="module")
def chromium():
    """One browser a file: while it is open its event loop runs in this thread, and
    other files' tests may need to run a loop of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def host(tenant, engine):
    with tenant_transaction(engine, tenant) as session:
        return tenants.list_hosts(session, tenant)[0]


@pytest.fixture
def page(chromium, site, host):
    """Return a function that opens pages of the tenant; each must be without fault."""
    contexts, faults = [], []

    def open_page(size="desk", theme="light", language="en", at=None):
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        base = (at or site).url(host, "")
        for name, value in (("abtpro_theme", theme), ("abtpro_language", language)):
            context.add_cookies([{"name": name, "value": value, "url": base}])
        made = context.new_page()
        made.on("console", lambda said: _note(faults, said))
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.set_default_timeout(30_000)
        made.visit = lambda path: made.goto(base + path)
        return made

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def _note(faults, said):
    # A refused form is a fault of its sender; a stream that is away has a fallback.
    expected = ("422", "401", "ERR_CONNECTION_REFUSED", "409")
    if said.type == "error" and not any(sign in said.text for sign in expected):
        faults.append(said.text)


@pytest.fixture
def person(user):
    """Return a function that adds somebody who signs in with PASSWORD."""

    def make(role=Role.TRADER, **values):
        email = f"{uuid4().hex[:8]}@example.test"
        user(role, email=email, password=PASSWORD, profile=passwords.QUICK, **values)
        return email

    return make


@pytest.fixture
def merchant(engine, keyring, tenant):
    """The tenant's merchant at a gateway that nobody answers for."""
    wanted = accounts.Merchant(
        f"m-{uuid4().hex}", base_url="http://127.0.0.1:9", biller_id=payments.BILLER
    )
    with tenant_transaction(engine, tenant) as session:
        row = accounts.open_account(
            session, keyring, tenant, wanted, secret=payments.SECRET, now=utc_now()
        )
    return payments.Merchant(tenant, row.gateway_account_id, wanted.merchant_id)


@pytest.fixture
def root(settings):
    return settings().backtest_data_path


@pytest.fixture
def trader(engine, tenant, user, root):
    """Return a function that adds a trader with a contract, and hours of BTC/USDT."""

    def make(locale, hours=1_000):
        email = f"{locale}-{tenant}@example.test"
        user_id = user(
            email=email, password=PASSWORD, profile=passwords.QUICK, locale=locale
        )
        with tenant_transaction(engine, tenant) as session:
            contracts_for.give(session, tenant, user_id)
            candles_for.give(session, tenant, candles_for.walk(hours), root=root)
        return email

    return make


def sign_in(page, email, password=PASSWORD):
    """Sign in with the form, by keyboard alone."""
    page.visit("/sign-in")
    # Chromium gives the focus after the load event, in its own time.
    page.wait_for_function("document.activeElement?.id === 'email'")
    page.keyboard.insert_text(email)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def assert_fits(page):
    """Assert that nothing is wider than the window."""
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider == 0


def assert_accessible(page):
    """Assert that axe-core finds nothing serious; it is injected past the policy."""
    # The page's policy rightly refuses a script of ours: the debugger may run one.
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": "axe.run({resultTypes: ['violations']})"
            ".then(r => JSON.stringify(r.violations.map("
            "v => [v.id, v.impact, v.nodes[0].html])))",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    found = json.loads(answer["result"]["value"])
    assert [each for each in found if each[1] in {"serious", "critical"}] == []
