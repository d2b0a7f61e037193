"""Where answers to marked requests are kept: with a tenant, or with the operators."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.callers import caller, operator
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import answers
from abtpro_saas.identity.platform_tables import OperatorIdempotencyKey
from abtpro_saas.identity.tables import IdempotencyKey
from abtpro_saas.ids import TenantId, UserId

Kept = IdempotencyKey | OperatorIdempotencyKey


@dataclass(frozen=True)
class Mark:
    """One marked request: what was sent where, under which key."""

    method: str
    route: str
    key: str
    request_hash: bytes
    money: bool

    @property
    def place(self) -> dict[str, str]:
        """What its owner's marks differ in."""
        return {"method": self.method, "route": self.route, "key": self.key}


class Book(Protocol):
    """One principal's marked requests, over a role that may write the effect too."""

    @property
    def owner(self) -> str:
        """Whose marks these are, unlike any other book's."""
        ...

    @property
    def context(self) -> str:
        """What sealed answers are bound to."""
        ...

    def transaction(self) -> AbstractContextManager[Session]:
        """Open the transaction of effect and answer."""
        ...

    def find(self, session: Session, mark: Mark) -> Kept | None:
        """Return what is kept under the mark."""
        ...

    def entry(self, mark: Mark, **answer: Any) -> Kept:  # noqa: ANN401 - a row's columns
        """Return the row that keeps ``answer`` under the mark."""
        ...


@dataclass(frozen=True)
class TenantBook:
    """The marked requests of one user, whichever of their keys sends them."""

    tenant_id: TenantId
    user_id: UserId

    @property
    def owner(self) -> str:
        """Whose marks these are."""
        return f"{self.tenant_id}:{self.user_id}"

    @property
    def context(self) -> str:
        """What sealed answers are bound to."""
        return answers.tenant_seal_context(self.tenant_id)

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction of the tenant."""
        return tenant_transaction(house().engine, self.tenant_id)

    def find(self, session: Session, mark: Mark) -> IdempotencyKey | None:
        """Return what is kept under the mark."""
        return session.get(IdempotencyKey, self._owned | mark.place)

    def entry(self, mark: Mark, **answer: Any) -> IdempotencyKey:  # noqa: ANN401 - as above
        """Return the row that keeps ``answer``; money's for ever."""
        values = self._owned | mark.place | answer
        return IdempotencyKey(**values, keep_forever=mark.money)

    @property
    def _owned(self) -> dict[str, Any]:
        return {"tenant_id": self.tenant_id, "principal_id": self.user_id}


@dataclass(frozen=True)
class OperatorBook:
    """The marked requests of one operator."""

    operator_id: UUID

    @property
    def owner(self) -> str:
        """Whose marks these are."""
        return f"operator:{self.operator_id}"

    @property
    def context(self) -> str:
        """What sealed answers are bound to."""
        return answers.operator_seal_context(self.operator_id)

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction of the operators' role."""
        return plain_transaction(house().operator_engine)

    def find(self, session: Session, mark: Mark) -> OperatorIdempotencyKey | None:
        """Return what is kept under the mark."""
        place = {"operator_id": self.operator_id, **mark.place}
        return session.get(OperatorIdempotencyKey, place)

    def entry(self, mark: Mark, **answer: Any) -> OperatorIdempotencyKey:  # noqa: ANN401 - as above
        """Return the row that keeps ``answer``."""
        return OperatorIdempotencyKey(
            operator_id=self.operator_id, **mark.place, **answer
        )


def book_of_caller(*, operators: bool) -> Book:
    """Return the book of who asks.

    Raises:
        UnauthenticatedError, ForbiddenError: nobody known asks, or at the wrong door.
    """
    if operators:
        return OperatorBook(operator().operator_id)
    who = caller()
    return TenantBook(who.tenant_id, who.user_id)
