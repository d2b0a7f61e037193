"""Where the rows of a series come from, and what each import did, over all of them.

A series remembers every kind of origin that it ever had: what was once merged into it
cannot be told apart any more.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.words import OriginKind

MOST_IMPORTS = 20
"""So many imports are listed, the last ones; all are counted in the totals."""

_BROUGHT = {OriginKind.FILE, OriginKind.TRADES}
_COUNTS = ("rows", "replaced", "quarantined", "reordered", "trades", "cut")
_OLDER = {
    "A file that was brought": OriginKind.FILE,
    "Trades of a file that was brought": OriginKind.TRADES,
}
"""The sources of passports that kept the last origin alone, and that as a text."""


def origins_of(series: Series) -> list[str]:
    """Return the kinds of origin that a series has, each once, by name."""
    kept = series.passport.get("origins")
    return list(kept) if kept is not None else [_older_origin(series)]


def is_brought(series: Series) -> bool:
    """Tell whether somebody brought rows of a series as a file."""
    return not _BROUGHT.isdisjoint(origins_of(series))


def with_import(base: Series | None, done: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a passport says of all imports, after one more into ``base``."""
    before = [] if base is None else list(_imports_of(base))
    origins = set() if base is None else set(origins_of(base))
    return {
        "origins": sorted(origins | {str(done["origin"])}),
        "imports": [*before, dict(done)][-MOST_IMPORTS:],
        "totals": _added(_totals_of(base, before), done),
    }


def _older_origin(series: Series) -> str:
    if series.simulated:
        return OriginKind.MODEL
    return _OLDER.get(series.passport.get("source", ""), OriginKind.EXCHANGE)


def _imports_of(base: Series) -> Iterator[Mapping[str, Any]]:
    """Yield the imports of a series; an older passport knows of the last one alone."""
    if "imports" in base.passport:
        yield from base.passport["imports"]
        return
    names = ("source", "reasons", *_COUNTS[1:])
    known = {name: base.passport[name] for name in names if name in base.passport}
    yield {
        "import_id": None,
        "at": base.updated_at.isoformat(),
        "origin": _older_origin(base),
        "start": round(base.starts_at.timestamp() * 1000),
        "end": round(base.ends_at.timestamp() * 1000),
        "rows": base.rows,
        **known,
    }


def _totals_of(
    base: Series | None, imports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    if base is not None and "totals" in base.passport:
        return dict(base.passport["totals"])
    totals: dict[str, Any] = {}
    for each in imports:
        totals = _added(totals, each)
    return totals


def _added(totals: Mapping[str, Any], done: Mapping[str, Any]) -> dict[str, Any]:
    """Return totals with an import; trades stand there if any had some."""
    reasons = Counter(totals.get("reasons", {}))
    reasons.update(done.get("reasons", {}))
    names = [name for name in _COUNTS if name in totals or name in done]
    counts = {name: totals.get(name, 0) + done.get(name, 0) for name in names}
    return {
        "imports": totals.get("imports", 0) + 1,
        **counts,
        "reasons": dict(reasons),
    }
