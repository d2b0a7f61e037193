"""``abtpro backup FILE`` and ``abtpro restore FILE``."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from abtpro_saas.runtime import backups
from abtpro_saas.runtime.commands.arguments import tell, this_installation
from abtpro_saas.runtime.preparation import Preparation


def backup(arguments: Sequence[str]) -> None:
    """Write the database to a file; the platform may run meanwhile."""
    file, installation = _file("backup", arguments), this_installation()
    with backups.admin_url(installation) as url:
        backups.backup(url, file)
    tell(
        {
            "backup": f"{file} ({file.stat().st_size:,} bytes)",
            "keep with it": "ABTPRO_SEALING_KEYS: without them its secrets stay sealed"
            f" (embedded: {installation.home / 'secrets.json'})",
        }
    )


def restore(arguments: Sequence[str]) -> None:
    """Read a backup into an empty database."""
    file, installation = _file("restore", arguments), this_installation()
    with backups.admin_url(installation) as url:
        backups.restore(url, file)
    # The next start looks at everything: demo.json, too, is to fit what was restored.
    Preparation(installation).forget()
    tell({"restored": str(file), "next": "run `abtpro database migrate`, then start"})


def _file(command: str, arguments: Sequence[str]) -> Path:
    parser = argparse.ArgumentParser(prog=f"abtpro {command}")
    parser.add_argument("file", type=Path)
    file: Path = parser.parse_args(arguments).file
    return file
