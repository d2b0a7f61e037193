"""What a study can be asked for, in words."""

from collections.abc import Mapping

from flask_babel import gettext as _

from abtpro_saas.backtesting.robustness.resampled import Resampling
from abtpro_saas.backtesting.robustness.search import Method
from abtpro_saas.backtesting.robustness.searching.objectives import sign_of
from abtpro_saas.backtesting.robustness.walking import Choose, Mode
from abtpro_saas.blueprints.pages.backtests.words import in_words
from abtpro_saas.performance.definitions import CATALOGUE

OBJECTIVES = (
    *("sharpe_ratio", "sortino_ratio", "calmar_ratio", "total_return", "profit_factor"),
    *("expectancy_percent", "sqn", "ulcer_performance", "max_drawdown", "volatility"),
)
"""What the form offers to look for; the API takes more."""


def methods() -> list[tuple[str, str, str]]:
    """Return each way to search, with its label and what it is good for."""
    return [
        (
            Method.GRID.value,
            _("Grid"),
            _("Every combination: the whole picture, for two or three parameters."),
        ),
        (
            Method.RANDOM.value,
            _("Random"),
            _("So many combinations by chance: a fair sample of a large space."),
        ),
        (
            Method.BAYESIAN.value,
            _("Bayesian"),
            _("Learns where to look: fewer trials in a large space, and easier luck."),
        ),
    ]


def objectives() -> list[tuple[str, str]]:
    """Return what can be looked for, and which way is better."""
    found = []
    for key in OBJECTIVES:
        title = in_words(CATALOGUE[key].title)
        less = sign_of(key) < 0
        found.append((key, _("%(what)s (the least)", what=title) if less else title))
    return found


def modes() -> list[tuple[str, str]]:
    """Return how the training part of windows may move."""
    return [
        (Mode.ROLLING.value, _("Rolling: each window trains on as much time")),
        (Mode.ANCHORED.value, _("Anchored: each trains on all from the beginning")),
    ]


def chosen() -> list[tuple[str, str]]:
    """Return which trial a window can go on with."""
    return [
        (Choose.BEST.value, _("The best one")),
        (Choose.STABLE.value, _("The stable one: good beside its neighbours")),
    ]


def resamplings() -> list[tuple[str, str, str]]:
    """Return what a Monte Carlo can draw anew, and what that answers."""
    return [
        (
            Resampling.TRADE_SHUFFLE.value,
            _("Shuffle the trades"),
            _("The same trades in another order: how deep it could have fallen."),
        ),
        (
            Resampling.TRADE_BOOTSTRAP.value,
            _("Draw trades"),
            _("Trades drawn with repetition: what another sample could have made."),
        ),
        (
            Resampling.BLOCK_BOOTSTRAP.value,
            _("Draw days in blocks"),
            _("Blocks of days drawn: good and bad spells stay together."),
        ),
        (
            Resampling.CANDLE_NOISE.value,
            _("Noise on the candles"),
            _("Prices moved a little and traded anew: does the edge need exact ones?"),
        ),
    ]


def method_words() -> Mapping[str, str]:
    """Return how the ways to search are called."""
    return {value: label for value, label, _words in methods()}


def resampling_words() -> Mapping[str, str]:
    """Return how the kinds of Monte Carlo are called."""
    return {value: label for value, label, _words in resamplings()}
