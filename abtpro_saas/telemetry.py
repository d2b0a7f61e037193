"""Logs without secrets, and the counters of this process.

Every process calls ``start_logs`` and ``share_metrics`` once, before its first request
or task. Counters are kept in files under ``$ABTPRO_HOME/metrics``; the exporter adds
those of all processes together (``exporter.py``).
"""

import logging
import os
import re
import socket
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram, values

from abtpro_saas.settings import Settings

# Each metric has a label: a metric without one opens its file when this module is
# imported, before ``share_metrics`` can say where.
REQUESTS = Histogram(
    "abtpro_http_request_seconds",
    "Time to answer a request, by endpoint and status.",
    ["endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
WEBHOOKS = Counter(
    "abtpro_webhook_notices",
    "Notices that payment gateways sent, by what became of them.",
    ["outcome"],
)
RELAYED = Counter(
    "abtpro_relay_messages",
    "Outbox messages that the relay took up, by kind and outcome.",
    ["kind", "outcome"],
)
OUTAGES = Counter(
    "abtpro_relay_outages",
    "Times that the relay lost its database or Temporal.",
    ["service"],
)
MAILS = Counter(
    "abtpro_mails",
    "Mails that left or could not leave, by kind of notice.",
    ["kind", "outcome"],
)
STREAMS = Gauge(
    "abtpro_event_streams",
    "Browsers that listen for live updates now.",
    ["process"],
    multiprocess_mode="livesum",
)
HINTS = Counter(
    "abtpro_event_hints",
    "Hints sent to listening browsers, by topic.",
    ["topic"],
)

BACKTEST_QUEUE = Histogram(
    "abtpro_backtest_queue_seconds",
    "Time from a backtest's order to its begin, by engine and kind.",
    ["engine", "kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
BACKTEST_RUN = Histogram(
    "abtpro_backtest_run_seconds",
    "Time to compute a backtest and keep its result, by engine and kind.",
    ["engine", "kind"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"(pass(word|wd|phrase)|secret|token|authorization|cookie|csrf|ticket"
    r"|(api|private|sealing|data)_?keys?|otp|recovery_codes?|signature)(?!_id)",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"(?P<key>abt_(?:live|op|test)_[A-Za-z0-9]+_)[A-Za-z0-9_-]+"
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]+"
    r"|(?P<login>[a-z][a-z0-9+]*://[^\s:/@]*:)[^\s@/]+(?=@)"
    r"|(?P<query>[?&](?:ticket|token|code|secret|signature)=)[^\s&\"']+"
)

bound_log_values = structlog.contextvars.bound_contextvars


def log_context(**ids: str) -> AbstractContextManager[None]:
    """Put ``ids`` (tenant, request_id, workflow_id, …) on every line in the block."""
    return bound_log_values(**ids)


def observe_request(endpoint: str, status: int, seconds: float) -> None:
    """Record how long one answer took."""
    REQUESTS.labels(endpoint, str(status)).observe(seconds)


def share_metrics(settings: Settings) -> None:
    """Keep this process's counters where the exporter finds them."""
    folder = settings.home / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder.resolve())
    # The library chooses when it is imported, before the settings are read.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def claim_endpoint(settings: Settings) -> str:
    """Return a free address for this process's Temporal figures, noted for others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    folder = settings.home / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"temporal_{os.getpid()}.address").write_text(address)
    return address


def start_logs(settings: Settings) -> None:
    """Send every log line, ours and the libraries', to standard error."""
    local = settings.log_format == "console"
    renderer: Any = (
        structlog.dev.ConsoleRenderer(
            exception_formatter=structlog.dev.plain_traceback,
            colors=sys.stderr.isatty(),
        )
        if local
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    logging.basicConfig(
        handlers=[handler], level=settings.log_level.upper(), force=True
    )
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelName(settings.log_level.upper())
        ),
        cache_logger_on_first_use=True,
    )


def hide_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Hide what is secret by its name or by its look, at any depth."""
    return {name: _hidden(name, value) for name, value in event.items()}


def _hidden(name: str, value: object) -> object:
    if _SECRET_NAME.search(name) and value is not None:
        return HIDDEN
    if isinstance(value, Mapping):
        return {each: _hidden(str(each), inner) for each, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden("", inner) for inner in value]
    if isinstance(value, bytes | BaseException):
        value = repr(value)
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_without_secret, value)
    return value


def _without_secret(match: re.Match[str]) -> str:
    kept = next(part for part in match.groups() if part is not None)
    return f"{kept}{HIDDEN}"
