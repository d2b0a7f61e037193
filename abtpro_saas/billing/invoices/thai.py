"""Where a line of Thai may end, and how it is handed to a font.

Thai writes no spaces between words, and no dictionary stands here: lines end at spaces
where they can. What is too long for a line of its own is broken so that no vowel or
tone mark is torn from its consonant.
"""

import re
from collections.abc import Callable, Iterator

Measure = Callable[[str], float]
"""How wide a text is, in the unit of the width that it must fit."""

# Vowels written before their consonant bind to what follows. Marks above and below,
# vowels written after it, and the signs of repetition and abbreviation bind to what is
# before.
_BEFORE = "\u0e40-\u0e44"
_AFTER = "\u0e2f-\u0e3a\u0e45-\u0e4e"
_CLUSTER = re.compile(
    f"[{_BEFORE}]*[\u0e00-\u0e7f][{_AFTER}]*|[^\u0e00-\u0e7f]+", re.DOTALL
)

# The vowel am is one character and two glyphs: a ring above, and what follows it. A
# tone mark, typed before it, stands above the ring.
_AM = re.compile("([\u0e48-\u0e4b]?)\u0e33")


def drawn(text: str) -> str:
    """Return ``text`` with a character for each glyph; it looks the same.

    A PDF's font maps each glyph to what it reads as. One without a character of its own
    would read as whatever its number in the file happens to be.
    """
    return _AM.sub("\u0e4d\\1\u0e32", text)


def clusters(text: str) -> list[str]:
    """Return the pieces of ``text`` that a line must not tear; together they are it.

    A run of anything but Thai is one piece.
    """
    return _CLUSTER.findall(text)


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Return the lines of ``text``, each as wide as ``width`` at most.

    Only a single character that is wider stands out. Line feeds in ``text`` stay.
    """
    return [line for part in text.split("\n") for line in _fill(part, width, measure)]


def _fill(text: str, width: float, measure: Measure) -> Iterator[str]:
    line = ""
    for word in filter(None, text.split(" ")):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = _broken(word, width, measure)
        yield from full
    yield line


def _broken(word: str, width: float, measure: Measure) -> Iterator[str]:
    """Return a word in as many lines as it needs."""
    line = ""
    for piece in _pieces(word, width, measure):
        if line and measure(line + piece) > width:
            yield line
            line = ""
        line += piece
    yield line


def _pieces(word: str, width: float, measure: Measure) -> Iterator[str]:
    for piece in clusters(word):
        if measure(piece) <= width:
            yield piece
        else:
            yield from piece
