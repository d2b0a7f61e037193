"""Invitations: a mailed link lets a member choose a password at their own tenant."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abtpro_saas.database import existing, tenant_transaction
from abtpro_saas.identity import audit, people, tenants
from abtpro_saas.identity.access import credentials
from abtpro_saas.identity.access.tokens import IssuedToken
from abtpro_saas.identity.messages import InvitationStanding, SendInvitation
from abtpro_saas.identity.people import EmailTakenError
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import User
from abtpro_saas.identity.words import ActorKind, Locale
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.links import tenant_origin
from abtpro_saas.notifications.service import notify
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings

PLATFORM = "ABTPro"
"""Who invites a tenant's first admin."""


def invite_admin(
    engine: Engine, keyring: Keyring, settings: Settings, asked: SendInvitation
) -> InvitationStanding:
    """Add the admin and mail the invitation, in one transaction; safe to repeat.

    Whoever has the address by now was invited before, and gets no second mail.
    """
    order, now = asked.order, asked.at
    tenant_id = TenantId(UUID(order.tenant_id))
    with tenant_transaction(engine, tenant_id) as session:
        try:
            user, issued = credentials.invite(
                session,
                tenant_id,
                email=order.email,
                name=order.name,
                role=Role.ADMIN,
                locale=Locale(order.locale),
                now=now,
            )
        except EmailTakenError:
            return _invited(existing(people.find_user(session, tenant_id, order.email)))
        origin = tenant_origin(session, tenant_id, settings)
        mail_invitation(session, keyring, issued, PLATFORM, origin, now)
        audit.record(
            session,
            tenant_id=tenant_id,
            actor_kind=ActorKind.OPERATOR,
            actor_id=UUID(order.operator_id),
            action="member.invite",
            subject=str(user.user_id),
            address=order.address,
            now=now,
        )
        return _invited(user)


def mail_invitation(  # noqa: PLR0917 - where, what, by whom, when: as every service
    session: Session,
    keyring: Keyring,
    issued: IssuedToken,
    inviter: str,
    origin: str,
    now: datetime,
) -> None:
    """Mail the link that ``issued`` made, which opens at ``origin``."""
    notify(
        session,
        issued.tenant_id,
        issued.user_id,
        NoticeKind.INVITED,
        {
            "brand": tenants.get_tenant(session, issued.tenant_id).name,
            "inviter": inviter,
        },
        now,
        sealed_params={"link": f"{origin}/link/{issued.plain}"},
        keyring=keyring,
        address=issued.email,
    )


def _invited(user: User) -> InvitationStanding:
    return InvitationStanding("INVITED", "Invited", None, str(user.user_id))
