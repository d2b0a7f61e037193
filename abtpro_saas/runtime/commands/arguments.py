"""What the commands share: their arguments, and the installation they work on."""

import argparse
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from abtpro_saas.runtime.installation import Installation, open_installation
from abtpro_saas.runtime.needs import require
from abtpro_saas.settings import Settings, environment


def this_installation(*, new: bool = True) -> Installation:
    """Return the installation that the environment and ``.env`` describe.

    Without ``new``, an empty home folder stays empty.
    """
    return open_installation(environment(), new=new)


def needed_settings(part: str) -> Settings:
    """Return the settings of a command that works on what is there already.

    Raises:
        SettingError: neither the environment nor the home folder says what it needs.
    """
    settings = this_installation(new=False).complete_settings()
    require(settings, part)
    return settings


def parsed(
    arguments: Sequence[str], command: str, **actions: str
) -> argparse.Namespace:
    """Return the parsed arguments of a command that has actions and no options."""
    parser = argparse.ArgumentParser(prog=f"abtpro {command}")
    chosen = parser.add_subparsers(dest="action", required=True)
    for name, text in actions.items():
        chosen.add_parser(name, help=text)
    return parser.parse_args(arguments)


def first_line(file: str) -> str:
    """Return the first line of a file, or of standard input for ``-``.

    Secrets come this way: arguments are seen by everybody on the machine.
    """
    text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8")
    return text.partition("\n")[0].rstrip("\r")


def password(file: str | None) -> str:
    """Return the password that a file holds, or a fresh one."""
    return first_line(file) if file else secrets.token_urlsafe(15)


def tell(told: Mapping[str, str]) -> None:
    """Print names and values, aligned."""
    width = max(map(len, told), default=0)
    for name, value in told.items():
        print(f"{name:<{width}}  {value}")  # noqa: T201 - what the command is for
