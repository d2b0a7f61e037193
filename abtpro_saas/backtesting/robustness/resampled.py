"""Monte Carlo: the same run as it might have gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Resampling(StrEnum):
    """What is drawn anew."""

    TRADE_SHUFFLE = "trade_shuffle"
    TRADE_BOOTSTRAP = "trade_bootstrap"
    BLOCK_BOOTSTRAP = "block_bootstrap"
    CANDLE_NOISE = "candle_noise"


@dataclass(frozen=True)
class MonteCarlo:
    """How often, and how; ``ruin`` is the loss of capital that counts as ruin.

    ``block`` is the mean length in days of the blocks that a bootstrap draws, None a
    third root of the days; ``noise`` the standard deviation of what candles are moved
    by, as a fraction of their own range.
    """

    method: Resampling
    simulations: int = 1_000
    seed: int = 0
    ruin: float = 0.5
    block: float | None = None
    noise: float = 0.25


def plan_json(plan: MonteCarlo) -> dict[str, Any]:
    """Return a plan as JSON keeps it."""
    raise NotImplementedError


def plan_from(given: Mapping[str, Any]) -> MonteCarlo:
    """Return the plan that ``plan_json`` wrote, or that a request asks for.

    Raises:
        OrderError: a member cannot be used; ``field`` names it, as ``simulations``.
    """
    raise NotImplementedError
