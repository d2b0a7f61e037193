"""What growth comes to in a year."""

from math import exp, log

from abtpro_saas.performance.undefined import UndefinedError, Why


def compound(initial: float, final: float, years: float) -> float:
    """Return the growth a year, as a fraction, that leads from one to the other.

    Raises:
        UndefinedError: it is beyond what a number can hold, as of a gain in minutes.
    """
    if final <= 0:
        return -1.0
    try:
        return exp(log(final / initial) / years) - 1
    except OverflowError:
        raise UndefinedError(Why.TOO_LARGE) from None
