"""Ends what the supervisor started, should the supervisor itself be killed.

Run as a program of its own (``python -I guardian.py``), with the standard library
alone. It reads one line for each process group: ``+ group signal`` when a child
starts, ``- group`` when it has ended. When the pipe closes without ``done``, its writer
is gone: the groups that are left get their signal, then, after a while, SIGKILL.

It inherits the lock of the home folder, so the next start waits until all have ended.
"""

import os
import signal
import sys
import time

PATIENCE_S = 5.0


def main() -> None:
    """Remember the groups until the pipe closes, then end them."""
    os.setsid()  # a signal to the supervisor's own group must not reach us
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "done":
            return
        if words[0] == "+":
            groups[int(words[1])] = int(words[2])
        else:
            groups.pop(int(words[1]), None)
    end(groups)


def end(groups: dict[int, int]) -> None:
    """Ask every group to end, and kill those that are there after ``PATIENCE_S``."""
    for group, number in groups.items():
        send(group, number)
    deadline = time.monotonic() + PATIENCE_S
    left = dict(groups)
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group: number for group, number in left.items() if send(group, 0)}
    for group in left:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a group; tell whether anybody was there."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
