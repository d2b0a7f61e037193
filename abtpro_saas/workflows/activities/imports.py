"""What an import's process does: each call goes on where the last one was."""

from sqlalchemy import Engine
from temporalio import activity

from abtpro_saas.markets.imports.working import Importer
from abtpro_saas.markets.messages import ImportStanding, ReviewImport
from abtpro_saas.settings import Settings


class ImportActivities:
    """Holds the importer; the worker registers its methods."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._importer = Importer(
            engine, settings.backtest_data_path, settings.exchange_urls
        )

    @activity.defn
    def work_on_import(self, order: ReviewImport) -> ImportStanding:
        """Do a stretch of an import; killed in between, the next does the rest."""
        return self._importer.work(order)
