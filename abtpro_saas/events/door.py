"""Who may listen: asked of the database, under the tenant's own row-level security."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from psycopg_pool import AsyncConnectionPool

from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.settings import Settings

MAY_LISTEN = """
SELECT 1 FROM users u JOIN tenants t USING (tenant_id)
WHERE u.tenant_id = %(tenant)s AND u.user_id = %(user)s
  AND u.disabled_at IS NULL AND t.suspended_at IS NULL
  AND (EXISTS (
    SELECT FROM user_sessions s
    WHERE s.tenant_id = u.tenant_id AND s.user_id = u.user_id
      AND s.session_id = %(credential)s
      AND s.revoked_at IS NULL AND s.expires_at > %(now)s
  ) OR EXISTS (
    SELECT FROM api_keys k
    WHERE k.tenant_id = u.tenant_id AND k.user_id = u.user_id
      AND k.key_id = %(credential)s
      AND k.revoked_at IS NULL AND coalesce(k.expires_at > %(now)s, true)
  ))
"""

OWN_HOST = "SELECT 1 FROM tenant_hosts WHERE tenant_id = %(tenant)s AND host = %(host)s"


class Door:
    """Asks with connections of the application's role."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.pool = AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=4,
            timeout=5,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )

    async def may_listen(self, ticket: Ticket, now: datetime) -> bool:
        """Tell whether the session or API key behind the ticket still stands."""
        return await self._asks(
            MAY_LISTEN,
            ticket,
            {"credential": ticket.credential_id, "user": ticket.user_id, "now": now},
        )

    async def is_own_page(self, ticket: Ticket, origin: str) -> bool:
        """Tell whether ``origin`` is a page of the ticket's tenant."""
        base = urlsplit(self._settings.base_url)
        scheme, port = base.scheme or "http", base.port
        if not self._settings.base_url:
            port = self._settings.port
        try:
            asked = urlsplit(origin)
            if (asked.scheme, asked.port) != (scheme, port):
                return False
        except ValueError:  # no address at all
            return False
        host = asked.hostname or ""
        bare = {base.hostname or "localhost", "localhost", "127.0.0.1"}
        # The bare host shows the pages of the tenant that has it as a host.
        wanted = (base.hostname or "localhost") if host in bare else host
        return await self._asks(OWN_HOST, ticket, {"host": wanted})

    async def _asks(self, query: str, ticket: Ticket, values: dict[str, Any]) -> bool:
        tenant = str(ticket.tenant_id)
        async with self.pool.connection() as connection, connection.transaction():
            await connection.execute(
                "SELECT set_config('app.tenant_id', %s, true)", [tenant]
            )
            found = await connection.execute(query, values | {"tenant": tenant})
            return await found.fetchone() is not None
