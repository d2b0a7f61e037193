"""``python -m abtpro_saas.simulators.exchange``: the simulator as its own process."""

import sys

import uvicorn

from abtpro_saas.settings import SettingError, load_settings
from abtpro_saas.simulators.exchange.app import make_app


def main() -> int:
    """Serve until told to stop, on this machine alone; return the exit status."""
    try:
        settings = load_settings()
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not settings.is_local:
        sys.stderr.write(
            "The exchange simulator's prices are nobody's: it runs only where"
            " ABTPRO_ENV is local.\n"
        )
        return 2
    uvicorn.run(
        make_app(settings.backtest_data_path),
        host="127.0.0.1",
        port=settings.port_of("exchange"),
        access_log=False,
        log_level="warning",
        ws="none",
        timeout_graceful_shutdown=3,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
