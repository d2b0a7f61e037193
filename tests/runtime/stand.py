"""A supervisor of tiny programs, started by the tests as a process of its own.

Its argument is JSON: for each part its name and the words of ``Part``. ``sh`` is the
program, and ``ready_file`` what it makes when it is ready.
"""

import asyncio
import json
import os
import sys

from abtpro_saas.runtime.processes.children import Guard
from abtpro_saas.runtime.processes.console import Console
from abtpro_saas.runtime.processes.supervisor import Part, Supervisor, SupervisorError


def part(name, sh, ready_file=None, **words):
    async def ready():
        return ready_file is None or os.path.exists(ready_file)  # noqa: ASYNC240, PTH110 - a moment

    after = tuple(words.pop("after", ()))
    return Part(
        name, ["sh", "-c", sh], after, ready=ready, environ=dict(os.environ), **words
    )


def main():
    parts = [part(**words) for words in json.loads(sys.argv[1])]
    console = Console()
    guard = Guard()
    supervisor = Supervisor(parts, guard, console, lambda: console.say("all ready"))
    try:
        asyncio.run(supervisor.run())
    except SupervisorError as error:
        sys.exit(str(error))
    finally:
        guard.dismiss()


main()
