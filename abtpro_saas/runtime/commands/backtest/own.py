"""A strategy of the caller's own, from a file on the caller's own machine.

The file is run as any program of theirs: with their rights, and without a sandbox. The
service never does this.
"""

import hashlib
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getmembers, isabstract, isclass
from pathlib import Path
from types import ModuleType
from typing import Any
from warnings import catch_warnings, simplefilter

from abtpro_saas.backtesting.engines.bt import Native
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.parameters import Integer, Number, Parameter, Text
from abtpro_saas.plugins.api.strategies import Strategy

FIELD = "strategy_file"
MODULE = "abtpro_strategy_file"
LARGEST = 10**12
_VERSION_DIGITS = 16


@dataclass(frozen=True)
class Own:
    """A strategy of the caller's, and the engine that alone can run it, if any."""

    strategy: Strategy
    engine: EngineName | None


def own_strategy(file: Path, name: str | None) -> Own:
    """Return the strategy of this name in a file, or the only one there.

    It extends a class of ``plugins/api/strategies.py``, or ``backtrader.Strategy``.

    Raises:
        InvalidError: the file cannot be run, or has no such strategy.
    """
    found = _strategies(_loaded(file))
    if not found:
        raise InvalidError(f"{file} defines no strategy", FIELD)
    named = ", ".join(found)
    if name is None and len(found) > 1:
        raise InvalidError(f"{file} defines several: name one of {named}", FIELD)
    chosen = found.get((name or next(iter(found))).upper())
    if chosen is None:
        raise InvalidError(f"{file} defines no {name}; there are: {named}", FIELD)
    is_native = _is_native(chosen)
    strategy: Any = native(chosen) if is_native else chosen()
    strategy.name = _name_of(chosen)
    # A certificate tells one state of the file from another.
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    strategy.version = f"file:{digest[:_VERSION_DIGITS]}"
    return Own(strategy, EngineName.BACKTRADER if is_native else None)


def native(kind: type[Any]) -> Native:
    """Return a ``backtrader.Strategy`` class as a strategy: numbers are parameters."""
    made: Any = Native(kind)
    declared = (_declared(*pair) for pair in kind.params._getitems())  # noqa: SLF001 - backtrader's own way
    made.parameters = tuple(each for each in declared if each is not None)
    strategy: Native = made
    return strategy


def _declared(name: str, default: object) -> Parameter | None:
    meaning = Text(f"The class's own {name}.", f"{name} ของคลาส")
    if isinstance(default, bool) or not isinstance(default, int | float):
        return None  # it keeps its default
    if isinstance(default, int):
        return Integer(name, default, -LARGEST, LARGEST, meaning)
    return Number(name, default, -float(LARGEST), float(LARGEST), meaning)


def _loaded(file: Path) -> ModuleType:
    if not file.is_file():
        raise InvalidError(f"there is no file {file}", FIELD)
    spec = spec_from_file_location(MODULE, file.resolve())
    if spec is None or spec.loader is None:
        raise InvalidError(f"{file} is no Python file", FIELD)
    module = module_from_spec(spec)
    sys.modules[MODULE] = module  # dataclasses look their module up
    try:
        with catch_warnings():
            simplefilter("ignore")  # backtrader's own, where the file imports it
            spec.loader.exec_module(module)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise InvalidError(f"{file} cannot be run: {told}", FIELD) from error
    return module


def _strategies(module: ModuleType) -> dict[str, type[Any]]:
    """Return the strategies that a file defines itself, by name in capitals."""
    classes = [
        each
        for _, each in getmembers(module, isclass)
        if each.__module__ == MODULE and not isabstract(each)
    ]
    return {
        _name_of(each).upper(): each
        for each in classes
        if issubclass(each, Strategy) or _is_native(each)
    }


def _name_of(kind: type[Any]) -> str:
    return kind.__name__ if _is_native(kind) else getattr(kind, "name", kind.__name__)


def _is_native(kind: type[Any]) -> bool:
    """Tell whether a class extends backtrader's; whoever does has imported it."""
    library = sys.modules.get("backtrader")
    return library is not None and issubclass(kind, library.Strategy)
