"""Monte Carlo: the same run as it might have gone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from abtpro_saas.backtesting.robustness.reading import LARGEST_SEED, Members
from abtpro_saas.errors import Faults

RUIN, NOISE = 0.5, 0.25


class Resampling(StrEnum):
    """What is drawn anew."""

    TRADE_SHUFFLE = "trade_shuffle"
    TRADE_BOOTSTRAP = "trade_bootstrap"
    BLOCK_BOOTSTRAP = "block_bootstrap"
    CANDLE_NOISE = "candle_noise"


USUAL = dict.fromkeys(Resampling, 1_000) | {Resampling.CANDLE_NOISE: 100}
MOST = dict.fromkeys(Resampling, 10_000) | {Resampling.CANDLE_NOISE: 1_000}
"""Simulations: of candle noise each is a run of the strategy."""


@dataclass(frozen=True)
class MonteCarlo:
    """How often, and how; ``ruin`` is the loss of capital that counts as ruin.

    ``block`` is the mean length in days of the blocks that a bootstrap draws, None the
    third root of the days; ``noise`` the standard deviation of what closes are moved
    by, as a fraction of their candle's range.
    """

    method: Resampling
    simulations: int = 1_000
    seed: int = 0
    ruin: float = RUIN
    block: float | None = None
    noise: float = NOISE


def plan_json(plan: MonteCarlo) -> dict[str, Any]:
    """Return a plan as JSON keeps it."""
    return asdict(plan)


def plan_from(given: Mapping[str, Any], faults: Faults | None = None) -> MonteCarlo:
    """Return the plan that ``plan_json`` wrote, or that a request asks for.

    Given ``faults``, members that cannot be used are noted there.

    Raises:
        OrderError: members cannot be used; ``field`` names one, as ``simulations``.
    """
    members = Members(given, faults=Faults() if faults is None else faults)
    method = members.word("method", Resampling)
    many = members.whole("simulations", USUAL[method], 10, MOST[method])
    ruin = members.number("ruin", 0.01, 0.99)
    noise = members.number("noise", 0.001, 1.0)
    plan = MonteCarlo(
        method=method,
        simulations=many,
        seed=members.whole("seed", 0, 0, LARGEST_SEED),
        ruin=RUIN if ruin is None else ruin,
        block=members.number("block", 1.0, 1_000.0),
        noise=NOISE if noise is None else noise,
    )
    if faults is None:
        members.faults.tell()
    return plan
