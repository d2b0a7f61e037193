"""What exchanges charge by default, so that nobody forgets fees by accident.

Standard accounts without discounts, as the exchanges published them in November 2026;
what a reader really pays stands in their account there.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

OWN = "own"


@dataclass(frozen=True)
class Preset:
    """Fees of an exchange's standard account, as fractions of the traded value."""

    key: str
    name: object
    maker: float
    taker: float
    source: object


PRESETS = (
    Preset(
        "binance",
        "Binance",
        0.001,
        0.001,
        _l("Binance's spot fees, standard account without discounts"),
    ),
    Preset(
        "binance_th",
        _l("Binance TH, crypto pairs"),
        0.001,
        0.001,
        _l("Binance TH's fees, VAT included"),
    ),
    Preset(
        "binance_th_thb",
        _l("Binance TH, pairs in THB"),
        0.0025,
        0.0025,
        _l("Binance TH's fees, VAT included"),
    ),
    Preset(
        "binance_usdm",
        _l("Binance, USD-M perpetual contracts"),
        0.0002,
        0.0005,
        _l("Binance's fees of USD-margined futures, regular users without discounts"),
    ),
    Preset("bitkub", "Bitkub", 0.0025, 0.0025, _l("Bitkub's fees, VAT included")),
    Preset(
        "none",
        _l("No fees"),
        0.0,
        0.0,
        _l("For comparison only: every trade looks better than it was"),
    ),
)
BY_KEY = {preset.key: preset for preset in PRESETS}
DEFAULT, FUTURES = "binance", "binance_usdm"
"""What is proposed of spot markets, and of perpetual contracts."""
