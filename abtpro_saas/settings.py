"""The program's settings: the only reader of the environment.

Each field names its variable, how its text is read and its default. ``.env.example``
documents every one; a test compares the two.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from abtpro_saas import setting_readers as readers


class SettingError(Exception):
    """A variable's text cannot be used; the message names it and what is expected."""


class Environment(StrEnum):
    """Where the program runs. Only LOCAL has simulators, mailbox and demo data."""

    PRODUCTION = "production"
    LOCAL = "local"


class LogFormat(StrEnum):
    """How a log line looks: for machines, or for a person at the console."""

    JSON = "json"
    CONSOLE = "console"


class SimulatedCandles(StrEnum):
    """Which candles of the market model a local installation makes."""

    ALL = "all"
    HOURS = "hours"
    NONE = "none"


class LogLevel(StrEnum):
    """The least weight that a log line needs to be written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def setting(name: str, read: Callable[[str], Any], default: str = "") -> Any:  # noqa: ANN401 - a dataclass field takes the type of its annotation
    """Declare one field: its variable, its reader and its default as text."""
    return field(metadata={"name": name, "read": read, "default": default})


@dataclass(frozen=True)
class Settings:
    """Every setting, read and checked; units stand in the names."""

    env: Environment = setting("ABTPRO_ENV", readers.choice(Environment), "production")
    home: Path = setting("ABTPRO_HOME", Path, "var")
    port: int = setting("ABTPRO_PORT", readers.count(1024, 65_000), "8000")
    bind: str = setting("ABTPRO_BIND", readers.text, "127.0.0.1")
    base_url: str = setting("ABTPRO_BASE_URL", readers.url("http", "https"))
    events_url: str = setting("ABTPRO_EVENTS_URL", readers.url("http", "https"))
    operators_host: str = setting(
        "ABTPRO_OPERATORS_HOST", readers.text, "ops.localhost"
    )
    trusted_proxies: int = setting("ABTPRO_TRUSTED_PROXIES", readers.count(0, 8), "0")
    web_processes: int = setting("ABTPRO_WEB_PROCESSES", readers.count(1, 64), "2")
    web_threads: int = setting("ABTPRO_WEB_THREADS", readers.count(1, 64), "4")
    body_seconds: int = setting("ABTPRO_BODY_SECONDS", readers.count(1, 600), "20")
    log_format: str = setting("ABTPRO_LOG_FORMAT", readers.choice(LogFormat), "json")
    log_level: str = setting("ABTPRO_LOG_LEVEL", readers.choice(LogLevel), "INFO")
    key_requests_per_minute: int = setting(
        "ABTPRO_KEY_REQUESTS_PER_MINUTE", readers.count(1, 1_000_000), "600"
    )
    address_requests_per_minute: int = setting(
        "ABTPRO_ADDRESS_REQUESTS_PER_MINUTE", readers.count(1, 1_000_000), "1200"
    )
    secret_key: str = setting("ABTPRO_SECRET_KEY", readers.key)
    sealing_keys: tuple[tuple[str, bytes], ...] = setting(
        "ABTPRO_SEALING_KEYS", readers.sealing_keys
    )
    database_url: str = setting("DATABASE_URL", readers.url("postgresql"))
    database_owner_url: str = setting("DATABASE_OWNER_URL", readers.url("postgresql"))
    database_relay_url: str = setting("DATABASE_RELAY_URL", readers.url("postgresql"))
    database_operator_url: str = setting(
        "DATABASE_OPERATOR_URL", readers.url("postgresql")
    )
    database_admin_url: str = setting("DATABASE_ADMIN_URL", readers.url("postgresql"))
    temporal_address: str = setting("TEMPORAL_ADDRESS", readers.address)
    temporal_namespace: str = setting("TEMPORAL_NAMESPACE", readers.text, "default")
    temporal_tls: bool = setting("TEMPORAL_TLS", readers.switch, "off")
    temporal_tls_cert: str = setting("TEMPORAL_TLS_CERT", readers.text)
    temporal_tls_key: str = setting("TEMPORAL_TLS_KEY", readers.text)
    temporal_tls_ca: str = setting("TEMPORAL_TLS_CA", readers.text)
    temporal_api_key: str = setting("TEMPORAL_API_KEY", readers.text)
    temporal_ui_url: str = setting("TEMPORAL_UI_URL", readers.url("http", "https"))
    promptpay_merchant_id: str = setting("PROMPTPAY_MERCHANT_ID", readers.text)
    promptpay_webhook_secret: str = setting("PROMPTPAY_WEBHOOK_SECRET", readers.text)
    promptpay_biller_id: str = setting("PROMPTPAY_BILLER_ID", readers.digits(15))
    payment_gateway_url: str = setting(
        "PAYMENT_GATEWAY_URL", readers.url("http", "https")
    )
    gateway_urls: tuple[str, ...] = setting("ABTPRO_GATEWAY_URLS", readers.urls)
    smtp_url: str = setting("SMTP_URL", readers.url("smtp", "smtps", "mailbox"))
    mail_from: str = setting("MAIL_FROM", readers.text, "ABTPro <no-reply@localhost>")
    backtest_data: str = setting("BACKTEST_DATA_PATH", readers.text)
    backtest_processes: int = setting("BACKTEST_PROCESSES", readers.count(1, 256), "2")
    study_chunks_at_once: int = setting(
        "STUDY_CHUNKS_AT_ONCE", readers.count(1, 250), "8"
    )
    max_concurrent_backtests: int = setting(
        "MAX_CONCURRENT_BACKTESTS", readers.count(1, 1000), "3"
    )
    simulated_candles: SimulatedCandles = setting(
        "ABTPRO_SIMULATED_CANDLES", readers.choice(SimulatedCandles), "all"
    )
    exchange_urls: tuple[tuple[str, str], ...] = setting(
        "EXCHANGE_URLS", readers.exchange_urls
    )

    @property
    def is_local(self) -> bool:
        """Tell whether simulators, mailbox, style guide and demo data exist."""
        return self.env is Environment.LOCAL

    @property
    def backtest_data_path(self) -> str:
        """Where candles and results are: a folder, or a URL that fsspec knows."""
        return self.backtest_data or str(self.home / "data")

    def port_of(self, service: str) -> int:
        """Return the port of ``service``, which follows the web port."""
        return self.port + PORT_OFFSETS[service]


PORT_OFFSETS = {
    "web": 0,
    "events": 1,
    "temporal": 2,
    "temporal_ui": 3,
    "gateway": 4,
    "exchange": 5,
    "postgres": 6,
    "telegram": 7,
    "metrics": 8,
    "temporal_metrics": 9,
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that ``environ`` gives, with defaults for the rest.

    Raises:
        SettingError: a variable's text cannot be used, or not beside another.
    """
    values: dict[str, Any] = {}
    for each in fields(Settings):
        name = each.metadata["name"]
        text = environ.get(name, "").strip() or each.metadata["default"]
        try:
            values[each.name] = each.metadata["read"](text)
        except ValueError as error:
            # The text stays out of the message: it may be a secret.
            raise SettingError(f"{name}: expected {error}") from None
    settings = Settings(**values)
    _check_temporal(settings)
    if settings.exchange_urls and not settings.is_local:
        raise SettingError("EXCHANGE_URLS: expected nothing, but where all is local")
    return settings


