"""``python -m abtpro_saas.server``: granian, with the application imported beforehand.

granian forks its processes. What stands in the memory by then is theirs without being
imported again: one that died is back the sooner, and all share it.
"""

import gc
from importlib import import_module

from granian.cli import entrypoint


def main() -> None:
    """Import the application, then do what granian's flags say."""
    gc.disable()  # nothing of it is garbage, and to look takes a third of the time
    import_module("abtpro_saas.server.process").preload()
    gc.freeze()
    gc.enable()
    entrypoint()  # type: ignore[no-untyped-call] # the library types it not


if __name__ == "__main__":
    main()
