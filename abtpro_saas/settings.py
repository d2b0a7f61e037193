"""The program's settings: the only reader of the environment.

Each field names its variable, how its text is read and its default. ``.env.example``
documents every one; a test compares the two.
"""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LAST_PORT = 65_535
KEY_LENGTH = 32


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


class LogLevel(StrEnum):
    """The least weight that a log line needs to be written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def setting(name: str, read: Callable[[str], Any], default: str = "") -> Any:  # noqa: ANN401 - a dataclass field takes the type of its annotation
    """Declare one field: its variable, its reader and its default as text."""
    return field(metadata={"name": name, "read": read, "default": default})


def _text(value: str) -> str:
    return value


def _count(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not _is_digits(value) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return read


def _choice(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(value: str) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            raise ValueError("one of " + ", ".join(kind)) from None

    return read


def _switch(value: str) -> bool:
    if value not in {"on", "off"}:
        raise ValueError("on or off")
    return value == "on"


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdecimal()


def _url(*schemes: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value and _scheme(value) not in schemes:
            raise ValueError("a URL that begins with " + " or ".join(schemes))
        return value.rstrip("/")

    return read


def _urls(value: str) -> tuple[str, ...]:
    """Read ``https://one,https://two``."""
    read = _url("http", "https")
    return tuple(read(part.strip()) for part in value.split(",") if part.strip())


def _exchange_urls(value: str) -> tuple[tuple[str, str], ...]:
    """Read ``binance=http://one,okx=http://two``, or ``off``."""
    texts = [
        part.strip() for part in value.split(",") if part.strip() and part != "off"
    ]
    pairs = [text.partition("=") for text in texts]
    if not all(name.isalnum() and url for name, _, url in pairs):
        raise ValueError("off, or name=URL pairs separated by commas")
    return tuple((name, _url("http", "https")(url)) for name, _, url in pairs)


def _scheme(value: str) -> str:
    try:
        return urlsplit(value).scheme
    except ValueError:
        return ""


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if value and not (host and _is_digits(port) and 0 < int(port) <= LAST_PORT):
        raise ValueError("host:port")
    return value


def _key(value: str) -> str:
    if value and len(value) < KEY_LENGTH:
        raise ValueError("at least 32 random characters")
    return value


def _sealing_keys(value: str) -> tuple[tuple[str, bytes], ...]:
    """Read ``id:base64,id:base64``; the first seals, all open."""
    keys = []
    for part in filter(None, value.split(",")):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key) != KEY_LENGTH:
            raise ValueError("id:key pairs, each key 32 bytes in base64")
        keys.append((key_id, key))
    return tuple(keys)


def _digits(*lengths: int) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value and not (_is_digits(value) and len(value) in lengths):
            raise ValueError(" or ".join(map(str, lengths)) + " digits")
        return value

    return read


@dataclass(frozen=True)
class Settings:
    """Every setting, read and checked; units stand in the names."""

    env: Environment = setting("ABTPRO_ENV", _choice(Environment), "production")
    home: Path = setting("ABTPRO_HOME", Path, "var")
    port: int = setting("ABTPRO_PORT", _count(1024, 65_000), "8000")
    bind: str = setting("ABTPRO_BIND", _text, "127.0.0.1")
    base_url: str = setting("ABTPRO_BASE_URL", _url("http", "https"))
    events_url: str = setting("ABTPRO_EVENTS_URL", _url("http", "https"))
    operators_host: str = setting("ABTPRO_OPERATORS_HOST", _text, "ops.localhost")
    trusted_proxies: int = setting("ABTPRO_TRUSTED_PROXIES", _count(0, 8), "0")
    web_processes: int = setting("ABTPRO_WEB_PROCESSES", _count(1, 64), "2")
    web_threads: int = setting("ABTPRO_WEB_THREADS", _count(1, 64), "4")
    body_seconds: int = setting("ABTPRO_BODY_SECONDS", _count(1, 600), "20")
    log_format: str = setting("ABTPRO_LOG_FORMAT", _choice(LogFormat), "json")
    log_level: str = setting("ABTPRO_LOG_LEVEL", _choice(LogLevel), "INFO")
    key_requests_per_minute: int = setting(
        "ABTPRO_KEY_REQUESTS_PER_MINUTE", _count(1, 1_000_000), "600"
    )
    address_requests_per_minute: int = setting(
        "ABTPRO_ADDRESS_REQUESTS_PER_MINUTE", _count(1, 1_000_000), "1200"
    )
    secret_key: str = setting("ABTPRO_SECRET_KEY", _key)
    sealing_keys: tuple[tuple[str, bytes], ...] = setting(
        "ABTPRO_SEALING_KEYS", _sealing_keys
    )
    database_url: str = setting("DATABASE_URL", _url("postgresql"))
    database_owner_url: str = setting("DATABASE_OWNER_URL", _url("postgresql"))
    database_relay_url: str = setting("DATABASE_RELAY_URL", _url("postgresql"))
    database_operator_url: str = setting("DATABASE_OPERATOR_URL", _url("postgresql"))
    database_admin_url: str = setting("DATABASE_ADMIN_URL", _url("postgresql"))
    temporal_address: str = setting("TEMPORAL_ADDRESS", _address)
    temporal_namespace: str = setting("TEMPORAL_NAMESPACE", _text, "default")
    temporal_tls: bool = setting("TEMPORAL_TLS", _switch, "off")
    temporal_tls_cert: str = setting("TEMPORAL_TLS_CERT", _text)
    temporal_tls_key: str = setting("TEMPORAL_TLS_KEY", _text)
    temporal_tls_ca: str = setting("TEMPORAL_TLS_CA", _text)
    temporal_api_key: str = setting("TEMPORAL_API_KEY", _text)
    temporal_ui_url: str = setting("TEMPORAL_UI_URL", _url("http", "https"))
    promptpay_merchant_id: str = setting("PROMPTPAY_MERCHANT_ID", _text)
    promptpay_webhook_secret: str = setting("PROMPTPAY_WEBHOOK_SECRET", _text)
    promptpay_biller_id: str = setting("PROMPTPAY_BILLER_ID", _digits(15))
    payment_gateway_url: str = setting("PAYMENT_GATEWAY_URL", _url("http", "https"))
    gateway_urls: tuple[str, ...] = setting("ABTPRO_GATEWAY_URLS", _urls)
    smtp_url: str = setting("SMTP_URL", _url("smtp", "smtps", "mailbox"))
    mail_from: str = setting("MAIL_FROM", _text, "ABTPro <no-reply@localhost>")
    backtest_data: str = setting("BACKTEST_DATA_PATH", _text)
    backtest_processes: int = setting("BACKTEST_PROCESSES", _count(1, 256), "2")
    max_concurrent_backtests: int = setting(
        "MAX_CONCURRENT_BACKTESTS", _count(1, 1000), "3"
    )
    exchange_urls: tuple[tuple[str, str], ...] = setting(
        "EXCHANGE_URLS", _exchange_urls
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


def load_settings() -> Settings:
    """Return the settings of this process's environment."""
    return read_settings(environment())
