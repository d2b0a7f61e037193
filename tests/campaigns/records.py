"""The rows that the model of the books keeps: top-ups, payments, refunds."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Topup:
    """One QR, and what became of it; amounts in satang."""

    topup_id: str
    user: int
    reference: str
    amount: int
    created_at: datetime
    expires_at: datetime
    status: str = "PENDING"
    credited: int = 0
    refunded: int = 0
    flags: set = field(default_factory=set)
    event_at: datetime | None = None
    asked_at: datetime | None = None
    registered: bool = False
    withdrawn: bool = False


@dataclass
class Payment:
    """Money that the gateway told of."""

    txn: str
    reference: str
    amount: int
    currency: str
    paid_at: datetime
    topup_id: str | None = None
    state: str = "CREDITED"
    reason: str | None = None
    refunded: int = 0
    settled_on: object = None
    owner: int | None = None


@dataclass
class Refund:
    """Money on its way back, asked for by an admin or told by the gateway."""

    txn: str | None
    event_id: str | None
    topup_id: str | None
    amount: int
    currency: str
    state: str
    paid_out: int = 0
    number: str | None = None
