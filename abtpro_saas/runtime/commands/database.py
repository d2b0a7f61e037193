"""``abtpro database migrate``."""

from collections.abc import Sequence

from abtpro_saas.runtime import postgres
from abtpro_saas.runtime.commands.arguments import parsed, this_installation
from abtpro_saas.settings import SettingError


def main(arguments: Sequence[str]) -> None:
    """Bring the tables up to date, as their owner.

    Raises:
        SettingError: nothing says how to reach the database as its owner.
    """
    parsed(arguments, "database", migrate="bring the tables up to date")
    url = this_installation().complete_settings().database_owner_url
    if not url:
        raise SettingError(
            "DATABASE_OWNER_URL: expected the role that owns the tables, since"
            " DATABASE_URL is set"
        )
    postgres.migrate(url)
