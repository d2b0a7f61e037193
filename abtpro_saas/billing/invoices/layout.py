"""A printed page: text in columns, rules, and new pages where one is full.

Millimetres from the upper left corner of A4. Text is shaped by HarfBuzz, because Thai
marks stand above one another by the font's own rules.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from fpdf import FPDF
from fpdf.fonts import TTFFont

from abtpro_saas.billing.invoices.thai import drawn, wrap

LEFT, RIGHT, TOP, BOTTOM = 20.0, 190.0, 18.0, 272.0
WIDTH = RIGHT - LEFT

INK, GREY, PALE = 25, 105, 205
"""Shades, from black (0) to white (255)."""


class Style(NamedTuple):
    """How text looks; ``size`` in points."""

    size: float
    bold: bool = False
    shade: int = INK


BODY, STRONG, QUIET = Style(10), Style(10, bold=True), Style(10, shade=GREY)
NOTE, NAME, TITLE = Style(8.5, shade=GREY), Style(12.5, bold=True), Style(20, bold=True)

_FONT = "Sarabun"
_FONTS = Path(__file__).parent / "fonts" / "sarabun-0.4.1"
_FILES = {"": "Sarabun_400Regular.ttf", "B": "Sarabun_600SemiBold.ttf"}
_MM_PER_POINT = 25.4 / 72
_LEADING = 1.45

Align = Literal["L", "R"]
Dot: TypeAlias = tuple[float, float]
Colour: TypeAlias = tuple[int, int, int]


class About(NamedTuple):
    """What a file says of itself."""

    title: str
    author: str
    locale: str
    created: datetime


class Sheet:
    """Pages that fill from above; ``y`` is where the next thing may stand.

    Each ends with the footer, and with ``paging``, which holds ``{}`` for its number.
    """

    def __init__(self, about: About, footer: str, paging: str) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.str_alias_nb_pages = ""  # nobody's name stands for the count
        self._pdf.set_title(about.title)
        self._pdf.set_author(about.author)
        self._pdf.set_lang(about.locale)
        self._pdf.set_producer("ABTPro")
        # Not the present: the same document gives the same bytes.
        self._pdf.set_creation_date(about.created)
        self._pdf.set_auto_page_break(auto=False)
        for style, file in _FILES.items():
            self._pdf.add_font(_FONT, style, _FONTS / file)
        self._pdf.set_text_shaping()
        self._pdf.c_margin = 0
        self._footer, self._paging = footer, paging
        self.y = TOP
        self._begin_page()

    def _cell(self, text: str, width: float, height: float, align: Align) -> None:
        """Write a line that reads as ``text`` wherever it is copied or searched."""
        read = f"feff{text.encode('utf-16-be').hex()}"
        self._pdf._out(f"/Span <</ActualText <{read}>>> BDC")  # noqa: SLF001 - no other way
        self._pdf.cell(width, height, drawn(text), align=align)
        self._pdf._out("EMC")  # noqa: SLF001 - the same

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return self._pdf.page_no()

    def text(
        self,
        text: str,
        x: float = LEFT,
        width: float = WIDTH,
        style: Style = BODY,
        align: Align = "L",
    ) -> float:
        """Write ``text`` at ``y``, in as many lines as it needs; return its height."""
        pdf = self._pdf
        lines = self._wrapped(text, width, style)
        height = style.size * _MM_PER_POINT * _LEADING
        pdf.set_text_color(style.shade)
        for number, line in enumerate(lines):
            pdf.set_xy(x, self.y + number * height)
            self._cell(line, width, height, align)
        return height * len(lines)

    def rule(self, shade: int = INK, weight: float = 0.3, x: float = LEFT) -> None:
        """Draw a line at ``y``, from ``x`` to the right margin."""
        self._pdf.set_draw_color(shade)
        self._pdf.set_line_width(weight)
        self._pdf.line(x, self.y, RIGHT, self.y)

    def path(self, dots: Sequence[Dot], colour: Colour, weight: float) -> None:
        """Draw a line from dot to dot."""
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(weight)
        self._pdf.polyline(list(dots))

    def area(self, dots: Sequence[Dot], colour: Colour) -> None:
        """Fill what lies within the dots."""
        self._pdf.set_fill_color(*colour)
        self._pdf.polygon(list(dots), style="F")

    def room(self, height: float) -> bool:
        """Begin a page if this one does not have ``height`` left; tell whether."""
        if self.y + height <= BOTTOM:
            return False
        self._begin_page()
        return True

    def height(self, text: str, width: float, style: Style = BODY) -> float:
        """Return how high ``text`` would be."""
        count = len(self._wrapped(text, width, style))
        return count * style.size * _MM_PER_POINT * _LEADING

    def _wrapped(self, text: str, width: float, style: Style) -> list[str]:
        self._pdf.set_font(_FONT, "B" if style.bold else "", style.size)
        known = "".join(each if self._known(each) else "?" for each in text)
        return wrap(known, width, self._pdf.get_string_width)

    def _known(self, character: str) -> bool:
        """Tell whether the font has a character; others would leave a blank."""
        font = self._pdf.current_font
        return character == "\n" or (
            isinstance(font, TTFFont) and ord(character) in font.cmap
        )

    def bytes(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())

    def _begin_page(self) -> None:
        self._pdf.add_page()
        self.y = BOTTOM + 6
        self.rule(PALE, 0.2)
        self.y += 2
        self.text(self._footer, width=WIDTH - 50, style=NOTE)
        self.text(self._paging.format(self.pages), style=NOTE, align="R")
        self.y = TOP
