"""What happens to an account is told to its owner, in the transaction of what happens.

The former address hears of a new one, and whoever lost a second factor that it is gone:
a thief who did it cannot keep the owner from knowing.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.access import second_factor
from abtpro_saas.identity.access.credentials import NewPassword, ProvenEmail
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.notifications.invitations import PLATFORM
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify


def tell_new_password(
    session: Session, new: NewPassword, address: str, now: datetime
) -> None:
    """Say that a password has replaced another, and which API keys are left."""
    user, kind = new.user, NoticeKind.PASSWORD_CHANGED
    params = {
        "at": now.isoformat(),
        "address": address,
        "keys_revoked": str(new.keys_revoked),
        "keys_left": str(new.keys_left),
    }
    notify(session, user.tenant_id, user.user_id, kind, params, now)


def tell_new_email(
    session: Session, proven: ProvenEmail, address: str, now: datetime
) -> None:
    """Tell the former address that the account has another; without one, nobody.

    The new address is not named: some change theirs because others read the old one.
    """
    if proven.former is None:
        return
    user, kind = proven.user, NoticeKind.EMAIL_CHANGED
    params = {
        "at": now.isoformat(),
        "address": address,
        "brand": tenants.get_tenant(session, user.tenant_id).name,
    }
    notify(
        session,
        user.tenant_id,
        user.user_id,
        kind,
        params,
        now,
        address=proven.former,
    )


def remove_second_factor(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    now: datetime,
    *,
    by: UserId | None,
) -> bool:
    """Take a lost second factor from somebody, and tell them who did.

    ``by`` is an admin, None is the platform's operator. Tells whether there was one;
    where there was none, nobody is told.

    Raises:
        NotFoundError: the tenant has no such person.
        OwnSecondFactorError: it is the admin's own.
    """
    if not second_factor.remove(session, tenant_id, user_id, now, by=by):
        return False
    name = PLATFORM if by is None else people.get_user(session, tenant_id, by).name
    params = {"at": now.isoformat(), "by": name}
    kind = NoticeKind.SECOND_FACTOR_REMOVED
    notify(session, tenant_id, user_id, kind, params, now)
    return True


def switch_second_factor_off(
    session: Session, tenant_id: TenantId, user_id: UserId, address: str, now: datetime
) -> None:
    """Let somebody sign in with the password alone again, and tell them, once.

    Raises:
        NotFoundError: the tenant has no such person.
    """
    if not second_factor.switch_off(session, tenant_id, user_id):
        return
    params = {"at": now.isoformat(), "address": address}
    kind = NoticeKind.SECOND_FACTOR_OFF
    notify(session, tenant_id, user_id, kind, params, now)
