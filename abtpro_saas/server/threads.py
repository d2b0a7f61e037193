"""The few threads that run the WSGI application, and the queue before them."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import Context
from queue import SimpleQueue
from typing import TypeVar

Value = TypeVar("Value")


class Threads:
    """Runs what blocks, ``count`` at a time; others wait for their turn."""

    def __init__(self, count: int, *, waiting: int) -> None:
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._waiting = waiting
        for number in range(count):
            threading.Thread(
                target=self._work, name=f"request-{number}", daemon=True
            ).start()

    @property
    def are_busy(self) -> bool:
        """Tell whether so many wait already that another had better ask again later."""
        return self._tasks.qsize() >= self._waiting

    async def run(self, work: Callable[[], Value], context: Context) -> Value:
        """Return what ``work`` returns in one of the threads, within ``context``."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Value] = loop.create_future()

        def task() -> None:
            try:
                value = context.run(work)
            except Exception as error:  # noqa: BLE001 - whoever awaits is told
                settle = _later(future, future.set_exception, error)
            except BaseException as error:  # noqa: BLE001 - it must not end the process
                told = RuntimeError(f"the application raised {error!r}")
                settle = _later(future, future.set_exception, told)
            else:
                settle = _later(future, future.set_result, value)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle)

        self._tasks.put(task)
        return await future

    def _work(self) -> None:
        while True:
            self._tasks.get()()


def _later(
    future: "asyncio.Future[Value]", settle: Callable[..., None], outcome: object
) -> Callable[[], None]:
    def run() -> None:
        if not future.done():  # who awaited it may be gone
            settle(outcome)

    return run