def _check_temporal(settings: Settings) -> None:
    """Refuse what would connect otherwise than it looks, as a key without TLS."""
    given = {
        "TEMPORAL_TLS_CERT": settings.temporal_tls_cert,
        "TEMPORAL_TLS_KEY": settings.temporal_tls_key,
        "TEMPORAL_TLS_CA": settings.temporal_tls_ca,
        "TEMPORAL_API_KEY": settings.temporal_api_key,
    }
    named = [name for name, text in given.items() if text]
    if named and not settings.temporal_tls:
        raise SettingError(f"TEMPORAL_TLS: expected on, since {named[0]} is set")
    if settings.temporal_tls and not settings.temporal_address:
        raise SettingError(
            "TEMPORAL_ADDRESS: expected host:port, since TEMPORAL_TLS is on"
        )
    pair = ("TEMPORAL_TLS_CERT", "TEMPORAL_TLS_KEY")
    for one, other in (pair, pair[::-1]):
        if given[one] and not given[other]:
            raise SettingError(f"{other}: expected a file, since {one} is set")


def read_env_file(path: Path) -> dict[str, str]:
    """Return the ``NAME=value`` lines of ``path``, or nothing where it is absent."""
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and line[0] != "#")
    return {
        name.strip().removeprefix("export "): value.strip().strip("\"'")
        for name, _, value in pairs
    }


def environment() -> dict[str, str]:
    """Return ``.env`` of the working directory, then the environment, which wins."""
    return read_env_file(Path(".env")) | dict(os.environ)


def environment_of(names: Collection[str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Return the variables that a process of ours is given, by name or beginning."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in names or name.startswith(prefixes)
    }


def load_settings() -> Settings:
    """Return the settings of this process's environment."""
    return read_settings(environment())
