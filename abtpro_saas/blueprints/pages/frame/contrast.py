"""Legible colours around a tenant's accent, by the contrast ratio of WCAG 2.2.

An accent is ``#rrggbb``. A ratio goes from 1 (no difference) to 21 (black on white);
text needs 4.5.
"""

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

LEGIBLE = 4.5
DEFAULT_ACCENT = "#0b5c4d"

# WCAG prints 0.04045 since 2021; no 8-bit channel lies between it and 0.03928.
_KNEE = 0.04045
_INKS = ("#ffffff", "#06120e")
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
    return _palette(accent, _LIGHT_GROUND, lighter=False)


def dark_palette(accent: str) -> Palette:
    """Return the colours of ``accent`` in the dark theme."""
    return _palette(accent, _DARK_GROUND, lighter=True)


def _palette(accent: str, ground: str, *, lighter: bool) -> Palette:
    legible = _legible_on(ground, accent, lighter=lighter)
    ink = max(_INKS, key=lambda ink: contrast(ink, legible))
    return Palette(legible, ink)


def _legible_on(ground: str, colour: str, *, lighter: bool) -> str:
    """Change the lightness alone until the colour can be read on ``ground``."""
    hue, lightness, saturation = rgb_to_hls(*(c / 255 for c in _channels(colour)))
    end = 1.0 if lighter else 0.0
    shades = (
        _written(
            hls_to_rgb(hue, lightness + (end - lightness) * step / 100, saturation)
        )
        for step in range(101)
    )
    return next(shade for shade in shades if contrast(shade, ground) >= LEGIBLE)


def _written(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _luminance(colour: str) -> float:
    """Return relative luminance, 0 to 1 (WCAG 2.2, definition of 2008)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= _KNEE else ((value + 0.055) / 1.055) ** 2.4
