"""What the API says of metrics: each with its words, its unit and its source."""

from collections.abc import Mapping, Sequence
from typing import Any

from abtpro_saas.blueprints.backtest.answers import reasons
from abtpro_saas.performance.metric import Metric
from abtpro_saas.performance.metrics import CATALOGUE
from abtpro_saas.plugins.api.parameters import Text

Values = Mapping[str, float | None]


def metrics_answer(
    values: Values, undefined: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return every metric that a run has, with what it means."""
    why = reasons(undefined)
    return [
        {
            **_named(metric),
            "group": metric.group,
            "definition": words(metric.definition),
            "source": metric.source,
            "value": values[key],
            "reason": why.get(key),
        }
        for key, metric in CATALOGUE.items()
        if key in values
    ]


def compared_answer(runs: Sequence[Values]) -> list[dict[str, Any]]:
    """Return every metric with its value in each run."""
    return [
        {**_named(metric), "values": [values.get(key) for values in runs]}
        for key, metric in CATALOGUE.items()
    ]


def words(text: Text) -> dict[str, str]:
    """Return a text in each language."""
    return {"en": text.en, "th": text.th}


def _named(metric: Metric) -> dict[str, Any]:
    return {"key": metric.key, "unit": metric.unit, "title": words(metric.title)}
