"""Ports for the servers that tests start."""

import fcntl
import socket
import tempfile
from pathlib import Path

BLOCK = 10
"""How many ports a platform takes: the web port and those that follow it."""

FORBIDDEN = 10_080
"""Browsers open no page there (Amanda's port, in fetch's list of bad ports)."""

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_held = []


def reserved_ports():
    """Return the first of ten free ports, ours until this process ends.

    A port that is merely free may be another test's, or an outgoing connection's, a
    moment later. So blocks are locked, and lie outside the kernel's own range.
    """
    folder = Path(tempfile.gettempdir()) / "abtpro-ports"
    folder.mkdir(mode=0o777, exist_ok=True)
    for base in _candidates():
        file = (folder / str(base)).open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        if all(_is_free(base + offset) for offset in range(BLOCK)):
            _held.append(file)
            return base
        file.close()
    raise AssertionError("no free ports")


def _candidates():
    low, high = map(int, _RANGE.read_text().split())
    every = [b for b in range(10_000, 60_000, BLOCK) if b != FORBIDDEN]
    return [b for b in every if not low - BLOCK < b <= high] or every


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
