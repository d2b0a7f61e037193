"""Who is told that money has come into a wallet: the list of rooms that wait."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from abtpro_saas.contracts.life.credited import wallet_credited
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId, UserId


def tell_credited(engine: Engine, tenant_id: str, user_id: str, at: datetime) -> bool:
    """Tell each room; return whether one of them waited. Repeats do no harm."""
    tenant = TenantId(UUID(tenant_id))
    with tenant_transaction(engine, tenant) as session:
        return wallet_credited(session, tenant, UserId(UUID(user_id)), at)
