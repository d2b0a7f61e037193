"""How long a program may take to start: one that works is slow, one that waits hangs.

On a busy machine a sound program may need minutes for what takes seconds otherwise. It
shows by the processor time that its processes get, however little. So the limit is
renewed while they work; in the end it is a limit all the same, for a program that only
turns in circles.
"""

import asyncio
import os
from pathlib import Path

LEAST_SHARE = 0.05
"""How much of one processor is work: to ask for something now and then takes less."""
MOST_RENEWALS = 9

_TICKS = os.sysconf("SC_CLK_TCK")


class Patience:
    """The limit of one start, in the event loop's time."""

    def __init__(self, session: int, start_s: float) -> None:
        self._session, self._start_s = session, start_s
        self._begun = self._loop_time()
        self._renewed, self._worked_s = self._begun, 0.0
        self._left = MOST_RENEWALS

    @property
    def until(self) -> float:
        """When the program is given up, unless the limit is renewed."""
        return self._renewed + self._start_s

    @property
    def waited_s(self) -> float:
        """How long the program has had."""
        return self._loop_time() - self._begun

    def is_renewed(self) -> bool:
        """Near its end, renew the limit of a program that has worked meanwhile."""
        now = self._loop_time()
        passed = now - self._renewed
        if self._left == 0 or passed < self._start_s * 0.75:
            return False
        worked_s = processor_s(self._session)
        if worked_s - self._worked_s < passed * LEAST_SHARE:
            return False
        self._renewed, self._worked_s = now, worked_s
        self._left -= 1
        return True

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()


def processor_s(session: int) -> float:
    """Return the processor time that the living processes of a session have used."""
    used = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text("ascii", "replace")
        except OSError:
            continue  # it has just ended
        fields = text.rpartition(")")[2].split()
        if int(fields[3]) == session:
            # Its own time, and that of its children which have ended.
            used += sum(map(int, fields[11:15]))
    return used / _TICKS
