"""Processes of contracts that are started through the outbox, and sleep."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from _contracts import Crowd, filled_in, seed
from _processes import Meter, Town
from abtpro_saas.clock import utc_now

PILOT = 200
PERIOD = "PT6H"
"""Longer than a storm lasts, so that nothing is due twice in it."""

_LEAVE = """INSERT INTO outbox (tenant_id, outbox_id, kind, process_id, message,
  created_at, due_at, tries)
SELECT $tenant, gen_random_uuid(), 'contract.watch',
  'contract:' || $tenant || ':' || $contract,
  jsonb_build_object('tenant_id', $tenant, 'contract_id', $contract), now(), now(), 0
FROM generate_series($first, $last) n"""


def leave(town: Town, crowd: Crowd, contracts: range) -> None:
    """Leave the messages that start the processes of so many contracts."""
    town.do(filled_in(_LEAVE, crowd, contracts))


def looked_at(town: Town, crowd: Crowd) -> int:
    """Return how many contracts of a crowd of one tenant were looked at."""
    return int(
        town.ask(
            "SELECT count(*) FROM contracts WHERE tenant_id = %(tenant)s"
            " AND review_at <> period_start",
            tenant=crowd.tenant(0),
        )
    )


@dataclass
class Asleep:
    """What so many sleeping processes took to start, and take to be there."""

    contracts: int
    started_s: float
    meter: Meter
    memory_kib: float
    disk_kib: float


def put_to_sleep(
    town: Town, crowd: Crowd, contracts: int, spread_s: int
) -> tuple[Asleep, datetime]:
    """Start each contract's process; return what they take, and when they are due."""
    pilot = Crowd("pilot", 1)
    rate = PILOT / _start(town, pilot, PILOT, utc_now() + timedelta(days=9), 1)
    town.rest()
    memory_mib, disk_mib, meter = town.memory_mib(), town.disk_mib(), town.meter()
    ahead = timedelta(seconds=contracts / rate * 1.25 + 30)
    due = (utc_now() + ahead).replace(microsecond=0)
    with meter:
        took = _start(town, crowd, contracts, due, spread_s)
        town.rest()
    meter.count = contracts
    asleep = Asleep(
        contracts,
        took,
        meter,
        (town.memory_mib() - memory_mib) * 1024 / contracts,
        (town.disk_mib() - disk_mib) * 1024 / contracts,
    )
    return asleep, due


def _start(
    town: Town, crowd: Crowd, contracts: int, due: datetime, spread_s: int
) -> float:
    """Return the seconds until each of the crowd was looked at, and sleeps."""
    seed(
        town.rig,
        crowd,
        range(contracts),
        utc_now(),
        due,
        period=PERIOD,
        spread_s=spread_s,
    )
    begun = time.monotonic()
    leave(town, crowd, range(contracts))
    while looked_at(town, crowd) < contracts:
        time.sleep(0.2)
    return time.monotonic() - begun
