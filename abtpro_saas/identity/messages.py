"""What passes between operators' requests and the process that invites an admin."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class InviteAdmin:
    """Invite a tenant's admin in the tenant's name: operators cannot write there.

    Its facts stand in no row that an operator may write, so the message carries them.
    """

    kind: ClassVar[str] = "tenant.invite"

    tenant_id: str
    invitation_id: str
    email: str
    name: str
    locale: str
    operator_id: str
    address: str

    @property
    def process_id(self) -> str:
        """The id of the one process of this invitation."""
        return f"invite:{self.tenant_id}:{self.invitation_id}"


@dataclass(frozen=True)
class SendInvitation:
    """Invite whom ``order`` names, as of the instant ``at``, unless that is done."""

    order: InviteAdmin
    at: datetime


@dataclass(frozen=True)
class InvitationStanding:
    """How an invitation stands; ``review_at`` None ends its process."""

    status: str
    summary: str
    review_at: datetime | None
    user_id: str
