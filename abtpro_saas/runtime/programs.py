"""What the platform consists of: each process, what it needs, when it is ready."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psycopg

from abtpro_saas.runtime.embedded import leftovers, places, postgres, temporal
from abtpro_saas.runtime.installation import Installation
from abtpro_saas.runtime.needs import APP, OPERATOR, OWNER, RELAY
from abtpro_saas.runtime.preparation import Preparation
from abtpro_saas.runtime.processes.readiness import Check, answers, every, passes
from abtpro_saas.runtime.processes.supervisor import Part

ROOT = Path(__file__).parents[2]
GIVEN: dict[str, tuple[str, ...]] = {
    "migrations": (OWNER, APP, RELAY, OPERATOR),
    "web": (APP, OPERATOR),
    "events": (APP,),
    "worker": (APP, RELAY),
    "metrics": (OPERATOR,),
    "demo": (OWNER, APP, RELAY, OPERATOR),
    "candles": (APP, OPERATOR),
    # It stands for another company's system: it knows what a partner would.
    "gateway": (),
    "exchange": (),
}
"""The addresses of the database that each process gets, and no other."""
OURS_ALONE = ("ABTPRO_SEALING_KEYS", "ABTPRO_SECRET_KEY", "TEMPORAL_API_KEY")
QUEUES = ("wf", "io", "cpu")
"""The workers' queues, as ``workflows/watching.py`` names them."""

SERVICES = {
    "web": "the web server",
    "events": "live updates",
    "metrics": "metrics of all processes",
}
LOCAL_SERVICES = {
    "gateway": "the gateway simulator",
    "exchange": "the exchange simulator",
}
DATABASE_SERVICES = {"postgres": "PostgreSQL"}
TEMPORAL_SERVICES = {
    "temporal": "Temporal",
    "temporal_ui": "the Temporal UI",
    "temporal_metrics": "Temporal's metrics",
}


def services(installation: Installation) -> dict[str, str]:
    """Return the services that this installation starts on a port, with titles."""
    chosen = dict(SERVICES)
    if installation.settings.is_local:
        chosen |= LOCAL_SERVICES
    if installation.database is not None:
        chosen |= DATABASE_SERVICES
    if installation.temporal is not None:
        chosen |= TEMPORAL_SERVICES
    return chosen


def parts(installation: Installation) -> list[Part]:
    """Return every process of the platform, in the order in which they start."""
    started = _database(installation) + _temporal(installation)
    bases = tuple(part.name for part in started)
    preparation = Preparation(installation)
    database = tuple(name for name in bases if name == "postgres")
    migrations = replace(
        _ours("migrations", "database", "migrate"),
        once=True,
        done=preparation.stands,
        after=database,
    )
    running = [
        replace(part, after=(*bases, "migrations")) for part in _services(installation)
    ]
    if installation.settings.is_local:
        demo = replace(
            _ours("demo", "demo", "seed"),
            once=True,
            done=preparation.demo_stands,
            after=("gateway", "migrations"),
        )
        candles = replace(_ours("candles", "market", "seed"), once=True, apart=True)
        running += [demo, candles]
    ordered = [*started, migrations, *running]
    return [_equipped(part, installation) for part in ordered]


def _database(installation: Installation) -> list[Part]:
    server = installation.database
    if server is None:
        return []
    data = places.data_folder(installation.home)
    part = Part(
        "postgres",
        postgres.command_line(data, server.port),
        ready=passes(lambda: _prepared(server)),
        before=lambda: _make_ready(data, server),
        options=places.unprivileged(),
        # Fast: SIGTERM would wait until every client has left.
        stop_signal=signal.SIGINT,
        grace_s=15,
        # After a crash it replays its log first.
        start_s=300,
    )
    return [part]


def _make_ready(data: Path, server: postgres.Server) -> None:
    postgres.create_cluster(data, server.passwords["postgres"])
    leftovers.end_orphans(data)
    leftovers.forget_stale_pid(data)


def _prepared(server: postgres.Server) -> bool:
    try:
        postgres.prepare(server)
    except psycopg.OperationalError:
        return False
    return True


def _temporal(installation: Installation) -> list[Part]:
    server = installation.temporal
    if server is None:
        return []
    command = temporal.command_line(server, installation.home / "temporal.db")
    part = Part(
        "temporal",
        command,
        ready=temporal.ready(server),
        grace_s=10,
        unsaid=temporal.UNSAID,
    )
    return [part]


def _services(installation: Installation) -> list[Part]:
    port = installation.settings.port_of
    server = installation.temporal
    works = every(*(temporal.worked_on(server, q) for q in QUEUES)) if server else None
    served = [
        _ours("web", "web", ready=_answers(port("web"), "/readyz")),
        _ours("events", "events", ready=_answers(port("events"), "/readyz")),
        # It finishes or hands back the activities that it is working on.
        replace(_ours("worker", "worker", ready=works), grace_s=20),
        _ours("metrics", "metrics", ready=_answers(port("metrics"), "/metrics")),
    ]
    if installation.settings.is_local:
        for name in LOCAL_SERVICES:
            ready = _answers(port(name), "/healthz")
            served.insert(0, _ours(name, f"{name}-simulator", ready=ready))
    return served


def _ours(name: str, *arguments: str, ready: Check | None = None) -> Part:
    part = Part(name, [sys.executable, "-m", "abtpro_saas.cli", *arguments])
    return replace(part, ready=ready) if ready is not None else part


def _answers(port: int, path: str) -> Check:
    return answers(f"http://127.0.0.1:{port}{path}")


def _equipped(part: Part, installation: Installation) -> Part:
    """Give a part its variables, and a database role only where it needs one."""
    environ = installation.environment()
    if part.name in ("postgres", "temporal"):
        environ = _plain(environ)
    else:
        environ = _needed(environ, part.name)
    # State is private to the user who runs the platform.
    options = {"umask": 0o077, "cwd": ROOT, **part.options}
    return replace(part, environ=environ, options=options)


def _needed(environ: Mapping[str, str], name: str) -> dict[str, str]:
    given = GIVEN[name]
    hidden = () if given else OURS_ALONE
    return {
        each: text
        for each, text in environ.items()
        if each not in hidden and (not each.startswith("DATABASE_") or each in given)
    }


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")
    return {name: environ[name] for name in kept if name in environ} or {
        "PATH": os.defpath
    }
