"""Whether gateways accept our accounts: one incident an account while one does not.

What was asked stays unknown meanwhile and is asked again. The incident closes when the
gateway takes a request of the kind that it refused: one that takes our questions may
still refuse our orders.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayAccount,
    GatewayRequest,
)
from abtpro_saas.billing.incidents import open_again
from abtpro_saas.billing.words import IncidentKind
from abtpro_saas.database import run, tenant_transaction
from abtpro_saas.ids import TenantId

_CLOSE = """
UPDATE incidents SET closed_at = %(c_now)s
WHERE tenant_id = %(c_tenant)s AND kind = %(c_kind)s AND subject = %(c_subject)s
  AND closed_at IS NULL AND detail ->> 'request' = %(c_request)s
"""

_log = structlog.get_logger(__name__)


@contextmanager
def noting_refusal(
    engine: Engine, tenant_id: TenantId, now: datetime
) -> Iterator[None]:
    """Open the account's incident where its gateway does not accept it; raise on.

    Stands outside the transaction of what was asked for, which may roll back.
    """
    try:
        yield
    except AccountRefusedError as error:
        note_refusal(engine, tenant_id, error, now)
        raise


def note_refusal(
    engine: Engine, tenant_id: TenantId, error: AccountRefusedError, now: datetime
) -> None:
    """Open the account's incident, unless it is open."""
    with tenant_transaction(engine, tenant_id) as session:
        is_new = open_again(
            session,
            tenant_id,
            IncidentKind.GATEWAY_ACCOUNT_REFUSED,
            _subject(error),
            now,
            status=error.status,
            request=error.request,
            merchant_id=error.merchant_id,
        )
    if is_new:
        _log.warning(
            "gateway.account_refused",
            merchant=error.merchant_id,
            request=str(error.request),
            status=error.status,
        )


def note_acceptance(
    session: Session,
    tenant_id: TenantId,
    account: GatewayAccount,
    request: GatewayRequest,
    now: datetime,
) -> None:
    """Close the account's incident, if it was opened by such a request."""
    values = {
        "c_now": now,
        "c_tenant": tenant_id,
        "c_kind": IncidentKind.GATEWAY_ACCOUNT_REFUSED,
        "c_subject": _subject(account),
        "c_request": request,
    }
    run(session, _CLOSE, values).close()


def _subject(of: AccountRefusedError | GatewayAccount) -> str:
    return f"{of.account_id}:{of.merchant_id}"
