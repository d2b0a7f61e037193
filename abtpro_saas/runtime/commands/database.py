"""``abtpro database migrate``."""

from collections.abc import Sequence

from abtpro_saas.clock import utc_now
from abtpro_saas.runtime import house, main_tenant
from abtpro_saas.runtime.commands.arguments import parsed, this_installation
from abtpro_saas.runtime.embedded import postgres
from abtpro_saas.runtime.preparation import Preparation
from abtpro_saas.settings import SettingError


def main(arguments: Sequence[str]) -> None:
    """Bring the tables up to date, as their owner, then tenant `main`.

    Raises:
        SettingError: nothing says how to reach the database as its owner.
    """
    parsed(arguments, "database", migrate="bring the tables and tenant main up to date")
    installation = this_installation()
    settings = installation.complete_settings()
    if not settings.database_owner_url:
        raise SettingError(
            "DATABASE_OWNER_URL: expected the role that owns the tables, since"
            " DATABASE_URL is set"
        )
    postgres.migrate(settings.database_owner_url)
    with house.opened(settings) as opened:
        main_tenant.ensure(opened, utc_now())
    Preparation(installation).remember()
