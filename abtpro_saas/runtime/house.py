"""The engines and keys of a command that works on an installation's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from abtpro_saas.database import make_engine
from abtpro_saas.runtime import reach
from abtpro_saas.runtime.needs import require
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings


@dataclass(frozen=True)
class House:
    """What services need; closed when the command ends."""

    settings: Settings
    keyring: Keyring
    app: Engine
    operators: Engine


@contextmanager
def opened(settings: Settings) -> Iterator[House]:
    """Open the database for the length of the block.

    Raises:
        SettingError: a setting that is needed is missing, or leads nowhere.
    """
    require(settings, "house")
    reach.check("DATABASE_URL", settings.database_url)
    reach.check("DATABASE_OPERATOR_URL", settings.database_operator_url)
    app = make_engine(settings.database_url)
    operators = make_engine(settings.database_operator_url)
    try:
        yield House(settings, Keyring(settings.sealing_keys), app, operators)
    finally:
        app.dispose()
        operators.dispose()
