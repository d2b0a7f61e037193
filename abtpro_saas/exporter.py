"""The metrics of all processes in one place: ``python -m abtpro_saas.exporter``.

Adds up the counters that each process keeps (``telemetry.share_metrics``), passes on
the Temporal SDK's figures of each worker, and asks the database for the figures of
money at each scrape. Listens on loopback alone: the figures name tenants.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import structlog
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine, plain_transaction
from abtpro_saas.runtime.needs import settings_of
from abtpro_saas.settings import Settings
from abtpro_saas.telemetry import start_logs

MOST_TENANTS = 50
"""Labels cost the watcher memory: beyond these, tenants are added up as ``other``."""

FRESH_S = 5.0

FIGURES = {
    "topups": ("topups", "Top-ups of the last day, by status.", ("tenant", "status")),
    "topups_overdue": (
        "topups_overdue",
        "Top-ups still pending minutes after their QR ran out: a process is missing.",
        (),
    ),
    "suspense": (
        "suspense_satang",
        "Money received that belongs to nobody yet.",
        ("tenant", "currency"),
    ),
    "incidents": (
        "incidents_open",
        "Incidents that nobody has closed.",
        ("tenant", "kind"),
    ),
    "contracts": (
        "contracts",
        "Contracts that no later one has replaced, by status.",
        ("tenant", "status"),
    ),
    "contracts_overdue": (
        "contracts_overdue",
        "Contracts that nobody has looked at minutes after it was due.",
        (),
    ),
    "contracts_late": (
        "contracts_late_seconds",
        "How long the contract that waits longest has been due for a look.",
        (),
    ),
    "outbox_waiting": ("outbox_waiting", "Messages that have not left yet.", ()),
    "outbox_age": ("outbox_age_seconds", "Age of the oldest message that waits.", ()),
    "outbox_parked": (
        "outbox_parked",
        "Messages that Temporal refused again and again.",
        (),
    ),
    "mails_waiting": ("mails_waiting", "Mails that have not been taken yet.", ()),
    "mails_age": ("mails_age_seconds", "Age of the oldest mail that waits.", ()),
}
"""By the name in ``figures`` and ``contract_figures``: metric, help, labels."""

DATABASE_UP = ("database_up", "1 where the database answered this scrape.", ())

_log = structlog.get_logger(__name__)


class Figures(Collector):
    """What the database knows, asked as the operators' role."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._asked_at = -FRESH_S
        self._rows: list[tuple[str, str, str, float]] | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield each figure, those without rows as well."""
        rows = self._read()
        up = GaugeMetricFamily(f"abtpro_{DATABASE_UP[0]}", DATABASE_UP[1])
        up.add_metric([], float(rows is not None))
        yield up
        for name, (metric, explained, labels) in FIGURES.items():
            family = GaugeMetricFamily(f"abtpro_{metric}", explained, labels=labels)
            mine = [row[1:] for row in rows or () if row[0] == name]
            for values, figure in bounded(mine, bool(labels)).items():
                family.add_metric(values, figure)
            yield family

    def _read(self) -> list[tuple[str, str, str, float]] | None:
        with self._lock:
            if time.monotonic() - self._asked_at >= FRESH_S:
                self._rows = self._ask()
                self._asked_at = time.monotonic()
            return self._rows

    def _ask(self) -> list[tuple[str, str, str, float]] | None:
        query = text(
            "SELECT metric, tenant, label, figure FROM figures(:now)"
            " UNION ALL SELECT * FROM contract_figures(:now)"
        )
        try:
            with plain_transaction(self._engine) as session:
                rows = session.execute(query, {"now": utc_now()})
                return [(row[0], row[1], row[2], row[3]) for row in rows]
        except SQLAlchemyError as error:
            _log.warning("metrics.no_figures", error=type(error).__name__)
            return None


def bounded(
    rows: list[tuple[str, str, float]],
    labelled: bool,  # noqa: FBT001 - one caller
) -> dict[tuple[str, ...], float]:
    """Return the figures by labels; small tenants beyond the limit are one."""
    sizes: Counter[str] = Counter()
    for tenant, _, figure in rows:
        sizes[tenant] += int(figure)
    named = {tenant for tenant, _ in sizes.most_common(MOST_TENANTS)}
    found: dict[tuple[str, ...], float] = {}
    for tenant, label, figure in rows:
        shown = (tenant if tenant in named else "other", label)
        key = shown if labelled else ()
        found[key] = found.get(key, 0) + figure
    return found


class Workers(Collector):
    """The Temporal SDK's figures of each worker that lives, told apart by its pid."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Yield the families of all workers, one of each name."""
        families: dict[str, Metric] = {}
        for file in sorted(self._folder.glob("temporal_*.address")):
            pid = file.stem.partition("_")[2]
            if not _lives(pid):
                file.unlink(missing_ok=True)
                continue
            for metric in _scraped(file.read_text()):
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                family.samples += [
                    sample._replace(labels=sample.labels | {"worker": pid})
                    for sample in metric.samples
                ]
        yield from families.values()


def _scraped(address: str) -> Iterable[Metric]:
    with suppress(httpx.HTTPError):
        answer = httpx.get(f"http://{address}/metrics", timeout=2)
        return list(text_string_to_metric_families(answer.text))
    return []


class Shared(Collector):
    """The counters of all processes, added up; gauges of those that live alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Yield each metric of ``telemetry`` that any process has touched."""
        for file in self._folder.glob("gauge_live*.db"):
            pid = file.stem.rpartition("_")[2]
            if not _lives(pid):
                mark_process_dead(int(pid), str(self._folder))  # type: ignore[no-untyped-call]
        collector = MultiProcessCollector(None, str(self._folder))  # type: ignore[no-untyped-call]
        yield from collector.collect()  # type: ignore[no-untyped-call]


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def registry(settings: Settings, engine: Engine) -> CollectorRegistry:
    """Return everything that a scrape reads; ``engine`` is the operators' role's."""
    folder = settings.home / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    made = CollectorRegistry()
    for collector in (Shared(folder), Workers(folder), Figures(engine)):
        made.register(collector)
    return made


def serve_metrics(settings: Settings) -> None:
    """Serve ``/metrics`` until told to stop."""
    engine = make_engine(settings.database_operator_url, pool_size=1)
    server, thread = start_http_server(
        settings.port_of("metrics"), "127.0.0.1", registry(settings, engine)
    )
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    stop.wait()
    server.shutdown()
    thread.join()
    engine.dispose()


def main() -> None:
    """Run until told to stop."""
    settings = settings_of("metrics")
    start_logs(settings)
    serve_metrics(settings)


if __name__ == "__main__":
    main()
