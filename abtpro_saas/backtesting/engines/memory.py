"""Memory that a process keeps for its next run."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's ``mallopt``."""
_MOST = 2**31 - 1
_LARGEST = 2**30


def keep_memory() -> bool:
    """Let this process give no freed memory back, and tell whether it can.

    For programs that run the engine alone, time after time: arrays of new pages take a
    third of a run's time, as each page is handed over when it is first touched.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _MOST) and mallopt(_MMAP_THRESHOLD, _LARGEST))
