"""One installation: its home folder, lock and secrets, and what its processes get."""

import base64
import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from abtpro_saas.runtime.embedded import places
from abtpro_saas.runtime.embedded.postgres import Server, new_passwords
from abtpro_saas.runtime.embedded.temporal import TemporalServer
from abtpro_saas.settings import Settings, read_settings

SECRETS = "secrets.json"
LOCK = "lock"
LOCK_PATIENCE_S = 20.0


class InstallationError(Exception):
    """The installation cannot be used as it is; the message says what to do."""


@dataclass(frozen=True)
class Installation:
    """The settings as given, and the secrets that its home folder keeps."""

    given: Mapping[str, str]
    settings: Settings
    kept: Mapping[str, Any]

    @property
    def home(self) -> Path:
        """Where all local state is."""
        return self.settings.home.resolve()

    @property
    def database(self) -> Server | None:
        """The embedded database, unless there is none yet or DATABASE_URL names one."""
        if self.settings.database_url or "passwords" not in self.kept:
            return None
        return Server(self.settings.port_of("postgres"), dict(self.kept["passwords"]))

    @property
    def temporal(self) -> TemporalServer | None:
        """The embedded Temporal server, unless TEMPORAL_ADDRESS names another."""
        if self.settings.temporal_address:
            return None
        port = self.settings.port_of
        return TemporalServer(
            port("temporal"),
            port("temporal_ui"),
            port("temporal_metrics"),
            codec_endpoint=f"{self.operators_url}/codec",
        )

    @property
    def operators_url(self) -> str:
        """Where operators sign in."""
        scheme, _, host = self.base_url.partition("://")
        port = host.partition(":")[2]
        return f"{scheme}://{self.settings.operators_host}" + (
            f":{port}" if port else ""
        )

    @property
    def base_url(self) -> str:
        """The address of the bare host."""
        return self.settings.base_url or f"http://localhost:{self.settings.port}"

    def environment(self) -> dict[str, str]:
        """Return every variable that a process of this installation gets."""
        settings = self.settings
        made = {
            "ABTPRO_ENV": settings.env.value,
            "ABTPRO_HOME": str(self.home),
            "ABTPRO_BASE_URL": self.base_url,
            "ABTPRO_EVENTS_URL": f"http://localhost:{settings.port_of('events')}",
            **self.kept["settings"],
        }
        if settings.is_local:
            gateway = f"http://127.0.0.1:{settings.port_of('gateway')}"
            exchange = f"http://127.0.0.1:{settings.port_of('exchange')}"
            made |= {"SMTP_URL": "mailbox:", "PAYMENT_GATEWAY_URL": gateway}
            made["EXCHANGE_URLS"] = f"binance={exchange}"
            made |= {"ABTPRO_LOG_FORMAT": "console", **self.kept["local"]}
        if self.database is not None:
            made |= _database_variables(self.database)
        if self.temporal is not None:
            made["TEMPORAL_ADDRESS"] = self.temporal.address
            made["TEMPORAL_UI_URL"] = self.temporal.ui_url
        # What somebody set wins, but a variable set to nothing is not set.
        return made | {name: text for name, text in self.given.items() if text.strip()}

    def complete_settings(self) -> Settings:
        """Return the settings as the processes read them."""
        return read_settings(self.environment())


def open_installation(given: Mapping[str, str], *, new: bool = True) -> Installation:
    """Return the installation that the variables ``given`` describe.

    Where there is none yet it is made, or with ``new=False`` it has no secrets but
    those that are given.

    Raises:
        SettingError: a variable's text cannot be used.
        InstallationError: the home folder cannot be written, or misses its secrets.
    """
    settings = read_settings(given)
    home = settings.home.resolve()
    try:
        # The database's user, who is not root, walks through: x for all, r for us.
        places.make_folder(home, 0o711)
        return Installation(given, settings, _keep_secrets(home, new=new))
    except OSError as error:
        raise InstallationError(
            f"cannot use {home} ({error.strerror}):"
            " make it writable, or set ABTPRO_HOME"
        ) from None


@contextmanager
def locked(home: Path) -> Iterator[IO[str]]:
    """Hold the home folder for one supervisor.

    Raises:
        InstallationError: another one runs on it.
    """
    with (home / LOCK).open("a+", encoding="ascii") as file:
        _lock(file, home)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file


def is_held(home: Path) -> bool:
    """Tell whether a supervisor runs on the home folder now."""
    if not (home / LOCK).exists():
        return False
    with (home / LOCK).open("r", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def check_ports(settings: Settings, services: Mapping[str, str]) -> None:
    """See that every port is free; ``services`` names each and says what it is for.

    Raises:
        InstallationError: one is taken.
    """
    for service, title in services.items():
        port = settings.port_of(service)
        bind = settings.bind if service in ("web", "events") else "127.0.0.1"
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((bind, port))
            except OSError as error:
                raise InstallationError(
                    f"port {port} ({title}) cannot be used: {error.strerror}."
                    f" Free it, or set ABTPRO_PORT (now {settings.port}) to another"
                ) from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads; it is there whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _lock(file: IO[str], home: Path) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            # When a supervisor was killed, its guardian holds on until all have ended.
            if _alive(holder) or time.monotonic() > deadline:
                raise InstallationError(
                    f"{home} is in use by the supervisor with pid {holder or '?'}:"
                    " end that one first, or set ABTPRO_HOME and ABTPRO_PORT"
                ) from None
            time.sleep(0.1)
        else:
            return


def _alive(pid: str) -> bool:
    return pid.isdecimal() and Path(f"/proc/{pid}").exists()


def _keep_secrets(home: Path, *, new: bool) -> dict[str, Any]:
    """Return what secrets.json keeps; at the first start, make it."""
    file = home / SECRETS
    if not file.exists():
        if (home / places.NOTE).exists() or (home / "postgres").exists():
            raise InstallationError(
                f"{file} is gone, and the database in {home} opens only with it:"
                " put it back from a backup, or move the folder away to begin anew"
            )
        if not new:
            return {"settings": {}, "local": {}}
        write_private(file, json.dumps(_new_secrets(), indent=2) + "\n")
    kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return kept


def _new_secrets() -> dict[str, Any]:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "settings": {
            "ABTPRO_SECRET_KEY": secrets.token_urlsafe(48),
            "ABTPRO_SEALING_KEYS": f"{secrets.token_hex(4)}:{key}",
        },
        "local": {
            "PROMPTPAY_MERCHANT_ID": f"main-{secrets.token_hex(4)}",
            "PROMPTPAY_WEBHOOK_SECRET": secrets.token_urlsafe(32),
            "PROMPTPAY_BILLER_ID": f"0994000{secrets.randbelow(10**6):06d}00",
        },
        "passwords": new_passwords(),
    }


def _database_variables(server: Server) -> dict[str, str]:
    return {
        "DATABASE_URL": server.app_url,
        "DATABASE_OWNER_URL": server.owner_url,
        "DATABASE_RELAY_URL": server.relay_url,
        "DATABASE_OPERATOR_URL": server.operator_url,
    }
