"""What an import's row asks for, as plain values that outlive its transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.service import SeriesName
from abtpro_saas.markets.tables import Import


@dataclass(frozen=True)
class Job:
    """One import; of a file it has an ``upload``, of an exchange a span in ms.

    A file of trades may have a span too: from when to when it has all of them.
    """

    tenant_id: TenantId
    import_id: UUID
    user_id: UserId
    name: SeriesName
    upload: str | None
    start_ms: int
    end_ms: int
    next_ms: int | None

    @property
    def covered(self) -> tuple[int, int] | None:
        """What a file of trades covers, if somebody said it."""
        return (self.start_ms, self.end_ms) if self.end_ms else None


def job_of(row: Import) -> Job:
    """Return what a row asks for."""
    owner = None if row.owner_id is None else UserId(row.owner_id)
    return Job(
        tenant_id=row.tenant_id,
        import_id=row.import_id,
        user_id=UserId(row.user_id),
        name=SeriesName(row.exchange, row.symbol, row.timeframe, owner),
        upload=row.upload,
        start_ms=_ms(row.starts_at) or 0,
        end_ms=_ms(row.ends_at) or 0,
        next_ms=_ms(row.next_at),
    )


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)
