"""The ``abtpro`` command: each subcommand is a module with ``main(arguments)``.

A module is imported when its command is asked for: `abtpro worker` loads no web
framework, and the supervisor loads neither.
"""

import sys
from importlib import import_module

from abtpro_saas.runtime.ending import end

COMMANDS = {
    "up": ("runtime.commands.up", "run the whole platform; Ctrl-C ends it"),
    "web": ("runtime.commands.serving:web", "the web server alone"),
    "events": ("runtime.commands.serving:events", "live updates alone"),
    "worker": ("runtime.commands.serving:worker", "the Temporal workers alone"),
    "metrics": (
        "runtime.commands.serving:metrics",
        "the metrics of all processes alone",
    ),
    "gateway-simulator": (
        "runtime.commands.serving:gateway_simulator",
        "the gateway simulator alone (local only)",
    ),
    "exchange-simulator": (
        "runtime.commands.serving:exchange_simulator",
        "the exchange simulator alone (local only)",
    ),
    "database": ("runtime.commands.database", "migrate"),
    "demo": ("runtime.commands.demo", "seed"),
    "market": ("runtime.commands.market", "seed"),
    "tenant": (
        "runtime.commands.tenant",
        "create, set or list tenants; second-factor-off",
    ),
    "operator": ("runtime.commands.operator", "create or renew an operator; code"),
    "outbox": ("runtime.commands.outbox", "list or release what Temporal refused"),
    "seal": ("runtime.commands.seal", "sealing keys: status, or rotate to a new one"),
    "backtest": ("runtime.commands.backtest.run", "run a backtest on this machine"),
    "doctor": (
        "runtime.commands.doctor",
        "check this installation, and say how to mend it",
    ),
    "backup": ("runtime.commands.backups:backup", "write the database to a file"),
    "restore": (
        "runtime.commands.backups:restore",
        "read a backup into an empty database",
    ),
}


def run() -> None:
    """Be the process of one command."""
    try:
        main()
    except SystemExit as ended:
        if not _has_sdk():
            raise
        end(ended.code)
    if _has_sdk():
        end()


def _has_sdk() -> bool:
    return "temporalio.client" in sys.modules


def main() -> None:
    """Run one command; what it refuses ends in one line and exit code 1."""
    name, *arguments = sys.argv[1:] or [""]
    if name in ("help", "-h", "--help"):
        print(_usage())  # noqa: T201 - help is what was asked for
        return
    if name not in COMMANDS:
        sys.exit(f"abtpro: no command {name!r}\n\n{_usage()}")
    try:
        _run(COMMANDS[name][0], arguments)
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        sys.exit(_broken(error))
    except _refusals() as error:
        sys.exit(f"abtpro: {' '.join(str(error).split())}")


def _usage() -> str:
    lines = [f"  {name:<18} {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(["abtpro COMMAND [...]", "", *lines])


def _run(place: str, arguments: list[str]) -> None:
    module, _, function = place.partition(":")
    getattr(import_module(f"abtpro_saas.{module}"), function or "main")(arguments)


def _broken(error: ModuleNotFoundError) -> str:
    return (
        f"abtpro: the installation is broken ({error.name} cannot be imported):"
        " delete .venv and run ./dev again"
    )


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors whose message is written for the person at the console."""
    names = (
        "settings:SettingError",
        "errors:DomainError",
        "sealing:SealError",
        "runtime.installation:InstallationError",
        "runtime.processes.supervisor:SupervisorError",
        "runtime.embedded.postgres:PostgresError",
        "runtime.embedded.temporal:TemporalError",
    )
    parts = (name.partition(":") for name in names)
    return tuple(getattr(import_module(f"abtpro_saas.{m}"), n) for m, _, n in parts)


if __name__ == "__main__":
    run()
