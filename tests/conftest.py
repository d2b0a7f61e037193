"""What every test may ask for: a real database, and a tenant of its own."""

import random
import secrets
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from abtpro_saas.billing.gateways import catalogue
from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.database import close_engine, make_engine, tenant_transaction
from abtpro_saas.identity.people import create_user
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import TenantId, new_id
from abtpro_saas.runtime.embedded import postgres
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import read_settings
from tests.platforms import beginning, open_folder

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
"""Noon in Bangkok on an ordinary day."""

SHARING = "tests/system/test_up.py", "tests/campaigns/test_platform.py"
"""The files that share a platform, in the order in which they use it."""

LONG = (
    *("tests/system/", "tests/campaigns/", "tests/browser/", "tests/workflows/"),
    *("tests/runtime/", "tests/contracts/test_", "tests/contracts/figures/test_random"),
    "tests/blueprints/http/test_contract.py",
)
"""What takes longest begins first, so that no process is left alone with it; what looks
at every tenant then has few of other tests to look at."""

PRISTINE = "pristine"
"""The database as the migrations leave it, for copies."""

SEALING_KEYS = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@dataclass(frozen=True)
class Campaign:
    """A long test: ``./dev test`` holds a short form, ``--long`` runs all of it."""

    random: random.Random
    long: bool

    def length(self, short, full):
        return full if self.long else short


@pytest.fixture(scope="session")
def server():
    """Run one PostgreSQL server for each test process, migrated."""
    options = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
    with tempfile.TemporaryDirectory(prefix="abtpro-test-") as folder:
        # The server's user is not root: it must reach its data through every parent.
        Path(folder).chmod(0o755)
        with postgres.running(Path(folder) / "data", None, *options) as running:
            postgres.migrate(running.owner_url)
            _copy(running, running.database, PRISTINE)
            yield running


def _copy(server, source, name):
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as admin:
        copying = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER abtpro_owner")
        admin.execute(copying.format(sql.Identifier(name), sql.Identifier(source)))


@pytest.fixture(scope="session")
def new_database(server):
    """Return a function that makes a migrated database in which there is nothing yet.

    For what looks at every tenant: other tests' thousands would keep it waiting.
    """

    def make():
        name = f"own_{uuid4().hex}"
        _copy(server, PRISTINE, name)
        return replace(server, database=name)

    return make


@pytest.fixture(scope="session")
def platform():
    """A running platform, shared by those who can: it takes ten seconds to start."""
    unlimited = dict.fromkeys(
        ("ABTPRO_KEY_REQUESTS_PER_MINUTE", "ABTPRO_ADDRESS_REQUESTS_PER_MINUTE"),
        "1000000",
    )
    with open_folder() as folder, beginning(folder) as begin:
        yield begin("home", ABTPRO_WEB_PROCESSES="1", **unlimited).ready()


def close_gateways():
    """Close every driver's connections; each is made anew when it is asked for."""
    for name in catalogue.drivers():
        close = getattr(catalogue.gateway(name), "close", None)
        if close is not None:
            close()
    catalogue.gateway.cache_clear()


def close_house(app):
    """Close an application's connections, once the last request has given its back."""
    house = app.extensions[EXTENSION]
    deadline = time.monotonic() + 3  # a browser's spare connection asks for nothing
    while any("process_request_thread" in each.name for each in threading.enumerate()):
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    for engine in (house.engine, house.operator_engine):
        deadline = time.monotonic() + 15
        while engine.pool.checkedout() and time.monotonic() < deadline:
            time.sleep(0.02)
        close_engine(engine)


def _engine(url):
    made = make_engine(url, pool_size=10, max_overflow=20)
    yield made
    close_engine(made)


@pytest.fixture(scope="session")
def engine(server):
    """Engine of the application's role, which owns nothing and bypasses nothing."""
    yield from _engine(server.app_url)


@pytest.fixture(scope="session")
def owner_engine(server):
    yield from _engine(server.owner_url)


