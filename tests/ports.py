"""Ports for the servers that tests start."""

import socket
from contextlib import suppress
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
    moment later. So blocks are claimed, and lie outside the kernel's own range.
    """
    for base in _candidates():
        claim = _claim(base)
        if claim is None:
            continue
        if all(_is_free(base + offset) for offset in range(BLOCK)):
            _held.append(claim)
            return base
        claim.close()
    raise AssertionError("no free ports")


def _claim(base):
    """Return what holds a block, or None where somebody does.

    A name that is no file: any user sees it, and it ends with its process.
    """
    claim = socket.socket(socket.AF_UNIX)
    with suppress(OSError):
        claim.bind(f"\0abtpro-ports-{base}")
        return claim
    claim.close()
    return None


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
