"""Which settings each process and command cannot do without.

One that is missing ends the start in one line, before anything else begins.
"""

from dataclasses import fields

from abtpro_saas.settings import SettingError, Settings, load_settings

APP, OWNER = "DATABASE_URL", "DATABASE_OWNER_URL"
RELAY, OPERATOR = "DATABASE_RELAY_URL", "DATABASE_OPERATOR_URL"
SECRET, SEALING = "ABTPRO_SECRET_KEY", "ABTPRO_SEALING_KEYS"

NEEDS: dict[str, tuple[str, ...]] = {
    "web": (SECRET, SEALING, APP, OPERATOR),
    "events": (SECRET, APP),
    "worker": (SEALING, APP, "TEMPORAL_ADDRESS"),
    "relay": (RELAY,),
    "metrics": (OPERATOR,),
    "migrate": (OWNER, APP, OPERATOR, SEALING),
    "house": (APP, OPERATOR, SEALING),
    "outbox": (RELAY,),
    "seal": (OWNER, SEALING),
}
"""By part: "relay" is the worker's unless it runs without, "house" is what commands
open that work on tenants and operators."""

_FIELDS = {each.metadata["name"]: each.name for each in fields(Settings)}


def settings_of(*parts: str) -> Settings:
    """Return the settings of this process, which runs ``parts``.

    Raises:
        SettingError: a variable's text cannot be used, or one is missing.
    """
    settings = load_settings()
    require(settings, *parts)
    return settings


def require(settings: Settings, *parts: str) -> None:
    """See that each setting is there that ``parts`` need.

    Raises:
        SettingError: one is missing; the message names it.
    """
    for part in parts:
        for name in NEEDS[part]:
            if not getattr(settings, _FIELDS[name]):
                raise SettingError(f"{name}: expected a value, found none")
