"""Pictures of QR codes: PNG and SVG, the same bytes for the same text.

``qrcode`` encodes the text; the choice of mask and the drawing are done here, because
there they take four times as long and every top-up waits for them. Of the eight masks
a symbol must carry the one with the least penalty (ISO/IEC 18004:2015, 7.8.3).
"""

import base64
import struct
import zlib
from functools import lru_cache

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4
"""Modules of white on each side, as the standard wants."""

_MASKS = range(8)
# 1:1:3:1:1 with four white modules on either side looks like a corner of the symbol.
_FINDERS = ("10111010000", "00001011101")
_DARK, _LIGHT = b"\x00", b"\xff"

Matrix = tuple[str, ...]
"""Rows of ``0`` (white) and ``1`` (black), without the quiet zone."""


@lru_cache(maxsize=1024)
def png_data_uri(payload: str) -> str:
    """Return ``data:image/png;base64,…``: 8 pixels a module, correction level M."""
    return "data:image/png;base64," + base64.b64encode(png(payload)).decode()


def png(payload: str) -> bytes:
    """Return a PNG of one bit a pixel, 8 pixels a module, with its quiet zone."""
    rows = _with_quiet_zone(matrix(payload))
    size = len(rows) * 8
    # A module is 8 pixels wide, hence one byte of a row. Filter 0 stores a row as it
    # is, filter 2 its difference from the row above: none for the 7 that repeat it.
    drawn = b"".join(
        b"\x00"
        + b"".join(_DARK if module == "1" else _LIGHT for module in row)
        + (b"\x02" + bytes(len(row))) * 7
        for row in rows
    )
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(drawn, 6)),
            (b"IEND", b""),
        )
    )


def svg(payload: str) -> str:
    """Return an SVG that scales without blur, black on white in every theme."""
    rows = _with_quiet_zone(matrix(payload))
    runs = "".join(
        f"M{start} {y}h{end - start}v1h{start - end}z"
        for y, row in enumerate(rows)
        for start, end in _dark_runs(row)
    )
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
        ' shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/>'
        f'<path fill="#000" d="{runs}"/></svg>'
    )


def matrix(payload: str) -> Matrix:
    """Return the modules of the QR of ``payload``, at correction level M."""
    version, first = _encode(payload, 0)
    size = 4 * version + 17
    symbols = (first ^ change for change in _mask_changes(version))
    best = min(symbols, key=lambda symbol: penalty(symbol, size))
    bits = f"{best:0{size * size}b}"
    return tuple(bits[at : at + size] for at in range(0, size * size, size))


def penalty(symbol: int, size: int) -> int:
    """Return how hard a symbol is to read (ISO/IEC 18004:2015, table 11).

    ``symbol`` holds its modules as bits, row by row, the first one highest.
    """
    total = _imbalance(symbol, size)
    rows, valid = _spread(symbol, size)
    light = ~rows & valid
    step = size + 1
    for colour in (rows, light):
        pairs = colour & colour >> 1
        total += 3 * (pairs & pairs >> step).bit_count()  # blocks of 2 by 2
        total += _long_runs(colour, 1) + _long_runs(colour, step)
    for pattern in _FINDERS:
        total += 40 * _places(rows, light, pattern, 1)
        total += 40 * _places(rows, light, pattern, step)
    return total


def _imbalance(symbol: int, size: int) -> int:
    """Ten points for each whole 5 % by which black departs from one half."""
    return 10 * (abs(20 * symbol.bit_count() - 10 * size * size) // (size * size))


def _spread(symbol: int, size: int) -> tuple[int, int]:
    """Return the rows with a gap bit after each, and the grid of all true bits."""
    row = (1 << size) - 1
    rows = valid = 0
    for at in reversed(range(size)):
        rows = rows << size + 1 | symbol >> at * size & row
        valid = valid << size + 1 | row
    return rows, valid


def _long_runs(colour: int, step: int) -> int:
    """Three points for five alike in a line, one for each further."""
    pairs = colour & colour >> step
    fives = pairs & pairs >> 2 * step & colour >> 4 * step
    # A run of n holds n - 4 windows of five, and one window that starts the run.
    starts = fives & ~(fives << step)
    return fives.bit_count() + 2 * starts.bit_count()


def _places(dark: int, light: int, pattern: str, step: int) -> int:
    """Count where ``pattern`` stands, along rows or columns."""
    found = -1
    for at, module in enumerate(pattern):
        found &= (dark if module == "1" else light) >> at * step
    return found.bit_count()


@lru_cache(maxsize=40)
def _mask_changes(version: int) -> tuple[int, ...]:
    """Return which modules differ between mask 0 and each mask, whatever the text."""
    symbols = [_encode("", mask, version)[1] for mask in _MASKS]
    return tuple(symbol ^ symbols[0] for symbol in symbols)


def _encode(payload: str, mask: int, version: int | None = None) -> tuple[int, int]:
    code = QRCode(version, ERROR_CORRECT_M, border=0, mask_pattern=mask)
    code.add_data(payload.encode(), optimize=0)
    code.make(fit=version is None)
    bits = "".join("1" if module else "0" for row in code.modules for module in row)
    return code.version, int(bits, 2)


def _with_quiet_zone(rows: Matrix) -> Matrix:
    blank = ("0" * (len(rows) + 2 * QUIET_ZONE),) * QUIET_ZONE
    side = "0" * QUIET_ZONE
    return (*blank, *(side + row + side for row in rows), *blank)


def _dark_runs(row: str) -> list[tuple[int, int]]:
    edges = [at for at in range(1, len(row)) if row[at] != row[at - 1]]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )
