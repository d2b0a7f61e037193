"""A process that computes one task after the other, for the worker that started it.

``python -m abtpro_saas.backtesting.processes.calculator FD``: ``FD`` is its end of a
socket pair. It ends with the worker, however that ended, and may be killed at any time.
"""

import json
import os
import resource
import sys
import threading
import time
from dataclasses import asdict
from multiprocessing.connection import Connection

from abtpro_saas.backtesting.processes.calculators import WARM
from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Kind, Reply, task_from

NICENESS = 5
"""Pages and payments on the same machine go first."""
LOOK_S = 0.5
LEAST_MEMORY = 2 << 30
"""Bytes that a calculator may always take."""


def main() -> None:
    """Serve until the worker is gone."""
    os.nice(NICENESS)
    most = most_memory()
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    connection = Connection(int(sys.argv[1]))
    try:
        if WARM in sys.argv:
            _warm_up(connection)
        while True:
            _serve(connection)
    except (EOFError, OSError):
        return  # the worker is gone, and nobody waits for what was computed


def most_memory() -> int:
    """Return the bytes that one of these processes may take: all together not all.

    A run that needs more is refused for it, instead of ending what others compute.
    """
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(there // ((os.cpu_count() or 1) + 1), LEAST_MEMORY)


def _serve(connection: Connection) -> None:
    told = json.loads(connection.recv_bytes())
    number, task = told["number"], task_from(told["task"])

    def say(percent: int) -> None:
        _send(connection, number, Reply(Kind.PROGRESS, percent))

    _send(connection, number, compute(task, say))


def _warm_up(connection: Connection) -> None:
    """Load what every run needs, compiled where it was not, and say that it is done."""
    from abtpro_saas.backtesting.processes import warming  # noqa: PLC0415 - costs a second

    warming.warm_up()
    _send(connection, 0, Reply(Kind.DONE))


def _send(connection: Connection, number: int, reply: Reply) -> None:
    """Say what becomes of a task; before the first one, of its preparation."""
    told = {"number": number, "reply": asdict(reply)}
    connection.send_bytes(json.dumps(told).encode())


def _end_with(worker: int) -> None:
    """End once the worker has died: a long computation reads nothing meanwhile."""
    while os.getppid() == worker:
        time.sleep(LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    main()
