"""``abtpro market seed``: the simulated candles of a local installation."""

import os
from collections.abc import Iterator, Sequence

from sqlalchemy import Engine

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity import tenants
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.simulated.seeding import Seeder
from abtpro_saas.runtime import house
from abtpro_saas.runtime.commands.arguments import parsed, this_installation
from abtpro_saas.settings import SettingError, SimulatedCandles

PAGE = 200
POLITENESS = 10
"""How much others go first: whoever looks at a page does not wait for us."""


def main(arguments: Sequence[str]) -> None:
    """Make the candles and funding that are missing, and tell every tenant of them.

    Raises:
        SettingError: this is no local installation.
    """
    parsed(arguments, "market", seed="make simulated candles for every tenant")
    settings = this_installation(new=False).complete_settings()
    if not settings.is_local:
        raise SettingError("ABTPRO_ENV: expected local, where candles are simulated")
    if settings.simulated_candles is SimulatedCandles.NONE:
        return
    os.nice(POLITENESS)
    with house.opened(settings) as opened:
        everybody = list(_tenants(opened.operators))
        seeder = Seeder(opened.app, settings.backtest_data_path)
        with_minutes = settings.simulated_candles is SimulatedCandles.ALL
        made = seeder.seed(everybody, utc_now(), with_minutes=with_minutes)
        count = sum(each.rows for each in made)
    print(f"{count:,} simulated candles and rates are there")  # noqa: T201 - what the command is for


def _tenants(operators: Engine) -> Iterator[TenantId]:
    last: str | None = None
    while True:
        with plain_transaction(operators) as session:
            page = tenants.list_tenants(session, after=last, limit=PAGE)
        yield from (tenant.tenant_id for tenant in page)
        if len(page) < PAGE:
            return
        last = page[-1].slug
