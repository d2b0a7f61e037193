"""What the commands share: their arguments, and the installation they work on."""

import argparse
from collections.abc import Sequence

from abtpro_saas.runtime.installation import Installation, open_installation
from abtpro_saas.settings import environment


def this_installation() -> Installation:
    """Return the installation that the environment and ``.env`` describe."""
    return open_installation(environment())


def parsed(
    arguments: Sequence[str], command: str, **actions: str
) -> argparse.Namespace:
    """Return the parsed arguments of a command that has actions and no options."""
    parser = argparse.ArgumentParser(prog=f"abtpro {command}")
    chosen = parser.add_subparsers(dest="action", required=True)
    for name, text in actions.items():
        chosen.add_parser(name, help=text)
    return parser.parse_args(arguments)
