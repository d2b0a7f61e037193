"""Indicators computed once where several runs, or one run's rules, ask for the same.

While ``sharing`` lasts, what an indicator says of the candles is kept, and found again.
It is read-only, as everybody is given the same.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import numpy as np

from abtpro_saas.plugins.api.candles import Candles

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

ROOM = 192 * 2**20
"""Bytes that a shelf takes at most. Full, it keeps what it has: of things that come
round in turn, the one thrown away would always be the next one asked for."""


class Shelf:
    """What indicators have said of arrays that nobody changes meanwhile."""

    def __init__(self, market: Sequence[Candles], room: int = ROOM) -> None:
        """``market`` are the candles of the runs that share."""
        self._known: dict[Hashable, object] = {}
        self._found: dict[Hashable, object] = {}
        self._room = room
        for candles in market:
            self._know(candles.open, candles.high, candles.low)
            self._know(candles.close, candles.volume)

    def find(self, indicator: Callable[..., Found], asked: tuple[object, ...]) -> Found:
        """Return what ``indicator`` says; of known arrays it is asked but once."""
        names = [_name(each) for each in asked]
        arrays = zip(names, asked, strict=True)
        if any(isinstance(it, np.ndarray) and n not in self._known for n, it in arrays):
            return indicator(*asked)
        key = (indicator, *names)
        if key not in self._found:
            found = indicator(*asked)
            parts = [it for it in _parts(found) if isinstance(it, np.ndarray)]
            self._room -= sum(part.nbytes for part in parts)
            if self._room < 0:
                self._room = 0
                return found
            for part in parts:
                part.flags.writeable = False
            self._know(*parts)
            self._found[key] = found
        return cast("Found", self._found[key])

    def _know(self, *arrays: object) -> None:
        self._known |= {_name(each): each for each in arrays}


def _parts(found: object) -> tuple[object, ...]:
    return found if isinstance(found, tuple) else (found,)


def _name(asked: object) -> Hashable:
    """Return where an array lies in memory, or a number itself."""
    if isinstance(asked, np.ndarray):
        at = asked.__array_interface__["data"][0]
        return at, asked.shape, asked.strides, asked.dtype.char
    return asked


_SHELF: ContextVar[Shelf | None] = ContextVar("shelf", default=None)


@contextmanager
def sharing(shelf: Shelf) -> Iterator[None]:
    """Let this thread's indicators find, and leave, what they say on a shelf."""
    before = _SHELF.set(shelf)
    try:
        yield
    finally:
        _SHELF.reset(before)


def shared(indicator: Callable[Asked, Found]) -> Callable[Asked, Found]:
    """Return an indicator that is asked but once while ``sharing`` lasts."""

    @wraps(indicator)
    def find(*asked: Asked.args, **named: Asked.kwargs) -> Found:
        shelf = _SHELF.get()
        if shelf is None or named:
            return indicator(*asked, **named)
        return shelf.find(indicator, asked)

    return find
