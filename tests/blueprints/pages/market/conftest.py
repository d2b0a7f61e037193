"""What the pages of market data share with those of backtests."""

from tests.blueprints.pages.backtests.conftest import (  # noqa: F401 - fixtures
    candles,
    owner,
    root,
    series,
    shown,
    trader,
)
