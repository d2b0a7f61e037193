"""Contracts through Temporal: processes asleep, then all of them due at one instant."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Self

from _contracts import Crowd, seed
from _processes import Meter, Town, town
from _rig import Rig, p99_ms, rig, say
from _sleepers import PERIOD, Asleep, leave, looked_at, put_to_sleep
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.entitlements import entitlement
from abtpro_saas.database import make_engine, tenant_transaction

CONTRACTS = int(os.environ.get("BENCH_CONTRACTS", "10000"))
SPREAD_S = int(os.environ.get("BENCH_SPREAD_S", "1"))
"""Over how many seconds the contracts' ends are spread."""
PROBES = 60
GAP_S = 10
"""How often another tenant's contract is begun meanwhile, to see how long it waits."""
MILLION, MONTH_S = 1_000_000, 365 / 12 * 86_400


class Users:
    """Asks, again and again, whether a random user has what they pay for."""

    def __init__(self, rig: Rig, crowd: Crowd, contracts: int) -> None:
        self._crowd, self._contracts = crowd, contracts
        self._engine = make_engine(rig.server.app_url, pool_size=8)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.latencies: list[float] = []
        self.lost = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def ask(self, n: int) -> None:
        """Ask as a request does; count who has no access."""
        tenant, begun = self._crowd.tenant(n), time.perf_counter()
        with tenant_transaction(self._engine, tenant) as session:
            found = entitlement(session, tenant, self._crowd.user(n), utc_now())
        self.latencies.append(time.perf_counter() - begun)
        self.lost += not found.allows("max_bots")

    def ask_all(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.ask, range(self._contracts)))

    def _run(self) -> None:
        chosen = random.Random(1)
        while not self._over.wait(0.1):
            self.ask(chosen.randrange(self._contracts))


_AUDIT = {
    "renewed once": """SELECT count(*) FROM (SELECT 1 FROM contract_periods
        WHERE tenant_id = %(tenant)s GROUP BY contract_id HAVING count(*) = 1) x""",
    "documents": "SELECT count(*) FROM documents WHERE tenant_id = %(tenant)s",
    "last number": "SELECT last FROM document_counters WHERE tenant_id = %(tenant)s",
    "found missing by a sweep": """SELECT count(*) FROM contract_events
        WHERE tenant_id = %(tenant)s AND kind = 'MISSED'""",
}


def audit(town: Town, crowd: Crowd) -> dict[str, int]:
    """Return what the rows say that a storm did to a crowd of one tenant."""
    tenant = crowd.tenant(0)
    return {name: town.ask(query, tenant=tenant) for name, query in _AUDIT.items()}


