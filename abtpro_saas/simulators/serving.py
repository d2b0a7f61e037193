"""How a simulator runs as a process of its own."""

import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from abtpro_saas.settings import SettingError, Settings, load_settings


def serve(service: str, make_app: Callable[[Settings], ASGIApp], why: str) -> int:
    """Serve until told to stop, on this machine alone; return the exit status.

    ``why`` says what the simulator would do to who relied on it.
    """
    try:
        settings = load_settings()
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not settings.is_local:
        sys.stderr.write(f"{why}: it runs only where ABTPRO_ENV is local.\n")
        return 2
    uvicorn.run(
        make_app(settings),
        host="127.0.0.1",
        port=settings.port_of(service),
        access_log=False,
        log_level="warning",
        ws="none",
        timeout_graceful_shutdown=3,
    )
    return 0
