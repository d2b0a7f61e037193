"""The codes of each operation's refusals: the edge's own, and those that views name.

What the edge can answer is the same for all and written here once; a view names its
rules' errors with ``refuses``. Tests hold every refusal that they meet against it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from abtpro_saas.blueprints.guard import (
    access,
    callers,
    hosts,
    idempotency,
    limits,
)
from abtpro_saas.blueprints.http import problems
from abtpro_saas.blueprints.http.pagination import CursorError
from abtpro_saas.contracts.entitlements import FeatureNeededError
from abtpro_saas.errors import DomainError, InvalidError, NotFoundError
from abtpro_saas.identity.keys.keytext import InvalidKeyError
from abtpro_saas.identity.keys.service import (
    AddressNotAllowedError,
    KeyExpiredError,
    KeyRevokedError,
)
from abtpro_saas.identity.tenants import TenantSuspendedError

View = TypeVar("View", bound=Callable[..., object])
Kind = type[DomainError]

_MARK = "_refuses"

OF_ANYBODY: tuple[Kind, ...] = (limits.RateLimitError, hosts.HostLineError)
OF_THE_KNOWN: tuple[Kind, ...] = (
    callers.NotSignedInError,
    InvalidKeyError,
    KeyExpiredError,
    KeyRevokedError,
    AddressNotAllowedError,
    callers.WrongDoorError,
    callers.CsrfError,
    TenantSuspendedError,
)
OF_TENANTS: tuple[Kind, ...] = (access.RoleError, access.ScopeError)
OF_MARKED: tuple[Kind, ...] = (
    idempotency.IdempotencyKeyError,
    idempotency.KeyReusedError,
    idempotency.InFlightError,
)


@dataclass(frozen=True)
class Traits:
    """What decides which refusals of the edge an operation can give."""

    is_open: bool
    is_operators: bool
    has_path: bool
    has_query: bool
    has_body: bool
    has_cursor: bool
    takes_key: bool
    needs_plan: bool


def refuses(*kinds: Kind) -> Callable[[View], View]:
    """Say which errors of its rules a view raises; stands above all else."""

    def mark(view: View) -> View:
        setattr(view, _MARK, kinds)
        return view

    return mark


def codes_of(view: object, traits: Traits) -> dict[int, set[str]]:
    """Return the codes that an operation refuses with, by status."""
    found: dict[int, set[str]] = defaultdict(set)
    for kind in (*_of_edge(traits), *getattr(view, _MARK, ())):
        found[problems.status_of(kind)].add(kind.code)
    for status in _of_framework(traits):
        found[status].add(problems.FRAMEWORK[status][0])
    if traits.has_body:
        found[400].add(problems.INVALID_JSON[0])
    found[503] |= {
        code
        for code, _ in (
            problems.DATABASE_AWAY,
            problems.DATABASE_BUSY,
            problems.SERVER_BUSY,
        )
    }
    return found


def _of_edge(traits: Traits) -> Iterator[Kind]:
    yield from OF_ANYBODY
    if not traits.is_open:
        yield from OF_THE_KNOWN
        if not traits.is_operators:
            yield from OF_TENANTS
    if traits.has_path:
        yield NotFoundError
    if traits.takes_key:
        yield from OF_MARKED
    if traits.needs_plan:
        yield FeatureNeededError
    if traits.has_cursor:
        yield CursorError
    if traits.has_body or traits.has_query:
        yield InvalidError


def _of_framework(traits: Traits) -> Iterator[int]:
    yield from (400, 500)
    if traits.has_body:
        yield from (408, 413, 415)
