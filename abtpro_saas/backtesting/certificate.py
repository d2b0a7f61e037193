"""What a result is certified by: all that decides it, and the hash of what came out.

The certificate is the SHA-256 of the canonical JSON of its parts, so whoever sees the
parts can compute it anew. It holds nobody's name; a strategy's parameters are in it as
a hash, for whoever knows them to check.
"""

from collections.abc import Sequence
from typing import Any

from abtpro_saas.backtesting.canonical import digest
from abtpro_saas.backtesting.orders import Order, setup_json

FORM = "abtpro.backtest/1"
"""The parts' form: another set of parts is another form."""
OF_FILE = "file:"
"""Before the exchange under whose name somebody brought any of the data as a file."""


def fingerprint_of(fingerprints: Sequence[str]) -> str:
    """Return the fingerprint of the data of a run: of one series, its own."""
    return fingerprints[0] if len(fingerprints) == 1 else digest(list(fingerprints))


def certified_parts(
    order: Order,
    *,
    fingerprint: str,
    strategy_version: str,
    engine_version: str,
    result: str,
    brought: bool = False,
) -> dict[str, Any]:
    """Return the parts of a certificate; ``result`` is the hash of what came out.

    ``brought`` tells that somebody brought any of the data as a file.
    """
    return {
        "form": FORM,
        "data": fingerprint,
        "exchange": f"{OF_FILE}{order.exchange}" if brought else order.exchange,
        "symbols": list(order.symbols),
        "timeframe": order.timeframe,
        "start": order.start,
        "end": order.end,
        "strategy": order.strategy,
        "strategy_version": strategy_version,
        "parameters": digest(dict(order.parameters)),
        "setup": setup_json(order.setup),
        "seed": order.seed,
        "engine": str(order.engine),
        "engine_version": engine_version,
        "result": result,
    }


def certificate_of(parts: dict[str, Any]) -> str:
    """Return the certificate: 64 hexadecimal digits."""
    return digest(parts)
