"""What trading costs, as people read it: in percent, whatever the model."""

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
    words = in_language(LABELS["fee_rates"], locale)
    return words.format(maker=per_cent(maker), taker=per_cent(taker))
