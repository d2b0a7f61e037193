"""What passes between an import's row and its durable process.

Plain values, frozen: in a year a process must still decode what it is told today.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class ImportCandles:
    """Start an import's process, or wake it: its row has changed."""

    kind: ClassVar[str] = "market.import"

    tenant_id: str
    import_id: str
    user_id: str

    @property
    def process_id(self) -> str:
        """The id of the one process of this import."""
        return f"import:{self.tenant_id}:{self.import_id}"


@dataclass(frozen=True)
class ReviewImport:
    """Do what is due for an import at the instant ``at``."""

    tenant_id: str
    import_id: str
    at: datetime


@dataclass(frozen=True)
class ImportStanding:
    """How an import stands after some work; ``review_at`` None ends its process."""

    status: str
    summary: str
    review_at: datetime | None
    user_id: str
