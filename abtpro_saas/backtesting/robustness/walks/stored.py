"""A window's result as bytes and back: the record's two files, and the rest as JSON."""

import io
import json
from dataclasses import asdict
from typing import Any

from abtpro_saas.backtesting.results import EQUITY, TRADES
from abtpro_saas.backtesting.results import decode as decode_record
from abtpro_saas.backtesting.results import encode as encode_record
from abtpro_saas.backtesting.robustness.searching.luck import TrialStats
from abtpro_saas.backtesting.robustness.walking import Window, WindowResult

_PARTS = (EQUITY, TRADES)
_LENGTH = 8
"""Bytes of the number that stands before each part."""


def encode_window(result: WindowResult) -> bytes:
    """Return a window's result as bytes; the same result, the same bytes."""
    files = encode_record(result.record)
    parts = [_head(result), *(files[name] for name in _PARTS)]
    return b"".join(len(each).to_bytes(_LENGTH, "big") + each for each in parts)


def decode_window(stored: bytes) -> WindowResult:
    """Return the result that was encoded."""
    parts, at = [], 0
    while at < len(stored):
        start = at + _LENGTH
        at = start + int.from_bytes(stored[at:start], "big")
        parts.append(stored[start:at])
    head, equity, trades = parts
    read: dict[str, Any] = json.loads(head)
    return WindowResult(
        Window(**read["window"]),
        read["values"],
        read["in_sample"],
        read["out_of_sample"],
        decode_record(io.BytesIO(equity), io.BytesIO(trades)),
        TrialStats(**read["stats"]),
    )


def _head(result: WindowResult) -> bytes:
    return json.dumps(
        {
            "window": asdict(result.window),
            "values": None if result.values is None else dict(result.values),
            "in_sample": dict(result.in_sample),
            "out_of_sample": dict(result.out_of_sample),
            "stats": asdict(result.stats),
        }
    ).encode()
