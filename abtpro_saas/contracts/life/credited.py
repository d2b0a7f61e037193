"""Money has come into a wallet: the contract that waits for it is looked at again."""

from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.contracts.history import changed
from abtpro_saas.contracts.terms.standing import renews_itself_until
from abtpro_saas.ids import TenantId, UserId


def wallet_credited(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> bool:
    """Wake the process of the user's contract if money could renew it; tell whether."""
    contract = find_contract(session, tenant_id, user_id)
    if contract is None or not contract.auto_renew or contract.cancelled_at:
        return False
    if not contract.period_end <= now < renews_itself_until(contract):
        return False
    changed(session, contract, now)
    return True
