"""Who is asking, and from where."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import TenantId, UserId


@dataclass(frozen=True)
class Origin:
    """Where a request comes from; it is written beside what the request did."""

    address: str
    user_agent: str = ""
    request_id: str | None = None


@dataclass(frozen=True)
class Caller:
    """A person of one tenant, signed in or speaking through an API key."""

    tenant_id: TenantId
    tenant_slug: str
    user_id: UserId
    role: Role
    scopes: frozenset[str]
    via: Literal["session", "key"]
    credential_id: UUID
    address: str


@dataclass(frozen=True)
class OperatorCaller:
    """Somebody who runs the platform; has no tenant and opens no tenant's doors."""

    operator_id: UUID
    email: str
    via: Literal["session", "key"]
    credential_id: UUID
    address: str
