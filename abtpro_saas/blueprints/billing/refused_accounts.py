"""Requests that ask the gateway at once tell a person where it does not accept us."""

from collections.abc import Iterator
from contextlib import contextmanager

from abtpro_saas.billing.acceptance import noting_refusal
from abtpro_saas.blueprints.guard.callers import caller
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.clock import utc_now


@contextmanager
def noting_refused_account() -> Iterator[None]:
    """Open the incident of the caller's tenant; a decorator or a block.

    Outside the request's transaction, which rolls back, and so outside ``@idempotent``.
    """
    with noting_refusal(house().engine, caller().tenant_id, utc_now()):
        yield