@dataclass
class Passed:
    """How a storm went by; times in seconds from the instant at which all were due."""

    renewed_s: float
    quiet_s: float
    meter: Meter
    probes_s: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Renewals a second, from the instant to the last."""
        return self.meter.count / self.renewed_s


def watch(town: Town, crowd: Crowd, contracts: int, due: datetime) -> Passed:
    """Wait until all are renewed and told; return how long it took."""
    probes = _Probes(town)
    time.sleep(max((due - utc_now()).total_seconds(), 0))
    passed = Passed(0, 0, town.meter())
    with passed.meter:
        told = 0.0
        while (renewed := _renewed(town, crowd)) < contracts:
            since = (utc_now() - due).total_seconds()
            if since - told >= GAP_S:
                told = since
                print(
                    f"  {since:5.0f} s: {renewed:,} of {contracts:,} renewed",
                    flush=True,
                )
            probes.look(since)
            time.sleep(0.25)
        passed.renewed_s = (utc_now() - due).total_seconds()
        while _left_to_do(town):
            probes.look((utc_now() - due).total_seconds())
            time.sleep(0.25)
        passed.quiet_s = (utc_now() - due).total_seconds()
    passed.meter.count, passed.probes_s = contracts, probes.waited
    return passed


def _renewed(town: Town, crowd: Crowd) -> int:
    return int(
        town.ask(
            "SELECT count(*) FROM contracts WHERE tenant_id = %(tenant)s"
            " AND renewed_at IS NOT NULL",
            tenant=crowd.tenant(0),
        )
    )


def _left_to_do(town: Town) -> int:
    return int(
        town.ask(
            "SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL)"
            " + (SELECT count(*) FROM mails WHERE state = 'PENDING')"
        )
    )


class _Probes:
    """Contracts of another tenant, begun now and then: how long do they wait?"""

    def __init__(self, town: Town) -> None:
        self._town, self._crowd = town, Crowd("probe", 1)
        far = utc_now() + timedelta(days=9)
        seed(town.rig, self._crowd, range(PROBES), utc_now(), far, period=PERIOD)
        self._left_at: list[float] = []
        self.waited: list[float] = []

    def look(self, at: float) -> None:
        """Begin one if the last has been looked at and it is time."""
        done = looked_at(self._town, self._crowd)
        if done > len(self.waited):
            self.waited.append(at - self._left_at[-1])
        left = len(self._left_at)
        if done == left < PROBES and (not left or at - self._left_at[-1] >= GAP_S):
            leave(self._town, self._crowd, range(left, left + 1))
            self._left_at.append(at)


@dataclass(frozen=True)
class Storm:
    """What sleeping and renewing took; rows and KiB of database are of one renewal."""

    asleep: Asleep
    passed: Passed
    inserted: float
    updated: float
    grown_kib: float


def storm() -> Storm:
    """Let processes sleep, then all be due at once; print what that takes and does."""
    crowd = Crowd("storm", 1)
    with rig() as made, town(made) as there:
        say(f"\nstarting {CONTRACTS:,} processes of contracts through the outbox")
        asleep, due = put_to_sleep(there, crowd, CONTRACTS, SPREAD_S)
        _tell_asleep(asleep, (due - utc_now()).total_seconds())
        before = there.rows()
        with Users(made, crowd, CONTRACTS) as users:
            passed = watch(there, crowd, CONTRACTS, due)
        after = there.rows()
        each = [(b - a) / CONTRACTS for a, b in zip(before, after, strict=True)]
        found = Storm(asleep, passed, each[0], each[1], each[2] / 1024)
        _tell_passed(found)
        _tell_users(users, passed)
        counts = (f"{name} {count:,}" for name, count in audit(there, crowd).items())
        say(f"  {', '.join(counts)}")
    return found


def _tell_asleep(asleep: Asleep, left_s: float) -> None:
    rate = asleep.contracts / asleep.started_s
    say(f"\nAsleep: {asleep.contracts:,} processes")
    say(f"  started in {asleep.started_s:.0f} s ({rate:.0f}/s), {asleep.meter.line()}")
    say(f"  the first is due {left_s:.0f} s later")
    say(f"  Temporal: {asleep.memory_kib:.1f} KiB of memory each", end="")
    say(f", {asleep.disk_kib:.1f} KiB of disk")


def _tell_passed(found: Storm) -> None:
    passed, over = found.passed, f"over {SPREAD_S} s" if SPREAD_S > 1 else "at once"
    say(f"\nAll due {over}")
    say(
        f"  the last renewed after {passed.renewed_s:.0f} s ({passed.rate:.1f}/s)",
        end="",
    )
    say(f", the last mail sent after {passed.quiet_s:.0f} s")
    say(f"  {passed.meter.line()}")
    say(f"  {found.inserted:.1f} rows inserted and {found.updated:.1f} updated", end="")
    say(f", {found.grown_kib:.1f} KiB of database each")


def _tell_users(users: Users, passed: Passed) -> None:
    """Print what others felt meanwhile; ask for everybody's access at last."""
    asked = list(users.latencies)
    users.ask_all()
    took = f"median {median(asked) * 1000:.1f} ms, p99 {p99_ms(asked):.0f} ms"
    say(f"  access asked {len(asked):,} times meanwhile ({took}), then of all", end="")
    say(f" {CONTRACTS:,} users: {users.lost} lost it")
    waited = sorted(passed.probes_s) or [0.0]
    say(f"  another tenant's new contract waits {median(waited):.1f} s", end="")
    say(f" (to {waited[-1]:.1f} s, of {len(passed.probes_s)})")


def million(row_kib: float, found: Storm) -> None:
    """Print what a million contracts of a month each would take, by these figures."""
    asleep, passed = found.asleep, found.passed
    average, cpu_s = MILLION / MONTH_S, sum(passed.meter.each_ms().values()) / 1000
    gib = MILLION / 1024**2
    say("\nA million contracts, renewed each month  (extrapolated)")
    say(f"  on average {average:.2f} renewals/s: {average * cpu_s:.1%} of a core")
    say(f"  a thirtieth at one instant: {MILLION / 30 / passed.rate / 60:.0f} minutes")
    say(f"  all at one instant: {MILLION / passed.rate / 3600:.1f} hours")
    say(f"  Temporal: up to {asleep.memory_kib * gib:.1f} GiB of memory", end="")
    say(f", {asleep.disk_kib * gib:.1f} GiB of disk")
    say(f"  PostgreSQL: {row_kib * gib:.1f} GiB of contracts", end="")
    say(f", and {found.grown_kib * gib * 12:.0f} GiB more each year", end="")
    say(f" in {found.inserted * 12:.0f} million rows")
