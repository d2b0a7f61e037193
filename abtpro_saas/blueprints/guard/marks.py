"""What a view says about itself: whether it is open without a key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "open_to_all"


@dataclass(frozen=True)
class Openness:
    """How open a view is: ``limited`` ones count the address's requests."""

    limited: bool = True


def open_to_all(*, limited: bool = True) -> Callable[[View], View]:
    """Let a view (or a whole MethodView) answer without a key.

    Every other API view answers 401 to who is not known, before its body is read.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, Openness(limited))
        return view

    return mark


def openness(app: Flask, endpoint: str, method: str) -> Openness | None:
    """Return how open the view of ``endpoint`` is, or None where it needs a key."""
    view = app.view_functions.get(endpoint)
    resource = getattr(view, "view_class", None)
    handler = getattr(resource, method.lower(), None)
    for candidate in (handler, resource, view):
        found = getattr(candidate, _MARK, None)
        if isinstance(found, Openness):
            return found
    return None
