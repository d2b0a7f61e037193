"""A document as a file to keep and to print, in Thai or in English."""

from datetime import datetime
from typing import Any

from abtpro_saas.billing.invoices import layout, wording
from abtpro_saas.billing.invoices.layout import (
    BODY,
    LEFT,
    NOTE,
    PALE,
    QUIET,
    RIGHT,
    STRONG,
    Style,
)
from abtpro_saas.billing.invoices.parties import HEAD_OFFICE
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.invoices.wording import Wording, in_figures
from abtpro_saas.billing.words import DocumentForm, DocumentKind
from abtpro_saas.clock import bangkok_date

_GAP = 6.0
_MIDDLE = 118.0
"""Where the right column begins: title, number and date, sums."""

_NUMBER, _TEXT, _COUNT, _AMOUNT = LEFT, LEFT + 14, 140.0, 160.0
"""Where the columns of the lines begin."""

_TITLE = 126.0
"""Where the title begins, beside the seller."""

_FIGURES = 34.0
"""How wide a column of amounts is."""


def render(document: Document, locale: str) -> bytes:
    """Return ``document`` as PDF; the same document gives the same bytes.

    In Thai it is the document itself, in English a translation that says so.
    """
    words = wording.WORDINGS[locale]
    sheet = _drawn(document, words, pages=1)
    found = sheet.bytes()
    if sheet.pages > 1:  # how many there are is known once they are drawn
        found = _drawn(document, words, pages=sheet.pages).bytes()
    return found


def _drawn(document: Document, words: Wording, *, pages: int) -> layout.Sheet:
    page = _Page(document, words, pages)
    page.head()
    page.parties()
    page.lines()
    page.sums()
    return page.sheet


