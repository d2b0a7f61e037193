"""The words of markets: where rows come from, why some were put aside or none came."""

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from abtpro_saas.markets.imports.provenance import origins_of
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.words import OriginKind

ASIDE = {
    "not_a_time": _l("Without a time that can be read"),
    "not_a_number": _l("Without a number where one should be"),
    "time_off_grid": _l("Not at the beginning of a candle"),
    "not_finite": _l("With an infinite number"),
    "not_positive": _l("With a price or volume below zero, or a price of zero"),
    "out_of_range": _l("With a price that nobody can mean"),
    "high_too_low": _l("With a high below another price"),
    "low_too_high": _l("With a low above another price"),
    "unfinished": _l("Not yet finished"),
    "rate_too_large": _l("With a rate beyond 50%: is it in percent?"),
    "out_of_span": _l("Outside of the days that the file was said to cover"),
    "to_come": _l("Of a time that is to come"),
    "duplicate": _l("The same row a second time"),
    "contradiction": _l("Another row for a time that was there already"),
}
"""What is said of rows that were put aside, by their reason."""

FAULTS = {
    "exchange_unavailable": _l(
        "The exchange did not answer, again and again. Try again later."
    ),
    "exchange_refused": _l(
        "The exchange has no such market or time frame, or does not serve this place."
    ),
    "reader_killed": _l(
        "What read the file was ended, again and again. Try again later."
    ),
    "nothing_imported": _l("There was no row that could be used."),
    "unreadable_file": _l(
        "The file cannot be read: it needs the columns timestamp, open, high, low,"
        " close and volume, or those of trades: timestamp, price and amount; one of"
        " funding needs timestamp and rate."
    ),
}
"""What is said of an import that failed, by its code."""

ORIGINS = {
    OriginKind.MODEL: _l("A market model of ABTPro: no real market was like this"),
    OriginKind.FILE: _l("A file that was brought"),
    OriginKind.TRADES: _l("The trades of a file that was brought"),
}
"""What is said of where rows of a series come from, but for an exchange."""


def origins_told(series: Series) -> str:
    """Return where the rows of a series come from, in words."""
    return " · ".join(_origin(series, each) for each in origins_of(series))


def imports_told(series: Series) -> list[dict[str, Any]]:
    """Return the imports that a passport lists, newest first, with their words."""
    return [
        dict(each)
        | {
            "at": datetime.fromisoformat(each["at"]),
            "words": _origin(series, each["origin"]),
            "why": [
                (ASIDE.get(reason, reason), count)
                for reason, count in each.get("reasons", {}).items()
            ],
        }
        for each in reversed(series.passport.get("imports", ()))
    ]


def _origin(series: Series, kind: str) -> str:
    asked = gettext("%(exchange)s, which was asked", exchange=series.exchange)
    return str(ORIGINS.get(OriginKind(kind), asked))
