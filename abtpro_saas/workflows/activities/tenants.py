"""What is done in a tenant's name that operators asked for."""

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.identity.messages import InvitationStanding, SendInvitation
from abtpro_saas.notifications import invitations
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings


class TenantActivities:
    """Holds the engine, the keys and the settings; the worker registers its methods."""

    def __init__(self, engine: Engine, keyring: Keyring, settings: Settings) -> None:
        self._engine = engine
        self._keyring = keyring
        self._settings = settings

    @activity.defn
    def invite_admin(self, asked: SendInvitation) -> InvitationStanding:
        """Add the admin and mail the invitation; a repeat does neither again."""
        return invitations.invite_admin(
            self._engine, self._keyring, self._settings, asked
        )
