"""``abtpro up``: the whole platform under one supervisor."""

import asyncio
import shutil
from collections.abc import Sequence

from abtpro_saas.runtime import programs
from abtpro_saas.runtime.installation import (
    Installation,
    check_ports,
    locked,
    open_installation,
)
from abtpro_saas.runtime.processes.children import Guard
from abtpro_saas.runtime.processes.console import Console
from abtpro_saas.runtime.processes.supervisor import Supervisor
from abtpro_saas.runtime.ready_block import ready_block
from abtpro_saas.settings import environment


def main(_arguments: Sequence[str]) -> None:
    """Run until a signal; every line of every process is shown."""
    installation = open_installation(environment())
    installation.complete_settings()
    with locked(installation.home) as lock:
        check_ports(installation.settings, programs.services(installation))
        _forget_metrics(installation)
        guard = Guard(lock)
        console = Console()
        supervisor = Supervisor(
            programs.parts(installation),
            guard,
            console,
            on_ready=lambda: console.block(ready_block(installation)),
        )
        try:
            asyncio.run(supervisor.run())
        finally:
            guard.dismiss()
        console.say("all processes have ended")


def _forget_metrics(installation: Installation) -> None:
    """Remove the counters of processes that are gone: they would be added for ever."""
    shutil.rmtree(installation.home / "metrics", ignore_errors=True)