@pytest.fixture(scope="session")
def relay_engine(server):
    yield from _engine(server.relay_url)


@pytest.fixture(scope="session")
def operator_engine(server):
    yield from _engine(server.operator_url)


@pytest.fixture(scope="session")
def settings(server, tmp_path_factory):
    """Return a function that gives local settings for the test database."""
    home = tmp_path_factory.mktemp("home")

    def read(**overrides):
        return read_settings(
            {
                "ABTPRO_ENV": "local",
                "ABTPRO_HOME": str(home),
                "ABTPRO_SECRET_KEY": "a-secret-key-for-tests-only-0123456789",
                "ABTPRO_SEALING_KEYS": SEALING_KEYS,
                "DATABASE_URL": server.app_url,
                "DATABASE_OWNER_URL": server.owner_url,
                "DATABASE_RELAY_URL": server.relay_url,
                "DATABASE_OPERATOR_URL": server.operator_url,
                "SMTP_URL": "mailbox:",
                **overrides,
            }
        )

    return read


@pytest.fixture(scope="session")
def keyring(settings):
    return Keyring(settings().sealing_keys)


@pytest.fixture
def new_tenant(operator_engine):
    """Return a function that makes a tenant with a host of its own."""

    def make(slug=None):
        tenant_id = TenantId(new_id())
        slug = slug or f"t{uuid4().hex[:12]}"
        with operator_engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO tenants (tenant_id, slug, name, created_at)"
                    " VALUES (:id, :slug, :slug, :now)"
                ),
                {"id": tenant_id, "slug": slug, "now": NOON},
            )
            connection.execute(
                text("INSERT INTO tenant_hosts VALUES (:id, :host, :now)"),
                {"id": tenant_id, "host": f"{slug}.localhost", "now": NOON},
            )
        return tenant_id

    return make


@pytest.fixture
def tenant(new_tenant):
    """A tenant that no other test sees."""
    return new_tenant()


@pytest.fixture
def user(engine, tenant):
    """Return a function that adds somebody to a tenant and gives their id."""

    def make(role=Role.TRADER, tenant_id=None, **values):
        at = tenant_id or tenant
        values.setdefault("email", f"{uuid4().hex[:12]}@example.com")
        values.setdefault("name", "Somchai Jaidee")
        with tenant_transaction(engine, at) as session:
            made = create_user(session, at, role=role, now=NOON, **values)
        return made.user_id

    return make


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="campaigns at full length")
    parser.addoption("--seed", type=int, help="repeat the campaigns of this seed")


def pytest_configure(config):
    # Before the workers of pytest-xdist start: they get the options as they are here.
    if config.option.seed is None:
        config.option.seed = secrets.randbelow(2**32)


def pytest_collection_modifyitems(items):
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (not item.nodeid.startswith(LONG), -sizes[item.path]))
    # The campaign's last test ends the platform that it shares.
    items.sort(key=lambda item: item.nodeid.startswith(SHARING[-1]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let the files that share a platform meet in one process."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - may be missing

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return SHARING[0] if file in SHARING else file

    config.option.loadscopereorder = False  # the items are in order already
    return Files(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.write_line(f"campaigns: --seed {config.option.seed}")
    took = Counter()
    for reports in terminalreporter.stats.values():
        for each in reports:
            file = getattr(each, "nodeid", "").partition("::")[0]
            if file.startswith("tests/campaigns/"):
                took[file] += getattr(each, "duration", 0)
    for file, seconds in took.items():
        terminalreporter.write_line(f"campaigns: {file} took {seconds:.0f} s")


@pytest.fixture
def campaign(request):
    """What a campaign needs: its random numbers, and whether it runs at full length."""
    option = request.config.option
    print(f"--seed {option.seed}")  # noqa: T201 - shown where the campaign fails
    return Campaign(random.Random(f"{option.seed} {request.node.nodeid}"), option.long)
