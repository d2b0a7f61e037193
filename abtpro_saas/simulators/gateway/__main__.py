"""``python -m abtpro_saas.simulators.gateway``: the simulator as its own process."""

import sys

from starlette.types import ASGIApp

from abtpro_saas.settings import Settings
from abtpro_saas.simulators.gateway.app import make_app
from abtpro_saas.simulators.serving import serve


def _app(settings: Settings) -> ASGIApp:
    return make_app(settings.home / "gateway.db")


if __name__ == "__main__":
    sys.exit(
        serve("gateway", _app, "The gateway simulator makes payments out of nothing"),
    )
