"""Legible colours around a tenant's accent, by the contrast ratio of WCAG 2.2.

An accent is ``#rrggbb``. A ratio goes from 1 (no difference) to 21 (black on white);
text needs 4.5.
"""

from dataclasses import dataclass

LEGIBLE = 4.5
DEFAULT_ACCENT = "#0b5c4d"

# WCAG prints 0.04045 since 2021; no 8-bit channel lies between it and 0.03928.
_KNEE = 0.04045
_WHITE, _BLACK = "#ffffff", "#000000"
# The harshest grounds on which the accent stands as text: --sunken where it is light,
# --surface where it is dark, each mixed with the accent by a selected entry.
_LIGHT_GROUND, _DARK_GROUND = "#e2e8e5", "#1c2823"


@dataclass(frozen=True)
class Palette:
    """An accent that reads well as text and as a ground, and the ink upon it."""

    accent: str
    ink: str


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, whichever is the ground."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def light_palette(accent: str) -> Palette:
    """Return the colours of ``accent`` in the light theme."""
    return _palette(accent, _LIGHT_GROUND, _BLACK)


def dark_palette(accent: str) -> Palette:
    """Return the colours of ``accent`` in the dark theme."""
    return _palette(accent, _DARK_GROUND, _WHITE)


def _palette(accent: str, ground: str, towards: str) -> Palette:
    legible = _legible_on(ground, accent, towards)
    ink = max((_WHITE, "#06120e"), key=lambda ink: contrast(ink, legible))
    return Palette(legible, ink)


def _legible_on(ground: str, colour: str, towards: str) -> str:
    """Mix ``colour`` with black or white until it can be read on ``ground``."""
    mixes = (_mix(colour, towards, step) for step in range(101))
    return next(mix for mix in mixes if contrast(mix, ground) >= LEGIBLE)


def _mix(colour: str, other: str, percent: int) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    mixed = (round(a + (b - a) * percent / 100) for a, b in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _luminance(colour: str) -> float:
    """Return relative luminance, 0 to 1 (WCAG 2.2, definition of 2008)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= _KNEE else ((value + 0.055) / 1.055) ** 2.4
