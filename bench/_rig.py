"""What the measurements share: a database of their own, the web server, and rounds."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from abtpro_saas.billing.accounts import Merchant, open_account
from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine, plain_transaction, tenant_transaction
from abtpro_saas.identity.tenants import create_tenant
from abtpro_saas.ids import TenantId
from abtpro_saas.runtime.embedded import postgres
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import read_settings

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
SECRET = "whsec_of_the_benchmark"
WALLETS = 10_000


@dataclass
class Rig:
    """A database with one tenant and its merchant, and the environment to serve it."""

    server: postgres.Server
    environment: dict[str, str]
    engine: Engine
    tenant_id: TenantId
    account_id: str
    merchant_id: str = "bench"
    next_topup: dict[str, int] = field(default_factory=dict)

    def superuser(self, statement: str, **values: object) -> None:
        """Run a statement past row-level security, to seed rows fast."""
        engine = make_engine(self.server.superuser_url)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()


@contextmanager
def rig() -> Iterator[Rig]:
    """Run a database with production's durability and give a tenant in it."""
    with tempfile.TemporaryDirectory(prefix="abtpro-bench-") as folder:
        Path(folder).chmod(0o755)
        with postgres.running(Path(folder) / "data") as server:
            postgres.migrate(server.owner_url)
            yield _furnish(server, Path(folder))


def _furnish(server: postgres.Server, home: Path) -> Rig:
    key = b64encode(os.urandom(32)).decode()
    environment = {
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(home),
        "ABTPRO_PORT": str(postgres.free_port()),
        "ABTPRO_SECRET_KEY": "bench-" + "x" * 40,
        "ABTPRO_SEALING_KEYS": f"k1:{key}",
        "ABTPRO_LOG_LEVEL": "WARNING",
        "ABTPRO_KEY_REQUESTS_PER_MINUTE": "1000000",
        "ABTPRO_ADDRESS_REQUESTS_PER_MINUTE": "1000000",
        "DATABASE_URL": server.app_url,
        "DATABASE_OPERATOR_URL": server.operator_url,
        "DATABASE_RELAY_URL": server.relay_url,
        "SMTP_URL": "mailbox:",
    }
    keyring = Keyring(read_settings(environment).sealing_keys)
    now = utc_now()
    operators = make_engine(server.operator_url)
    with plain_transaction(operators) as session:
        tenant_id = create_tenant(
            session, slug="bench", name="Bench", hosts=["bench.localhost"], now=now
        ).tenant_id
    operators.dispose()
    engine = make_engine(server.app_url, pool_size=4)
    with tenant_transaction(engine, tenant_id) as session:
        account = open_account(
            session,
            keyring,
            tenant_id,
            Merchant("bench", biller_id="000000000000101"),
            secret=SECRET,
            now=now,
        )
    return Rig(server, environment, engine, tenant_id, str(account.gateway_account_id))


@contextmanager
def web(rig: Rig) -> Iterator[str]:
    """Serve the application as ``./dev up`` does; gives its base URL."""
    command = [sys.executable, "-m", "abtpro_saas.cli", "web"]
    with served(rig, int(rig.environment["ABTPRO_PORT"]), command) as url:
        yield url


@contextmanager
def served(rig: Rig, port: int, command: list[str]) -> Iterator[str]:
    """Run a web server on a port of its own, until the block ends; gives its URL."""
    url, given = f"http://127.0.0.1:{port}", {"ABTPRO_PORT": str(port)}
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | rig.environment | given,
        start_new_session=True,
    )
    try:
        _wait(f"{url}/readyz")
        yield url
    finally:
        child.terminate()
        child.wait(20)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web server does not answer")


def seed_wallets(rig: Rig, wallets: int, topups_each: int) -> None:
    """Give the tenant users with wallets, and unpaid top-ups with known references.

    The references are ``R`` and 14 digits, counted from 0; top-up n is wallet
    n % wallets's.
    """
    values = {"tenant": rig.tenant_id, "account": rig.account_id, "now": utc_now()}
    values |= {"wallets": wallets, "topups": wallets * topups_each}
    for statement in _SEED:
        rig.superuser(statement, **values)
    rig.superuser("ANALYZE")


_SEED = [
    """INSERT INTO users (tenant_id, user_id, email, name, role, locale, created_at)
       SELECT :tenant, md5('user' || n)::uuid, 'u' || n || '@example.com', 'User ' || n,
              'trader', 'th', :now FROM generate_series(0, :wallets - 1) n""",
    """INSERT INTO accounts
       SELECT :tenant, md5('wallet' || n)::uuid, 'WALLET', md5('user' || n)::uuid,
              'THB', :now FROM generate_series(0, :wallets - 1) n""",
    """INSERT INTO wallets (tenant_id, account_id, user_id, updated_at)
       SELECT :tenant, md5('wallet' || n)::uuid, md5('user' || n)::uuid, :now
       FROM generate_series(0, :wallets - 1) n""",
    """INSERT INTO topups (tenant_id, topup_id, user_id, wallet_id, gateway_account_id,
                           reference, amount, description, qr_payload, created_at,
                           expires_at)
       SELECT :tenant, md5('topup' || n)::uuid, md5('user' || n % :wallets)::uuid,
              md5('wallet' || n % :wallets)::uuid, :account,
              'R' || lpad(n::text, 14, '0'), 49900, 'Account Top-up', '000201', :now,
              cast(:now AS timestamptz) + interval '1 day'
       FROM generate_series(0, :topups - 1) n""",
]


@dataclass(frozen=True)
class Figure:
    """One contestant's rounds, in operations per second, and its best round's p99."""

    name: str
    rounds: list[float]
    p99_ms: float | None = None

    @property
    def best(self) -> float:
        return max(self.rounds)

    @property
    def spread(self) -> str:
        low, high = min(self.rounds), max(self.rounds)
        return f"{low:,.0f}-{high:,.0f}, median {statistics.median(self.rounds):,.0f}"


Run = Callable[[], tuple[float, float | None]]
"""One round: operations per second, and p99 in milliseconds where it is known."""


def compete(contestants: dict[str, Run], rounds: int = ROUNDS) -> dict[str, Figure]:
    """Run each contestant once a round, alternating, and keep every round."""
    kept: dict[str, list[tuple[float, float | None]]] = {n: [] for n in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            kept[name].append(run())
    return {
        name: Figure(name, [rate for rate, _ in runs], max(runs, key=lambda r: r[0])[1])
        for name, runs in kept.items()
    }


def report(title: str, figures: dict[str, Figure], rival: str) -> None:
    """Print each contestant's best round as a ratio to the rival's, and the spread."""
    print(f"\n{title}  (best of {len(figures[rival].rounds)} alternating rounds)")
    for figure in figures.values():
        p99 = "" if figure.p99_ms is None else f"  p99 {figure.p99_ms:.1f} ms"
        ratio = figure.best / figures[rival].best
        print(
            f"  {figure.name:<44} {ratio:6.2f} x  {figure.best:9,.0f}/s{p99}"
            f"  ({figure.spread})"
        )


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's own programs, or end with a line."""
    path = postgres.binaries() / name
    if not path.exists() and not shutil.which(name):
        raise SystemExit(f"{name} is missing")
    return str(path)


def say(text: str, end: str = "\n") -> None:
    """Print at once: a run takes minutes."""
    print(text, end=end, flush=True)


def p99_ms(latencies: list[float]) -> float:
    """Return what 99 of 100 took at most."""
    return sorted(latencies)[int(len(latencies) * 0.99)] * 1000
