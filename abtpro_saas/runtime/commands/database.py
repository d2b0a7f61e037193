"""``abtpro database migrate``."""

from collections.abc import Sequence

from abtpro_saas.clock import utc_now
from abtpro_saas.runtime import house, main_tenant, reach
from abtpro_saas.runtime.commands.arguments import parsed, this_installation
from abtpro_saas.runtime.embedded import postgres
from abtpro_saas.runtime.needs import require
from abtpro_saas.runtime.preparation import Preparation


def main(arguments: Sequence[str]) -> None:
    """Bring the tables up to date, as their owner, then tenant `main`.

    Raises:
        SettingError: nothing says how to reach the database as its owner.
    """
    parsed(arguments, "database", migrate="bring the tables and tenant main up to date")
    installation = this_installation(new=False)
    settings = installation.complete_settings()
    require(settings, "migrate")
    reach.check("DATABASE_OWNER_URL", settings.database_owner_url)
    postgres.migrate(settings.database_owner_url)
    with house.opened(settings) as opened:
        main_tenant.ensure(opened, utc_now())
    Preparation(installation).remember()
