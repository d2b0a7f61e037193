"""``python -m abtpro_saas.simulators.exchange``: the simulator as its own process."""

import sys

from starlette.types import ASGIApp

from abtpro_saas.settings import Settings
from abtpro_saas.simulators.exchange.app import make_app
from abtpro_saas.simulators.serving import serve


def _app(settings: Settings) -> ASGIApp:
    return make_app(settings.backtest_data_path)


if __name__ == "__main__":
    sys.exit(
        serve("exchange", _app, "The exchange simulator's prices are nobody's"),
    )
