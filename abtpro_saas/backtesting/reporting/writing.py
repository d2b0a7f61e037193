"""Figures of backtests as people read them: pages and files write the same."""

from datetime import UTC, datetime, timedelta

from abtpro_saas import formats
from abtpro_saas.performance.metric import Unit
from abtpro_saas.plugins.api.parameters import Text

NOTHING = "--"
_CLOSE = 1_000
"""From this on, amounts are written with two decimals."""


def in_language(text: Text, locale: str) -> str:
    """Return a text in Thai or in English."""
    return text.th if locale == "th" else text.en


def quote_of(symbol: str) -> str:
    """Return the currency that a symbol is priced in: ``USDT`` of ``BTC/USDT``."""
    return symbol.partition("/")[2].partition(":")[0]


def rounded(value: float, digits: int = 2) -> float:
    """Return a figure as it is written, wherever it is: the nearest decimal to it."""
    return round(value, digits)


def percent(value: float, *, signed: bool = True) -> str:
    """Write 12.345 as ``+12.35%``."""
    return formats.format_percent(round(rounded(value) * 100), signed=signed)


def per_cent(part: float) -> str:
    """Write a part in percent without the sign of it, as fine as it is: ``0.075``.

    For fees and slippage, of which two digits would tell another rate.
    """
    whole, _, rest = f"{100 * part:,.6f}".rstrip("0").partition(".")
    return f"{whole}.{rest:0<2}"


def number(value: float, *, digits: int = 2) -> str:
    """Write a figure with separators and a true minus sign."""
    text = f"{abs(rounded(value, digits)):,.{digits}f}"
    is_nothing = not text.strip("0.,")
    return text if value >= 0 or is_nothing else formats.MINUS + text


def price(value: float) -> str:
    """Write a price or a quantity with the digits that tell it apart."""
    size = abs(value)
    digits = 2 if size >= _CLOSE else 4 if size >= 1 else 8
    return number(value, digits=digits)


def signed(value: float, currency: str = "") -> str:
    """Write a profit or a loss with its sign."""
    text = number(value)
    return f"{'+' if value > 0 else ''}{text} {currency}".strip()


def at_ms(milliseconds: float) -> datetime:
    """Return milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def utc_day(milliseconds: float, locale: str) -> str:
    """Write the UTC day of an instant."""
    return formats.format_day(at_ms(milliseconds).date(), locale)


def measured(value: float, unit: Unit, currency: str, locale: str) -> str:
    """Write a value in its unit."""
    writers = {
        Unit.PERCENT: lambda: f"{number(value)}%",
        Unit.QUOTE: lambda: f"{number(value)} {currency}",
        Unit.RATIO: lambda: number(value),
        Unit.BARS: lambda: number(value, digits=1 if value % 1 else 0),
        Unit.SECONDS: lambda: formats.format_lasting(timedelta(seconds=value), locale),
        Unit.COUNT: lambda: number(value, digits=0),
        Unit.DATE: lambda: formats.format_instant(at_ms(value), locale),
    }
    return writers[unit]()