class _Page:
    """One document on its sheet, from above to below."""

    def __init__(self, document: Document, words: Wording, pages: int) -> None:
        self._document, self._words = document, words
        self._kind = DocumentKind(document.kind)
        self._form = DocumentForm(document.form)
        author = document.seller[f"name_{words.locale}"]
        footer = "\n".join(filter(None, (words.unsigned, words.translation)))
        about = layout.About(document.number, author, words.locale, document.issued_at)
        paging = f"{document.number}, {words.page} {{}}/{pages}"
        self.sheet = layout.Sheet(about, footer, paging)

    def head(self) -> None:
        """Who issues, and what this is."""
        sheet, words, seller = self.sheet, self._words, self._document.seller
        title, below = words.titles[self._kind, self._form]
        y, width = sheet.y, RIGHT - _TITLE
        sheet.y += sheet.text(title, _TITLE, width, layout.TITLE, "R")
        for text in filter(None, (below, self._marked())):
            sheet.y += sheet.text(text, _TITLE, width, QUIET, "R")
        right, sheet.y = sheet.y, y + 1.5
        name, address = (
            seller[f"{each}_{words.locale}"] for each in ("name", "address")
        )
        width = _TITLE - LEFT - _GAP
        sheet.y += sheet.text(name, width=width, style=layout.NAME)
        for text in filter(None, (address, self._registration(seller))):
            sheet.y += sheet.text(text, width=width)
        sheet.y = max(right, sheet.y) + _GAP
        sheet.rule()
        sheet.y += _GAP

    def _marked(self) -> str:
        """Return what tells the original from its translation."""
        words = self._words
        return words.original if words.translation or self._form != "RECEIPT" else ""

    def _registration(self, party: dict[str, Any]) -> str:
        words, branch = self._words, party["branch"]
        if not party["tax_id"]:
            return ""
        place = (
            words.head_office if branch == HEAD_OFFICE else f"{words.branch} {branch}"
        )
        return f"{words.tax_id} {party['tax_id']}" + (f" ({place})" if branch else "")

    def parties(self) -> None:
        """Who bought, the number and the date, and what a credit note refers to."""
        sheet, words, buyer = self.sheet, self._words, self._document.buyer
        y = sheet.y
        width = _MIDDLE - LEFT - _GAP
        sheet.y += sheet.text(words.buyer, style=NOTE)
        sheet.y += sheet.text(buyer["name"], width=width, style=STRONG)
        for text in filter(None, (buyer["address"], self._registration(buyer))):
            sheet.y += sheet.text(text, width=width)
        left, sheet.y = sheet.y, y
        for label, text in self._references():
            sheet.text(label, _MIDDLE, style=QUIET)
            sheet.y += sheet.text(text, _MIDDLE, RIGHT - _MIDDLE, align="R")
        sheet.y = max(left, sheet.y) + _GAP
        if self._document.reason:
            sheet.y += sheet.text(words.reason, style=NOTE)
            sheet.y += sheet.text(self._document.reason) + _GAP

    def _references(self) -> list[tuple[str, str]]:
        document, words = self._document, self._words
        found = [
            (words.number, document.number),
            (words.issued, self._day(document.issued_at)),
        ]
        if document.cited is not None:
            issued = datetime.fromisoformat(document.cited["issued_at"])
            found += [
                (words.cited, document.cited["number"]),
                (words.cited_date, self._day(issued)),
            ]
        return found

    def _day(self, instant: datetime) -> str:
        return wording.on_day(bangkok_date(instant), self._words.locale)

    def lines(self) -> None:
        """What was sold, or is taken back."""
        self._columns()
        for number, line in enumerate(self._document.lines, 1):
            text = line[self._words.locale]
            width = _COUNT - _TEXT - _GAP
            height, notes = self.sheet.height(text, width), self._reduced(line)
            low = self.sheet.height("0", width, NOTE)
            if self.sheet.room(height + low * len(notes) + 4):
                self._columns()
            price = in_figures(line["amount"] + line.get("discount", 0))
            self._row((str(number), text, str(line["quantity"]), price))
            self.sheet.y += height
            for note, amount in notes:
                self._row(("", note, "", in_figures(amount)), NOTE)
                self.sheet.y += low
            self.sheet.y += 2
            self.sheet.rule(PALE, 0.2)
            self.sheet.y += 2

    def _reduced(self, line: dict[str, Any]) -> list[tuple[str, int]]:
        """Return what a coupon took off a line's price, and what is left of it."""
        off, words = line.get("discount", 0), self._words
        if not off:
            return []
        note = words.discount.format(code=line["coupon"])
        return [(note, -off), (words.discounted, line["amount"])]

    def _columns(self) -> None:
        words, sheet = self._words, self.sheet
        sheet.rule()
        sheet.y += 1.5
        texts = (words.item, words.description, words.quantity, words.amount)
        self._row(texts, NOTE)
        sheet.y += 6
        sheet.rule()
        sheet.y += 2

    def _row(self, texts: tuple[str, str, str, str], style: Style = BODY) -> None:
        number, text, count, amount = texts
        write = self.sheet.text
        write(number, _NUMBER, _TEXT - _NUMBER, style)
        write(text, _TEXT, _COUNT - _TEXT - _GAP, style)
        write(count, _COUNT, _AMOUNT - _COUNT - 4, style, "R")
        write(amount, _AMOUNT, RIGHT - _AMOUNT, style, "R")

    def sums(self) -> None:
        """What it comes to, in figures and in words, and where the money went."""
        sheet, document, words = self.sheet, self._document, self._words
        sheet.room(58)
        sheet.y += 2
        values = self._values()
        if document.vat:
            height = sheet.text(words.includes_vat, style=NOTE)
            sheet.y += 0 if values else height
        for label, amount in values:
            self._sum(label, amount)
        sheet.y += 1
        sheet.rule(x=_MIDDLE)
        sheet.y += 1.5
        noted = self._kind is DocumentKind.CREDIT_NOTE
        label = words.taken_back if noted else words.total
        total = f"({wording.in_words(document.total, words.locale)})"
        sheet.text(total, width=_MIDDLE - LEFT - _GAP)
        self._sum(label, document.total, STRONG)
        sheet.rule(x=_MIDDLE)
        sheet.y += 1.5
        for label, amount in self._moved(noted=noted):
            self._sum(label, amount, NOTE)

    def _values(self) -> list[tuple[str, int]]:
        """Return the sums above the total: values, and the VAT that may be shown."""
        document, words, found = self._document, self._words, []
        if document.cited is not None:
            before, earlier = document.cited["net"], document.cited["credited"]
            found.append((words.value_before, before))
            if earlier:
                found.append((words.credited_before, -earlier))
            found.append((words.value_after, before - earlier - document.net))
            found.append((words.difference, document.net))
        elif self._form is DocumentForm.FULL:
            found.append((words.net, document.net))
        if self._form is DocumentForm.FULL or (document.cited and document.vat):
            percent = wording.rate(document.vat_basis_points)
            found.append((f"{words.vat} {percent}", document.vat))
        return found

    def _moved(self, *, noted: bool) -> list[tuple[str, int]]:
        """Return how it was paid, or where what is taken back went."""
        document, words = self._document, self._words
        granted, money = words.paid_granted, words.paid_wallet
        if noted:
            granted, money = words.back_granted, words.back_wallet
        parts = (granted, document.granted), (money, document.total - document.granted)
        return [(label, amount) for label, amount in parts if amount]

    def _sum(self, label: str, amount: int, style: Style = BODY) -> None:
        write, width = self.sheet.text, RIGHT - _MIDDLE - _FIGURES
        height = write(label, _MIDDLE, width, style)
        write(in_figures(amount), RIGHT - _FIGURES, _FIGURES, style, "R")
        self.sheet.y += height + 1
