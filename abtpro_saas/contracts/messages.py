"""What passes between a contract's rows and its durable process.

Plain values, frozen: in a year a process must still decode what it is told today.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class WatchContract:
    """Start a contract's process, or wake it: its row has changed."""

    kind: ClassVar[str] = "contract.watch"

    tenant_id: str
    contract_id: str

    @property
    def process_id(self) -> str:
        """The id of the one process of this contract."""
        return f"contract:{self.tenant_id}:{self.contract_id}"


@dataclass(frozen=True)
class ReviewContract:
    """Do what is due for a contract at the instant ``at``."""

    tenant_id: str
    contract_id: str
    at: datetime


@dataclass(frozen=True)
class ContractStanding:
    """How a contract stands after a review; ``review_at`` None ends its process.

    ``period_end`` tells one period from the next: each has a history of its own.
    """

    status: str
    summary: str
    review_at: datetime | None
    user_id: str
    period_end: datetime


@dataclass(frozen=True)
class ContractLife(WatchContract):
    """What a contract's process goes on with: the message that started it, at first.

    ``known`` is what the last look of the history before has found.
    """

    known: ContractStanding | None = None
