"""What passes between billing's rows and its durable processes.

Plain values, frozen: in a year a process must still decode what it is told today.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class WatchTopup:
    """Start a top-up's process, or wake it: its row has changed."""

    kind: ClassVar[str] = "payment.watch"

    tenant_id: str
    topup_id: str

    @property
    def process_id(self) -> str:
        """The id of the one process of this top-up."""
        return f"payment:{self.tenant_id}:{self.topup_id}"


@dataclass(frozen=True)
class WalletCredited:
    """Money has come into a user's wallet: rooms above may have waited for it."""

    kind: ClassVar[str] = "wallet.credited"

    tenant_id: str
    user_id: str

    @property
    def process_id(self) -> str:
        """The id of the one process of this wallet."""
        return f"wallet:{self.tenant_id}:{self.user_id}"


@dataclass(frozen=True)
class ReviewTopup:
    """Do what is due for a top-up at the instant ``at``."""

    tenant_id: str
    topup_id: str
    at: datetime


@dataclass(frozen=True)
class TopupStanding:
    """How a top-up stands after a review; ``review_at`` None ends its process."""

    status: str
    summary: str
    review_at: datetime | None
    user_id: str
    tenant_slug: str


@dataclass(frozen=True)
class ReconcileSettlement:
    """Read the settlement file of one gateway account and one Bangkok day."""

    tenant_id: str
    account_id: str
    day: str
    at: datetime


@dataclass(frozen=True)
class SettlementStanding:
    """What reading a settlement file did; ``state`` as in the settlements table."""

    state: str
    summary: str
