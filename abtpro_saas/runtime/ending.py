"""How a process ends in which the Temporal SDK has run."""

import logging
import os
import sys
from typing import NoReturn


def end(code: object = 0) -> NoReturn:
    """End the process, whose work is done, without taking its interpreter apart.

    Threads of the SDK's core may still call into an interpreter that is being torn
    down, which aborts it (CPython 3.11, "PyGILState_Release ... must be current").
    ``code`` is what ``sys.exit`` takes.
    """
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
