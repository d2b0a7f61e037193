"""``abtpro seal status | rotate``: which keys are in use, and away from old ones."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine

from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine
from abtpro_saas.runtime import reach, resealing
from abtpro_saas.runtime.commands.arguments import needed_settings, tell
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings
from abtpro_saas.temporal import connect, count_started_before

SECONDS = "%Y-%m-%dT%H:%M:%SZ"


def main(arguments: Sequence[str]) -> None:
    """Show how many values each key has sealed, and move them to the first one.

    Raises:
        SettingError: keys are missing, or the address of the tables' owner.
    """
    asked = _parser().parse_args(arguments)
    settings = needed_settings("seal")
    keyring = Keyring(settings.sealing_keys)
    with _owner(settings) as engine:
        done = resealing.Resealed()
        if asked.action == "rotate":
            done = resealing.reseal(engine, keyring)
            tell({"sealed anew": f"{done.values} values"})
        used = resealing.values_by_key(engine)
    old = [key_id for key_id, _ in keyring.keys[1:]]
    tell({key_id: _state(key_id, used, keyring) for key_id in _all_ids(keyring, used)})
    if not any(used.get(key_id) for key_id in old):
        for line in _about_temporal(settings, old, asked.since):
            print(line)  # noqa: T201 - its answer
    if asked.action == "rotate":
        sys.exit(_what_is_left(done, used, keyring))


def _all_ids(keyring: Keyring, used: dict[str, int]) -> list[str]:
    held = [key_id for key_id, _ in keyring.keys]
    return held + sorted(used.keys() - set(held))


def _state(key_id: str, used: dict[str, int], keyring: Keyring) -> str:
    count = f"{used.get(key_id, 0)} values in the database"
    if key_id == keyring.keys[0][0]:
        return f"{count}; new ones are sealed under it"
    if key_id not in dict(keyring.keys):
        return f"{count}; not in ABTPRO_SEALING_KEYS: nothing opens them"
    return count if key_id in used else f"{count}; the database needs it no longer"


def _about_temporal(
    settings: Settings, old: list[str], since: datetime | None
) -> Iterator[str]:
    """Tell whether histories of processes may still need the old keys."""
    if not old:
        return
    names = ", ".join(old)
    if since is None:
        now = utc_now().strftime(SECONDS)
        yield (
            f"Temporal's histories may need {names} still, where a process began before"
            " all programs ran with the new first key. If they do by now, note this"
            f" instant, and ask again later: abtpro seal status --since {now}"
        )
        return
    count = asyncio.run(_count(settings, since))
    yield (
        f"{count} processes in Temporal began before: keep {names} until they have"
        " ended and their histories are deleted"
        if count
        else f"no process in Temporal is older: remove {names} from ABTPRO_SEALING_KEYS"
    )


async def _count(settings: Settings, since: datetime) -> int:
    client = await connect(settings)
    return await count_started_before(client, since)


def _what_is_left(
    done: resealing.Resealed, used: dict[str, int], keyring: Keyring
) -> str | int:
    if done.unopened:
        return (
            f"abtpro: {done.unopened} rows hold values that none of the keys opens: put"
            " the missing key back at the end of ABTPRO_SEALING_KEYS"
        )
    if used.keys() - {keyring.keys[0][0]}:
        return "abtpro: some rows were held by others: run it again"
    return 0


@contextmanager
def _owner(settings: Settings) -> Iterator[Engine]:
    reach.check("DATABASE_OWNER_URL", settings.database_owner_url)
    engine = make_engine(settings.database_owner_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="abtpro seal")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, text in (
        ("status", "show how many values each key has sealed"),
        ("rotate", "seal under the first key what lies under another"),
    ):
        actions.add_parser(name, help=text).add_argument(
            "--since",
            type=_instant,
            metavar="INSTANT",
            help="when all programs ran with the new first key: is an old one still"
            " needed in Temporal?",
        )
    return parser
