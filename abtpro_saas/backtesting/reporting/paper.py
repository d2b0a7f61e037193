"""A report as PDF: A4, lines and letters alone, with the font that invoices have."""

from collections.abc import Sequence

from abtpro_saas.backtesting.reporting.curves import Chart, Dots
from abtpro_saas.backtesting.reporting.figures import Line
from abtpro_saas.backtesting.reporting.printed import Column, cells, columns_of
from abtpro_saas.backtesting.reporting.report import Check, Report
from abtpro_saas.backtesting.reporting.trips import trips
from abtpro_saas.backtesting.reporting.writing import NOTHING, number
from abtpro_saas.billing.invoices import layout
from abtpro_saas.billing.invoices.layout import (
    BODY,
    BOTTOM,
    GREY,
    LEFT,
    NOTE,
    PALE,
    QUIET,
    RIGHT,
    STRONG,
    WIDTH,
    Align,
    Style,
)

MOST_TRADES = 300
"""So many of a run's trades are printed; some twelve pages."""

_GAP = 5.0
_THAI = "\u0e00", "\u0e7f"
_HEAD = Style(13, bold=True)
_SMALL = Style(7.5)
_TINY = Style(7, shade=GREY)
_HIGH = {"equity": 62.0, "drawdown": 30.0}
_COLOURS = {"equity": (24, 95, 165), "held": (150, 150, 150), "drawdown": (176, 58, 46)}


def render(report: Report) -> bytes:
    """Return a report as PDF; the same run gives the same bytes."""
    page = _Page(report)
    page.head()
    page.grade()
    page.charts()
    page.months()
    page.rests_on()
    page.other_checks()
    page.trades()
    page.metrics()
    page.certificate()
    return page.sheet.bytes()


class _Sheet(layout.Sheet):
    """Shapes Thai alone: a report has thousands of figures, which need none."""

    def _cell(self, text: str, width: float, height: float, align: Align) -> None:
        self._pdf.set_text_shaping(_is_thai(text))
        super()._cell(text, width, height, align)

    def _wrapped(self, text: str, width: float, style: Style) -> list[str]:
        self._pdf.set_text_shaping(_is_thai(text))
        return super()._wrapped(text, width, style)


