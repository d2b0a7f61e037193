"""Whether a contract gives access at an instant, and what its status is called.

The one answer for the whole program: everything follows from the row and the clock, so
no job has to run before a contract ends. The SQL function ``contract_status`` says the
same for lists that filter by it.
"""

from datetime import datetime, timedelta
from typing import Protocol

from abtpro_saas.contracts.words import ContractStatus

RENEWS_FOR = timedelta(days=30)
"""How long after its suspension a contract still renews itself once money arrives."""


class Terms(Protocol):
    """What the answer depends on."""

    @property
    def period_end(self) -> datetime:
        """When what was paid for ends."""

    @property
    def grace_ends_at(self) -> datetime:
        """Until when access is kept unpaid."""

    @property
    def trial(self) -> bool:
        """Whether nothing was paid yet."""

    @property
    def cancelled_at(self) -> datetime | None:
        """When the user cancelled."""

    @property
    def blocked_at(self) -> datetime | None:
        """When an admin suspended it."""


def access_ends_at(terms: Terms) -> datetime:
    """Return until when ``terms`` give access, unless blocked."""
    return terms.period_end if terms.cancelled_at else terms.grace_ends_at


def has_access(terms: Terms, now: datetime) -> bool:
    """Tell whether ``terms`` give access at ``now``."""
    return terms.blocked_at is None and now < access_ends_at(terms)


def status_of(terms: Terms, now: datetime) -> ContractStatus:
    """Return what the contract is called at ``now``."""
    if terms.cancelled_at and now >= terms.period_end:
        return ContractStatus.CANCELLED
    if terms.blocked_at or now >= terms.grace_ends_at:
        return ContractStatus.SUSPENDED
    if now >= terms.period_end:
        return ContractStatus.GRACE
    return ContractStatus.TRIAL if terms.trial else ContractStatus.ACTIVE


def renews_itself_until(terms: Terms) -> datetime:
    """Return until when an arriving top-up renews a contract with auto-renewal."""
    return terms.grace_ends_at + RENEWS_FOR
