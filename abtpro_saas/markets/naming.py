"""The names of exchanges and symbols, as they are kept whatever case they came in."""

import re

from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.words import SIMULATED

_EXCHANGE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}", re.ASCII)
_SYMBOL = re.compile(r"[A-Z0-9]{1,20}/[A-Z0-9]{1,20}(?::[A-Z0-9]{1,20})?", re.ASCII)


class MarketNameError(InvalidError):
    """No exchange or symbol is called so, or nothing may be imported under the name."""

    code = "invalid_market_name"


def exchange_name(text: str) -> str:
    """Return the name of an exchange in small letters.

    Raises:
        MarketNameError: it has other than letters, digits and ``_.-``, or over 40.
    """
    name = text.strip().lower()
    if _EXCHANGE.fullmatch(name) is None:
        raise MarketNameError(
            "an exchange's name has 1 to 40 letters, digits, dots and hyphens",
            "exchange",
        )
    return name


def own_exchange_name(text: str) -> str:
    """Return the name under which candles may be imported.

    Raises:
        MarketNameError: it is no name, or the one of candles that are simulated.
    """
    name = exchange_name(text)
    if name == SIMULATED:
        raise MarketNameError(
            f"{SIMULATED} is the name of simulated candles: choose another", "exchange"
        )
    return name


def symbol_name(text: str) -> str:
    """Return a symbol such as ``BTC/USDT`` in capital letters.

    Raises:
        MarketNameError: it is not two currencies with a slash between.
    """
    name = text.strip().upper()
    if _SYMBOL.fullmatch(name) is None:
        raise MarketNameError("a symbol is written as BTC/USDT", "symbol")
    return name


def perpetual_name(text: str) -> str:
    """Return a perpetual such as ``BTC/USDT:USDT``; a pair's is settled in its quote.

    Raises:
        MarketNameError: it is not two currencies with a slash between.
    """
    name = symbol_name(text)
    return name if ":" in name else f"{name}:{name.partition('/')[2]}"
