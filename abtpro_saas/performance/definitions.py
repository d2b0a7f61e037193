"""All metrics, by key, in the order in which they are shown."""

from collections.abc import Mapping
from types import MappingProxyType

from abtpro_saas.performance.catalogue import (
    costs,
    drawdown,
    equity,
    excursion,
    holding,
    market,
    ratios,
    results,
    returns,
    risk,
    trades,
)
from abtpro_saas.performance.metric import Metric

CATALOGUE: Mapping[str, Metric] = MappingProxyType(
    {
        metric.key: metric
        for shelf in (
            equity,
            returns,
            risk,
            drawdown,
            ratios,
            market,
            trades,
            results,
            holding,
            excursion,
            costs,
        )
        for metric in shelf.METRICS
    }
)
