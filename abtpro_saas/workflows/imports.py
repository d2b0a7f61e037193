"""The way of candles from an exchange or a file into a series."""

from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.markets.messages import (
        ImportCandles,
        ImportStanding,
        ReviewImport,
    )
    from abtpro_saas.workflows.activities.imports import ImportActivities

from abtpro_saas.workflows.watching import LOOK, Watch

STRETCH = LOOK | {"start_to_close_timeout": timedelta(minutes=15)}
"""A stretch asks for pages for less than a minute; a large file takes its time."""


@workflow.defn
class MarketImport(Watch):
    """Asks an exchange page by page, waiting where it must, or reads a file."""

    @workflow.run
    async def run(self, order: ImportCandles) -> str:
        """Return COMPLETED, FAILED or CANCELLED."""
        return await self.watch(order, partial(_work, order))


async def _work(order: ImportCandles, at: datetime) -> ImportStanding:
    return await workflow.execute_activity_method(
        ImportActivities.work_on_import,
        ReviewImport(order.tenant_id, order.import_id, at),
        summary="Import candles",
        **STRETCH,
    )