class _Page:
    """One report on its sheet, from above to below."""

    def __init__(self, report: Report) -> None:
        self._report = report
        title = f"{report.word('report')}: {report.title}"
        about = layout.About(title, "ABTPro", report.locale, report.completed_at)
        currency = report.word("times", currency=report.currency)
        footer = f"{report.word('promise')}\n{currency}"
        paging = f"{report.run_id[-12:]}, {report.word('page')} {{}}"
        self.sheet = _Sheet(about, footer, paging)

    def head(self) -> None:
        """What was run, and what came out in a few figures."""
        sheet, report = self.sheet, self._report
        sheet.y += sheet.text(report.word("report"), style=QUIET)
        sheet.y += sheet.text(report.title, style=layout.TITLE)
        sheet.y += sheet.text(report.market)
        sheet.y += sheet.text(report.span, style=QUIET)
        for warning in report.warnings:
            sheet.y += sheet.text(warning, style=STRONG)
        sheet.y += _GAP
        across = 3
        width = WIDTH / across
        for place in range(0, len(report.headline), across):
            y = sheet.y
            for column, line in enumerate(report.headline[place : place + across]):
                x, wide = LEFT + column * width, width - 4
                sheet.y = y
                sheet.y += sheet.text(line.title, x, wide, NOTE)
                sheet.y += sheet.text(line.value, x, wide, _HEAD)
            sheet.y += 2
        sheet.y += 2

    def charts(self) -> None:
        """Equity beside buying and holding, and drawdown below."""
        for chart in self._report.charts:
            high = _HIGH["equity" if "equity" in chart.lines else "drawdown"]
            self.sheet.room(high + 16)
            self._legend(chart)
            self._chart(chart, high)

    def _legend(self, chart: Chart) -> None:
        sheet, x = self.sheet, LEFT + 70
        height = sheet.text(chart.title, style=STRONG)
        for name in reversed(chart.lines):
            y = sheet.y + height / 2
            sheet.path([(x, y), (x + 6, y)], _COLOURS[name], 0.6)
            sheet.text(self._report.word(f"line_{name}"), x + 8, 40, NOTE)
            x += 48
        sheet.y += height + 1

    def _chart(self, chart: Chart, high: float) -> None:
        sheet, top, left = self.sheet, self.sheet.y, LEFT + 18

        def placed(dots: Dots) -> list[tuple[float, float]]:
            return [(left + x * (RIGHT - left), top + y * high) for x, y in dots]

        for tick in chart.ticks:
            sheet.path(placed([(0, tick.at), (1, tick.at)]), (220, 220, 220), 0.15)
            sheet.y = top + tick.at * high - 1.8
            sheet.text(tick.text, LEFT, 16, _TINY, "R")
        for name, dots in chart.lines.items():
            if name == "drawdown":
                area = [(0.0, 0.0), *dots, (1.0, 0.0)]
                sheet.area(placed(area), (240, 205, 200))
            sheet.path(placed(dots), _COLOURS[name], 0.3)
        sheet.y = top + high + 1
        for mark in chart.dates:
            last = mark.at == 1
            x = RIGHT - 30 if last else left + mark.at * (RIGHT - left) - 10
            sheet.text(mark.text, max(x, left), 30, _TINY, "R" if last else "L")
        sheet.y += _GAP + 1

    def months(self) -> None:
        """The return of each month, a line for a year."""
        self._section("months")
        report, width = self._report, (WIDTH - 14 - 18) / 12
        names = [*report.month_names(), report.word("whole_year")]
        self._month_row(report.word("year"), names, width, _TINY)
        for year in report.years:
            returns = [month.percent for month in year.months]
            values = ["" if each is None else number(each) for each in returns]
            self.sheet.room(6)
            texts = [*values, number(year.percent)]
            self._month_row(year.label, texts, width, _SMALL)
        self.sheet.y += _GAP

    def _month_row(
        self, label: str, texts: Sequence[str], width: float, style: Style
    ) -> None:
        sheet = self.sheet
        height = sheet.text(label, LEFT, 14, style)
        for place, text in enumerate(texts):
            wide = width if place < len(texts) - 1 else 18
            sheet.text(text, LEFT + 14 + place * width, wide, style, "R")
        sheet.y += height + 0.6
        sheet.rule(PALE, 0.1)
        sheet.y += 0.6

    def rests_on(self) -> None:
        """What was ordered, and what it assumes."""
        self._section("rests_on")
        for label, text in self._report.rests_on:
            self._pair(label, text)
        for text in self._report.assumptions:
            self.sheet.room(self.sheet.height(f"· {text}", WIDTH, NOTE))
            self.sheet.y += self.sheet.text(f"· {text}", style=NOTE)
        self.sheet.y += _GAP

    def grade(self) -> None:
        """How far it can be trusted, and what speaks against it: before any chart."""
        report, trust = self._report, self._report.trust
        self._section("trust")
        self.sheet.y += self.sheet.text(report.graded, style=STRONG) + 1
        if trust is not None and not trust.against:
            self.sheet.y += self.sheet.text(report.word("all_passed"))
        self._checks(trust.against if trust else ())
        self.sheet.y += _GAP

    def other_checks(self) -> None:
        """What speaks for it, and what nobody knows."""
        trust = self._report.trust
        if trust is None or not trust.others:
            return
        self._section("other_checks")
        self._checks(trust.others)
        self.sheet.y += _GAP

    def _checks(self, checks: Sequence[Check]) -> None:
        for check in checks:
            self._pair(check.verdict, f"{check.title}: {check.text}", NOTE)

    def trades(self) -> None:
        """The first trades: at which price in and out, and what each one cost."""
        report, count = self._report, len(self._report.record.trades)
        columns = columns_of(report)
        if not count:
            return
        self._section("trades")
        shown = min(count, MOST_TRADES)
        if shown < count:
            told = report.word("first_trades", shown=f"{shown:,}", all=f"{count:,}")
            self.sheet.y += self.sheet.text(told, style=NOTE) + 1
        names = [report.word(name) for name, *_ in columns]
        self._trade_row(columns, names, _TINY)
        for trip in trips(report.record, report.locale, 0, shown):
            found = cells(trip, report)
            texts = [found[name] for name, *_ in columns]
            if self.sheet.room(self._trade_height(columns, texts)):
                self._trade_row(columns, names, _TINY)
            self._trade_row(columns, texts, _SMALL)
        self.sheet.y += _GAP

    def _trade_height(self, columns: Sequence[Column], texts: Sequence[str]) -> float:
        wide = [width - 1 for _name, width, _align in columns]
        pairs = zip(texts, wide, strict=True)
        return max(self.sheet.height(text, width, _SMALL) for text, width in pairs)

    def _trade_row(
        self, columns: Sequence[Column], texts: Sequence[str], style: Style
    ) -> None:
        x, height = LEFT, 0.0
        for (_name, width, align), text in zip(columns, texts, strict=True):
            height = max(height, self.sheet.text(text, x, width - 1, style, align))
            x += width
        self.sheet.y += height + 0.4

    def metrics(self) -> None:
        """Every metric, with what it means."""
        self._section("metrics")
        for shelf in self._report.shelves:
            self.sheet.room(16)
            self.sheet.y += self.sheet.text(shelf.title, style=STRONG) + 1
            for line in shelf.lines:
                self._metric(line)
            self.sheet.y += 2

    def _metric(self, line: Line) -> None:
        sheet, wide = self.sheet, WIDTH - 60
        meaning = f"{line.definition} ({line.source})"
        value = f"{NOTHING} {line.reason}" if line.reason else line.value
        height = sheet.height(meaning, wide, _TINY) + sheet.height("x", wide, NOTE)
        sheet.room(height + 2)
        y = sheet.y
        sheet.text(value, RIGHT - 58, 58, Style(8.5), "R")
        sheet.y += sheet.text(line.title, LEFT, wide, Style(8.5))
        sheet.text(meaning, LEFT, wide, _TINY)
        sheet.y = y + height + 1

    def certificate(self) -> None:
        """What certifies all of this."""
        self._section("certificate")
        self.sheet.room(24)
        self.sheet.y += self.sheet.text(self._report.word("verify"), style=NOTE)
        self.sheet.y += self.sheet.text(self._report.certificate, style=_SMALL) + 1
        data = f"{self._report.word('data')}: {self._report.fingerprint}"
        self.sheet.y += self.sheet.text(data, style=_TINY)

    def _section(self, name: str) -> None:
        sheet = self.sheet
        if sheet.y + 30 > BOTTOM:
            sheet.room(BOTTOM)
        sheet.y += sheet.text(self._report.word(name), style=_HEAD)
        sheet.rule()
        sheet.y += 2

    def _pair(self, label: str, text: str, style: Style = BODY) -> None:
        sheet, wide = self.sheet, WIDTH - 52
        low = max(sheet.height(label, 48, QUIET), sheet.height(text, wide, style))
        sheet.room(low + 1)
        sheet.text(label, LEFT, 48, QUIET)
        sheet.text(text, LEFT + 52, wide, style)
        sheet.y += low + 0.5


def _is_thai(text: str) -> bool:
    return any(_THAI[0] <= letter <= _THAI[1] for letter in text)
