"""Entitlement checks, renewals that fall due at once, and a contract's whole cost."""

import random
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine, text

from _contracts import SAMPLED, Crowd, sampled, seed
from _processes import meter
from _rig import ROUNDS, SECONDS, Figure, Rig, Run, compete, p99_ms, report, rig, say
from _rival import pgbench, transaction
from _storm import CONTRACTS, million, storm
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.entitlements import entitlement
from abtpro_saas.contracts.life.review import review_contract
from abtpro_saas.contracts.messages import ReviewContract
from abtpro_saas.database import make_engine, tenant_transaction

MANY, FEW = CONTRACTS * 100, 1_000
"""How many contracts there are where checks are measured: a million and a thousand."""
TENANTS = 100
ASKING, RENEWING = 16, 8


# Checks


class Checks:
    """A table of so many contracts, asked by threads and by pgbench."""

    def __init__(self, rig: Rig, contracts: int) -> None:
        self.rig, self.contracts = rig, contracts
        self.crowd = Crowd("rent", min(TENANTS, contracts))
        start = utc_now() - timedelta(days=10)
        end, made = start + timedelta(days=30), range(contracts)
        seed(rig, self.crowd, made, start, end, funded=False)
        self.engine = make_engine(rig.server.app_url, pool_size=ASKING)
        self._any = rf"\set n random(0, {contracts - 1})"
        statements = sampled(rig, rig.engine, self.crowd, self.ask)
        self._script = transaction(statements, self._any)

    def row_kib(self) -> float:
        """Return what a contract takes in its table and the indexes."""
        with make_engine(self.rig.server.superuser_url).connect() as connection:
            size = connection.scalar(text("SELECT pg_total_relation_size('contracts')"))
        return int(size or 0) / self.contracts / 1024

    def ask(self, n: int, engine: Engine | None = None) -> None:
        """Ask for one user's entitlement, as a request does."""
        tenant, user = self.crowd.tenant(n), self.crowd.user(n)
        with tenant_transaction(engine or self.rig.engine, tenant) as session:
            found = entitlement(session, tenant, user, utc_now())
        if not found.allows("max_bots"):
            raise SystemExit(f"user {n} has lost access")

    def service(self) -> tuple[float, float]:
        """Ask for a round with all threads."""
        latencies: list[float] = []
        end = time.perf_counter() + SECONDS

        def ask() -> None:
            chosen = random.Random(threading.get_ident())
            while (begun := time.perf_counter()) < end:
                self.ask(chosen.randrange(self.contracts), self.engine)
                latencies.append(time.perf_counter() - begun)

        with ThreadPoolExecutor(ASKING) as pool:
            for each in [pool.submit(ask) for _ in range(ASKING)]:
                each.result()
        return len(latencies) / SECONDS, p99_ms(latencies)

    def rival(self) -> tuple[float, None]:
        return pgbench(self.rig.server.app_url, self._script, 0, ASKING)[0], None

    def by_key(self) -> tuple[float, None]:
        """Read one row by its primary key, past row-level security."""
        tenant, contract = (
            self.crowd.sql(kind, ":n") for kind in ("tenant", "contract")
        )
        one = f"SELECT * FROM contracts WHERE tenant_id = {tenant}"
        script = f"{self._any}\n{one} AND contract_id = {contract};"
        return pgbench(self.rig.server.superuser_url, script, 0, ASKING)[0], None


def checks() -> float:
    """Let service and pgbench alternate; return the KiB that a contract's row takes."""
    with rig() as large, rig() as small:
        say(f"\nmaking {MANY:,} contracts of {TENANTS} tenants")
        many, few = Checks(large, MANY), Checks(small, FEW)
        figures = compete(
            {
                f"entitlement(), {MANY:,} contracts": many.service,
                f"entitlement(), {FEW:,} contracts": few.service,
                f"pgbench, same statements, {MANY:,}": many.rival,
                f"pgbench, same statements, {FEW:,}": few.rival,
                f"pgbench, one row by its key, {MANY:,}": many.by_key,
            }
        )
        title = f"Entitlement checks, {ASKING} threads of one process"
        report(title, figures, f"pgbench, same statements, {MANY:,}")
        return many.row_kib()


