"""The library itself, imported without its warnings; nobody else imports it."""

from warnings import catch_warnings, simplefilter

with catch_warnings():
    simplefilter("ignore")  # Python 3.11 finds fault with escapes in its docstrings
    import backtrader as bt

__all__ = ["bt"]
