"""Each process by itself: ``abtpro web | events | worker | metrics``."""

import os
import resource
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from abtpro_saas.runtime.needs import settings_of
from abtpro_saas.settings import SettingError, Settings, load_settings

ROOT = Path(__file__).parents[3]
WEB = "abtpro_saas.server.process:create_front"

MOST_CONNECTIONS = 4096
"""Clients that each web process talks to at once; more wait in the kernel's queue."""

OTHER_FILES = 256
"""Files that a web process has open beside its clients: libraries, database, bodies."""


def web(_arguments: Sequence[str]) -> None:
    """Become granian with the web server's front: this pid is then the server's.

    Raises:
        SettingError: a setting is wrong or missing; granian has not begun.
    """
    settings = settings_of("web")
    flags = web_flags(settings, connections=raise_file_limit())
    command = [sys.executable, "-m", "abtpro_saas.server", *flags, WEB]
    os.execv(sys.executable, command)  # noqa: S606 - our own program, our own arguments


def raise_file_limit() -> int:
    """Let processes that follow open more files; return how many clients then fit.

    A body of more than 64 KiB is a file too, so each client counts twice.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS + OTHER_FILES
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(hard, wanted)  # below 0: no limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    fit = MOST_CONNECTIONS if soft < 0 else (soft - OTHER_FILES) // 2
    return max(1, min(fit, MOST_CONNECTIONS))


def web_flags(settings: Settings, *, connections: int) -> list[str]:
    """Return how granian is told to serve."""
    options = {
        "interface": "asginl",
        # "auto" waits without a limit for the first byte of a silent connection.
        "http": 1,
        "host": settings.bind,
        "port": settings.port,
        "workers": settings.web_processes,
        "backlog": 2048,
        "backpressure": connections,
        # Until a request's headers are here, and from one request to the next.
        "http1-header-read-timeout": 30_000,
        "http1-buffer-size": 65_536,  # headers are no larger
        "workers-kill-timeout": 5,
        "log-level": "warning",
        "working-dir": ROOT,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [*flags, "--no-ws", "--respawn-failed-workers", "--factory"]


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
    """Run the gateway simulator.

    Raises:
        SettingError: this is no local installation.
    """
    _simulate("gateway", arguments)


def exchange_simulator(arguments: Sequence[str]) -> None:
    """Run the exchange simulator.

    Raises:
        SettingError: this is no local installation.
    """
    _simulate("exchange", arguments)


def _simulate(name: str, arguments: Sequence[str]) -> None:
    if not load_settings().is_local:
        raise SettingError("ABTPRO_ENV: expected local, where simulators exist")
    _become(f"abtpro_saas.simulators.{name}", arguments)


def _become(module: str, arguments: Sequence[str]) -> None:
    load_settings()  # a wrong setting ends here, in one line
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")
