"""Bayesian search: Optuna's tree-structured Parzen estimator, told all that was tried.

Bergstra, Bardenet, Bengio and Kegl, Algorithms for Hyper-Parameter Optimization, 2011.
The study lives in memory for one batch, seeded by the search and the batch's number.
"""

from collections.abc import Sequence

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from abtpro_saas.backtesting.robustness.resampling.chance import seed_of
from abtpro_saas.backtesting.robustness.search import Dimension, Range, Search
from abtpro_saas.backtesting.robustness.searching.drawing import draw
from abtpro_saas.backtesting.robustness.searching.objectives import sign_of
from abtpro_saas.backtesting.robustness.searching.space import Choices
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.plugins.api.parameters import Value, Values

STARTUP = 10
"""Trials by chance before the first that learns."""
_TRIES = 40
"""Suggestions in search of one that goes together and was not tried before."""


def suggestions(
    choices: Choices, numbers: range, earlier: Sequence[Trial]
) -> list[Values]:
    """Return a combination that was not tried for each of the trials ``numbers``.

    Fewer where nothing new goes together.
    """
    axes = _Axes(choices)
    study = _study(choices.search, axes, numbers.start, earlier)
    tried = {choices.key(each.values) for each in earlier}
    found: list[Values] = []
    for number in numbers:
        chosen = _suggested(study, choices, axes, tried) or draw(choices, number, tried)
        if chosen is not None:
            tried.add(choices.key(chosen))
            found.append(chosen)
    return found


class _Axes:
    """Where values lie, as Optuna knows it: by their places, but for ranges."""

    def __init__(self, choices: Choices) -> None:
        self._points = choices.axes
        self._places = {
            name: {value: place for place, value in enumerate(values)}
            for name, values in choices.axes.items()
            if values is not None
        }
        self.distributions = {
            name: _distribution(each, choices.axes[name])
            for name, each in choices.search.space.items()
        }

    def place(self, name: str, value: Value) -> int | float:
        """Return where a value lies."""
        places = self._places.get(name)
        return float(value) if places is None else places[value]

    def value(self, name: str, place: float) -> Value:
        """Return the value that lies there."""
        values = self._points[name]
        return place if values is None else values[int(place)]


def _distribution(
    dimension: Dimension, values: Sequence[Value] | None
) -> BaseDistribution:
    """Return where values of a dimension may lie; words have no order."""
    if values is None and isinstance(dimension, Range):
        return FloatDistribution(dimension.low, dimension.high)
    count = len(values or ())
    if any(isinstance(each, str) for each in values or ()):
        return CategoricalDistribution(tuple(range(count)))
    return IntDistribution(0, count - 1)


def _study(
    search: Search, axes: _Axes, first: int, earlier: Sequence[Trial]
) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    more = sign_of(search.objective) > 0
    study = optuna.create_study(
        storage=optuna.storages.InMemoryStorage(),
        sampler=optuna.samplers.TPESampler(
            n_startup_trials=STARTUP,
            multivariate=True,
            seed=seed_of(search.seed, 2, first),
        ),
        direction=StudyDirection.MAXIMIZE if more else StudyDirection.MINIMIZE,
    )
    study.add_trials([_told(search, axes, each) for each in earlier])
    return study


def _told(search: Search, axes: _Axes, trial: Trial) -> FrozenTrial:
    """Return a trial as Optuna knows it; one that does not count is pruned: bad."""
    return create_trial(
        state=TrialState.COMPLETE if trial.feasible else TrialState.PRUNED,
        value=trial.score if trial.feasible else None,
        params={name: axes.place(name, trial.values[name]) for name in search.space},
        distributions=axes.distributions,
    )


def _suggested(
    study: optuna.Study, choices: Choices, axes: _Axes, tried: set[tuple[Value, ...]]
) -> Values | None:
    for _ in range(_TRIES):
        trial = study.ask(axes.distributions)
        places = trial.params.items()
        found = choices.whole({name: axes.value(name, at) for name, at in places})
        if found is not None and choices.key(found) not in tried:
            return found  # its trial runs on: those after it look elsewhere
        study.tell(trial, state=TrialState.FAIL)
    return None