# Renewals


class Renewals:
    """Contracts of one crowd that are due at one instant, renewed in rounds."""

    def __init__(self, rig: Rig, crowd: Crowd, title: str) -> None:
        self.rig, self.crowd, self.title, self.end = rig, crowd, title, utc_now()
        self.size = CONTRACTS // ROUNDS // RENEWING * RENEWING
        self.meter = meter(rig)
        self.engine = make_engine(rig.server.app_url, pool_size=RENEWING)
        self._next = SAMPLED * crowd.tenants
        contracts = range(self._next + 3 * ROUNDS * self.size)
        seed(rig, crowd, contracts, self.end - timedelta(days=31), self.end)
        self.statements = sampled(rig, self.engine, crowd, self.renew)
        writes = [each for each in self.statements if _WRITES.match(each)]
        self._whole = transaction(self.statements)
        self._writes = transaction([self.statements[0], *writes])

    def renew(self, n: int) -> float:
        """Review one contract as its process does; return the seconds it took."""
        tenant, contract = str(self.crowd.tenant(n)), str(self.crowd.id("contract", n))
        begun = time.perf_counter()
        order = ReviewContract(tenant, contract, self.end)
        done = review_contract(self.engine, order)
        if done.period_end <= self.end:
            raise SystemExit(f"contract {n} was not renewed")
        return time.perf_counter() - begun

    def _take(self) -> range:
        first, self._next = self._next, self._next + self.size
        return range(first, self._next)

    def service(self) -> tuple[float, float]:
        begun = time.perf_counter()
        with self.meter, ThreadPoolExecutor(RENEWING) as pool:
            latencies = list(pool.map(self.renew, self._take()))
        self.meter.count += self.size
        return self.size / (time.perf_counter() - begun), p99_ms(latencies)

    def rival(self, script: str) -> tuple[float, None]:
        first, url = self._take().start, self.rig.server.app_url
        return pgbench(url, script, first, RENEWING, count=self.size)[0], None

    def contestants(self) -> dict[str, Run]:
        """Return who renews, by what the lines say of them."""
        return {
            f"{self.title}: review_contract()": self.service,
            f"{self.title}: pgbench, same statements": partial(self.rival, self._whole),
            f"{self.title}: pgbench, its writes": partial(self.rival, self._writes),
        }

    def tell(self, figure: Figure) -> None:
        """Print what the service took in all, and what it cost."""
        took = sum(self.size / rate for rate in figure.rounds)
        say(f"  {self.title}: {self.meter.count:,} renewed in {took:.1f} s", end="")
        say(f"; {self.meter.line()}")


_WRITES = re.compile("INSERT|UPDATE|WITH")


def renewals() -> None:
    """Let service and pgbench alternate over one tenant's contracts, and many's."""
    with rig() as made:
        say(f"\nmaking contracts that are due at once, {CONTRACTS:,} for each")
        crowds = [
            Renewals(made, Crowd("one", 1), "one tenant"),
            Renewals(made, Crowd("many", TENANTS), f"{TENANTS} tenants"),
        ]
        contestants = crowds[0].contestants() | crowds[1].contestants()
        figures = compete(contestants)
        sent = len(crowds[0].statements)
        report(
            f"Renewals, {RENEWING} threads of one process, {sent} statements each",
            figures,
            next(iter(contestants)),
        )
        for each in crowds:
            each.tell(
                next(f for f in figures.values() if f.name.startswith(each.title))
            )


def main() -> None:
    """Print each part as soon as it is measured; the command line may name some."""
    parts = sys.argv[1:] or ["checks", "renewals", "storm"]
    row_kib = checks() if "checks" in parts else 0.0
    if "renewals" in parts:
        renewals()
    if "storm" in parts:
        million(row_kib, storm())


if __name__ == "__main__":
    main()
