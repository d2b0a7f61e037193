"""What a Sharpe ratio is worth: its error, and returns that follow each other."""

from math import sqrt
from statistics import NormalDist

from abtpro_saas.performance.undefined import UndefinedError, Why

NORMAL = NormalDist()


def error_factor(sharpe: float, skewness: float, kurtosis: float) -> float:
    """Return the variance of a Sharpe ratio's estimate, times n - 1.

    Mertens (2002), as in Bailey and Lopez de Prado (2012); ``sharpe`` is per return and
    ``kurtosis`` 3 for a normal distribution.
    """
    return 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2


def probability(
    sharpe: float, least: float, count: int, skewness: float, kurtosis: float
) -> float:
    """Return how likely the true Sharpe ratio is above ``least``, from 0 to 1.

    PSR of Bailey and Lopez de Prado (2012), of ``count`` returns; ratios per return.

    Raises:
        UndefinedError: the estimate has no error to compare with.
    """
    factor = error_factor(sharpe, skewness, kurtosis)
    if factor <= 0:
        raise UndefinedError(Why.FLAT)
    return NORMAL.cdf((sharpe - least) * sqrt((count - 1) / factor))


def scale(autocorrelation: float, periods: float) -> float:
    """Return the factor that turns a Sharpe ratio per return into one of ``periods``.

    Lo (2002) for returns of which each depends on the one before (AR(1)); without
    autocorrelation it is the root of ``periods``. Its lags are whole.
    """
    rho, whole = autocorrelation, max(int(periods), 1)
    follow = 2 * rho / (1 - rho) * (1 - (1 - rho**whole) / (whole * (1 - rho)))
    return sqrt(periods / (1 + follow))
