"""``abtpro demo seed``."""

from collections.abc import Sequence

from abtpro_saas.clock import utc_now
from abtpro_saas.runtime import demo, house
from abtpro_saas.runtime.commands.arguments import parsed, this_installation
from abtpro_saas.settings import SettingError


def main(arguments: Sequence[str]) -> None:
    """Make the demo tenants and demo.json; safe to repeat.

    Raises:
        SettingError: this is no local installation.
    """
    parsed(arguments, "demo", seed="make the demo tenants, people and keys")
    installation = this_installation(new=False)
    if not installation.settings.is_local:
        raise SettingError("ABTPRO_ENV: expected local, where demo data exist")
    with house.opened(installation.complete_settings()) as opened:
        demo.seed(installation, opened, utc_now())
