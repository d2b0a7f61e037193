"""`./dev up` until its ready block: cold and warm, and each process's memory then."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from _processes import memory
from _rig import ROOT, ROUNDS
from abtpro_saas.runtime.embedded.postgres import free_port


@contextmanager
def up(home: str, port: int) -> Iterator[tuple[float, int]]:
    """Run the platform; give the seconds until demo.json is written, and its pid."""
    demo = Path(home) / "demo.json"
    demo.unlink(missing_ok=True)
    begun = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "abtpro_saas.cli", "up"],
        cwd=ROOT,
        env=os.environ
        | {"ABTPRO_HOME": home, "ABTPRO_PORT": str(port), "ABTPRO_ENV": "local"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not demo.exists():
            if child.poll() is not None or time.monotonic() - begun > 120:
                raise SystemExit("the platform did not start")
            time.sleep(0.05)
        yield time.monotonic() - begun, child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)


def free_block() -> int:
    """Return the first of ten ports that are all free at the moment."""
    while True:
        port = free_port() // 10 * 10 % 50_000 + 10_000
        if all(_is_free(port + offset) for offset in range(10)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> None:
    """Print cold and warm starts, and memory once warm."""
    cold, warm = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="abtpro-start-") as home:
            Path(home).chmod(0o755)
            port = free_block()
            with up(home, port) as (seconds, _pid):
                cold.append(seconds)
            with up(home, port) as (seconds, pid):
                warm.append(seconds)
                time.sleep(3)
                used = memory(pid)
    print(f"\nReady after  (best of {ROUNDS} alternating rounds)")
    for name, times in (("cold, an empty home", cold), ("warm, its data kept", warm)):
        print(f"  {name:<24} {min(times):6.1f} s  (to {max(times):.1f} s)")
    print("\nMemory (PSS) when warm and idle")
    for name, mib in sorted(used, key=lambda each: -each[1]):
        print(f"  {mib:7.1f} MiB  {name}")
    print(f"  {sum(mib for _, mib in used):7.1f} MiB  in all")


if __name__ == "__main__":
    main()
