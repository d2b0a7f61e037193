"""What passes between a mail's row and its durable process; without its content."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class DeliverMail:
    """Start the process of a mail."""

    kind: ClassVar[str] = "mail.deliver"

    tenant_id: str
    mail_id: str
    user_id: str

    @property
    def process_id(self) -> str:
        """The id of the one process of this mail."""
        return f"mail:{self.tenant_id}:{self.mail_id}"


@dataclass(frozen=True)
class DeliverNews(DeliverMail):
    """Start the process of a mail that nobody waits for in front of a screen."""

    kind: ClassVar[str] = "mail.news"


@dataclass(frozen=True)
class TryMail:
    """Send a mail if it is due at the instant ``at``."""

    tenant_id: str
    mail_id: str
    at: datetime


@dataclass(frozen=True)
class MailStanding:
    """How a mail stands after a try; ``review_at`` None ends its process."""

    status: str
    summary: str
    review_at: datetime | None
    user_id: str
