"""Each process by itself: ``abtpro web | events | worker | metrics``."""

import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from abtpro_saas.settings import SettingError, load_settings

ROOT = Path(__file__).parents[3]


def web(_arguments: Sequence[str]) -> None:
    """Become granian with ``wsgi:app``: this process's pid is the server's."""
    settings = load_settings()
    options = {
        "interface": "wsgi",
        "host": settings.bind,
        "port": settings.port,
        "workers": settings.web_processes,
        "blocking-threads": settings.web_threads,
        "workers-kill-timeout": 5,
        "log-level": "warning",
        "working-dir": ROOT,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    granian = Path(sys.executable).parent / "granian"
    command = [str(granian), *flags, "--respawn-failed-workers", "wsgi:app"]
    os.execv(granian, command)  # noqa: S606 - our own program, our own arguments


def events(arguments: Sequence[str]) -> None:
    """Run the server of live updates."""
    _become("abtpro_saas.events", arguments)


def worker(arguments: Sequence[str]) -> None:
    """Run the Temporal workers and the outbox relay."""
    _become("abtpro_saas.worker", arguments)


def metrics(arguments: Sequence[str]) -> None:
    """Serve the metrics of all processes."""
    _become("abtpro_saas.exporter", arguments)


def gateway_simulator(arguments: Sequence[str]) -> None:
    """Run the simulator of a payment gateway.

    Raises:
        SettingError: this is no local installation.
    """
    if not load_settings().is_local:
        raise SettingError("ABTPRO_ENV: expected local, where simulators exist")
    _become("abtpro_saas.simulators.gateway", arguments)


def _become(module: str, arguments: Sequence[str]) -> None:
    load_settings()  # a wrong setting ends here, in one line
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")
