"""Peers to measure against: an environment made by package names, and how to ask them.

It is kept beside the other state (``$ABTPRO_HOME/bench-peers``), each peer apart, so
that one that cannot be installed is told of and leaves the others alone.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from _rig import ROOT, say
from abtpro_saas.plugins.api.candles import Candles, Flags

PACKAGES = {
    "backtesting": "backtesting==0.6.6",
    "vectorbt-numba": "vectorbt==1.2.0",
    "vectorbt-rust": "vectorbt[rust]==1.2.0",
}
TITLES = {
    "backtesting": "backtesting.py 0.6.6",
    "vectorbt-numba": "vectorbt 1.2.0, Numba",
    "vectorbt-rust": "vectorbt 1.2.0, Rust",
}
HOME = Path(os.environ.get("ABTPRO_HOME") or ROOT / "var") / "bench-peers"
COLUMNS = ("time", "open", "high", "low", "close", "volume")


@dataclass
class Peer:
    """A process in which a peer has the candles, and waits for tasks."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, work: str, repeats: int = 1, given: object = ()) -> dict[str, Any]:
        """Return what a run took and made."""
        return self._tell({"work": work, "repeats": repeats, "given": given})

    def take(self, file: Path) -> None:
        """Let it load candles and signals."""
        self._tell({"candles": str(file)})

    def _tell(self, task: dict[str, object]) -> dict[str, Any]:
        into, answers = self.process.stdin, self.process.stdout
        if into is None or answers is None:
            raise SystemExit("a peer without pipes")
        into.write(json.dumps(task) + "\n")
        into.flush()
        line = answers.readline()
        if not line:
            raise SystemExit(f"{self.name} has died; run bench/_peer.py to see why")
        answer: dict[str, Any] = json.loads(line)
        return answer


def saved(
    folder: str, candles: Candles, signals: dict[str, tuple[Flags, Flags]]
) -> Path:
    """Write candles and exact signals where peers can read them."""
    arrays = {name: getattr(candles, name) for name in COLUMNS}
    for work, (up, down) in signals.items():
        arrays |= {f"{work}_up": up, f"{work}_down": down}
    file = Path(folder) / "candles.npz"
    np.savez(file, **arrays)
    return file


@contextmanager
def peer(name: str, file: Path) -> Iterator[Peer]:
    """Run a peer that has the candles."""
    script = Path(__file__).with_name("_peer.py")
    process = subprocess.Popen(
        [_python(name), script, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        made = Peer(name, process)
        made.take(file)
        yield made
    finally:
        process.kill()
        process.wait()


def present() -> list[str]:
    """Install what is missing; return the peers there are, and tell of the others."""
    return [name for name in PACKAGES if _is_there(name)]


def _is_there(name: str) -> bool:
    marker = HOME / name / "installed"
    if marker.exists() and marker.read_text("utf-8") == PACKAGES[name]:
        return True
    say(f"installing {PACKAGES[name]}")
    for command in _commands(name):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            say(f"  absent: {name} ({' '.join(last)[:200]})")
            return False
    marker.write_text(PACKAGES[name], encoding="utf-8")
    return True


def _commands(name: str) -> list[list[str]]:
    """Return what makes an environment: by uv where it is, else by pip."""
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    if uv.exists():
        install = [str(uv), "pip", "install", "--python", _python(name)]
        make = [str(uv), "venv", "--clear", "--python", sys.executable]
    else:
        install = [_python(name), "-m", "pip", "install"]
        make = [sys.executable, "-m", "venv", "--clear"]
    return [[*make, str(HOME / name)], [*install, PACKAGES[name]]]


def _python(name: str) -> str:
    return str(HOME / name / "bin" / "python")


@contextmanager
def scratch() -> Iterator[str]:
    """Give a folder for what peers read."""
    with tempfile.TemporaryDirectory(prefix="abtpro-peers-") as folder:
        yield folder
