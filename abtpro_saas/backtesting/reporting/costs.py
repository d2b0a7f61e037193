"""What an order says of costs, size and margin, as people read it: in percent.

Setups come as JSON keeps them, in rows and certificates alike; see ``setup_json``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from abtpro_saas.backtesting.reporting.labels import LABELS, SLIPPAGE, SLIPPED
from abtpro_saas.backtesting.reporting.writing import in_language, per_cent


def slippage_told(model: str, value: float, locale: str) -> str:
    """Return a model of slippage in words, with how much in percent of the price."""
    title = in_language(SLIPPAGE[str(model) if value else "none"], locale)
    how_much = SLIPPED.get(str(model))
    if how_much is None or not value:
        return title
    rate = f"{per_cent(value)}%"
    return f"{title} · {in_language(how_much, locale).format(rate=rate)}"


def fees_told(maker: float, taker: float, locale: str) -> str:
    """Return both fees, in percent of what is traded."""
    return _told("fee_rates", locale, maker=per_cent(maker), taker=per_cent(taker))


def sizing_told(setup: Mapping[str, Any], locale: str) -> str:
    """Return how much each entry commits, and whether there are short positions."""
    part = _told("sizing", locale, part=f"{per_cent(setup['fraction'])}%")
    return f"{part} · {_told('shorts' if setup['shorts'] else 'long_only', locale)}"


def leverage_told(setup: Mapping[str, Any], locale: str) -> str:
    """Return the leverage that was ordered; nothing of a spot market."""
    margin = setup.get("margin")
    return _told("leverage", locale, times=f"{margin['leverage']:g}") if margin else ""


def terms_told(setup: Mapping[str, Any], locale: str) -> Iterator[tuple[str, str]]:
    """Yield the terms of a perpetual contract, each under its name."""
    margin, funding = setup.get("margin"), setup.get("funding")
    if margin:
        rates = {
            "maintenance": per_cent(margin["maintenance"]),
            "fee": per_cent(margin["liquidation_fee"]),
        }
        told = _told("margin_rates", locale, **rates)
        title = _told("perpetual", locale)
        yield title, f"{leverage_told(setup, locale)}, {told}"
    if margin or funding:
        yield _told("funding", locale), _funding_told(funding, locale)


def _funding_told(funding: Mapping[str, Any] | None, locale: str) -> str:
    if not funding:
        return _told("unfunded", locale)
    if funding.get("rate") is None:
        return _told("market_funding", locale)
    rate, hours = f"{100 * funding['rate']:g}", f"{funding['interval_hours']:g}"
    return _told("fixed_funding", locale, rate=rate, hours=hours)


def _told(name: str, locale: str, **values: str) -> str:
    return in_language(LABELS[name], locale).format(**values)
