"""What stored answers to marked requests are bound to when they are sealed."""

from uuid import UUID

from abtpro_saas.ids import TenantId


def tenant_seal_context(tenant_id: TenantId) -> str:
    """Return what an answer to somebody of a tenant is bound to."""
    return f"{tenant_id}:idempotency_keys.body"


def operator_seal_context(operator_id: UUID) -> str:
    """Return what an answer to an operator is bound to."""
    return f"{operator_id}:operator_idempotency_keys.body"
