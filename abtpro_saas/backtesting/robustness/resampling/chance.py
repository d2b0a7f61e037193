"""Chance that repeats itself: a generator for each number of each seed."""

import numpy as np


def generator(*numbers: int) -> np.random.Generator:
    """Return the generator of these numbers: the same for the same, on any machine.

    Generators of different numbers are independent (Salmon and others, Parallel Random
    Numbers: As Easy as 1, 2, 3, 2011), so chunks may be computed in any order.
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(numbers)))


def seed_of(*numbers: int) -> int:
    """Return a seed of 32 bits for a library that makes its own generator."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
