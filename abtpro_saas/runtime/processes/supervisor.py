"""Starts programs in their order, keeps them running, and ends them in reverse.

The list of programs is data (``Part``); this module knows none of them. A part starts
when every part that it names in ``after`` is ready. When one dies it is started again,
but not before those that it needs are ready: so a dead database comes back first, and
the others wait and reconnect. Only a crash loop stops everything.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from abtpro_saas.runtime.processes.children import Child, Guard
from abtpro_saas.runtime.processes.console import Console
from abtpro_saas.runtime.processes.patience import Patience

FAULTS_IN_A_ROW = 5
KILLED = 0.25
"""How much of a fault it is to be killed while starting: somebody may have done it,
or the kernel, again and again, because the program takes too much memory."""
STEADY_S = 3.0
LONGEST_PAUSE_S = 5.0
CHECK_EVERY_S = 0.1


class SupervisorError(Exception):
    """Everything was stopped; the message says why, in one line."""


async def at_once() -> bool:
    """Call a program ready as soon as it runs."""
    return True


@dataclass(frozen=True)
class Part:
    """A program to keep running or, with ``once``, a step to run to its end.

    A step that is ``done`` already, from an earlier start, is left out. ``start_s`` is
    how long it may give no answer; while it works, it gets more (``Patience``). Lines
    that hold a text of ``unsaid`` are not shown: they tell nobody anything. A step
    that is ``apart`` begins when all else is ready, and nothing waits for it or falls
    with it.
    """

    name: str
    command: Sequence[str]
    after: tuple[str, ...] = ()
    once: bool = False
    apart: bool = False
    done: Callable[[], bool] | None = None
    ready: Callable[[], Awaitable[bool]] = at_once
    before: Callable[[], None] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 8.0
    start_s: float = 60.0
    unsaid: tuple[str, ...] = ()


class Supervisor:
    """Runs parts until it is told to stop, or until one of them cannot be kept up."""

    def __init__(
        self,
        parts: Sequence[Part],
        guard: Guard,
        console: Console,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._parts = {part.name: part for part in parts}
        self._guard = guard
        self._console = console
        self._on_ready = on_ready
        self._children: dict[str, Child] = {}

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or SIGHUP; a second signal kills at once.

        Raises:
            SupervisorError: a step failed, or a program would not stay up.
        """
        self._stopping = asyncio.Event()
        self._ready = {name: asyncio.Event() for name in self._parts}
        self._gone = {name: asyncio.Event() for name in self._parts}
        self._listen()
        tasks = [asyncio.create_task(self._look_after(p)) for p in self._parts.values()]
        tasks.append(asyncio.create_task(self._greet()))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        self._stopping.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def _stop(self) -> None:
        if self._stopping.is_set():
            for child in self._children.values():
                child.send(signal.SIGKILL)
            return
        self._console.say("stopping")
        self._stopping.set()

    def _reap(self) -> None:
        for child in list(self._children.values()):
            child.reap()

    async def _greet(self) -> None:
        await self._first(self._all(self._whole()), self._stopping.wait())
        if not self._stopping.is_set():
            self._on_ready()
            await self._stopping.wait()

    async def _look_after(self, part: Part) -> None:
        try:
            if part.once:
                await self._run_once(part)
            else:
                await self._keep(part)
        except BaseException:
            self._stopping.set()
            raise
        finally:
            self._gone[part.name].set()

    async def _run_once(self, part: Part) -> None:
        if not await self._needed_are_ready(part):
            return
        if part.done is not None and await asyncio.to_thread(part.done):
            self._ready[part.name].set()
            await self._stopping.wait()
            return
        child = await self._start(part)
        await self._first(child.ended.wait(), self._stopping.wait())
        await self._end(part, child)
        if child.returncode == 0:
            self._ready[part.name].set()
            await self._stopping.wait()
        elif not self._stopping.is_set():
            failed = f"{part.name} failed: {child.last_line}"
            if not part.apart:
                raise SupervisorError(failed)
            self._console.say(failed)
            await self._stopping.wait()

    async def _keep(self, part: Part) -> None:
        times, faults = 0, 0.0
        while await self._needed_are_ready(part):
            child, fault = await self._live(part)
            if self._stopping.is_set():
                return
            how = _how(child.returncode)
            times, faults = (times + 1, faults + fault) if fault else (0, 0.0)
            if faults >= FAULTS_IN_A_ROW:
                raise SupervisorError(
                    f"{part.name} ended {times} times in a row ({how}); its last"
                    f" line: {child.last_line or 'none'}"
                )
            pause_s = min(0.1 * 2**faults, LONGEST_PAUSE_S)
            self._console.say(f"{part.name} ended ({how}); again in {pause_s:g} s")
            await self._first(self._stopping.wait(), asyncio.sleep(pause_s))

    async def _live(self, part: Part) -> tuple[Child, float]:
        """Run a program once; tell how much its end counts towards a crash loop."""
        child = await self._start(part)
        since = time.monotonic()
        watch = asyncio.create_task(self._watch(part, child))
        await self._first(child.ended.wait(), self._stopping.wait())
        watch.cancel()
        was_ready = self._ready[part.name].is_set()
        self._ready[part.name].clear()
        if self._stopping.is_set():
            await self._all(self._gone[name] for name in self._dependents(part))
        await self._end(part, child)
        # A kill from outside (a person, the kernel) says little about the program.
        ours = watch.done() and not watch.cancelled() and not watch.result()
        killed = child.returncode == -signal.SIGKILL and not ours
        if was_ready and (killed or time.monotonic() - since > STEADY_S):
            return child, 0
        return child, KILLED if killed else 1

    async def _start(self, part: Part) -> Child:
        if part.before is not None:
            await asyncio.to_thread(part.before)
        try:
            child = Child(
                part.command,
                environ=part.environ,
                stop_signal=part.stop_signal,
                show=lambda text: self._show(part, text),
                options=part.options,
            )
        except OSError as error:
            raise SupervisorError(f"{part.name} cannot be started: {error}") from None
        self._children[part.name] = child
        self._guard.started(child.pid, part.stop_signal)
        child.reap()  # it may have ended before it was listed
        return child

    def _show(self, part: Part, text: str) -> None:
        if not any(each in text for each in part.unsaid):
            self._console.line(part.name, text)

    async def _end(self, part: Part, child: Child) -> None:
        await child.stop(part.stop_signal, part.grace_s)
        del self._children[part.name]
        self._guard.ended(child.pid)

    async def _watch(self, part: Part, child: Child) -> bool:
        """Mark the part as ready when it answers; end it when it never does."""
        patience = Patience(child.pid, part.start_s)
        try:
            async with asyncio.timeout_at(patience.until) as limit:
                while not await part.ready():
                    if patience.is_renewed():
                        self._console.say(f"{part.name} is still starting: it is busy")
                        limit.reschedule(patience.until)
                    await asyncio.sleep(CHECK_EVERY_S)
        except Exception as error:  # noqa: BLE001 - whatever it is, the part is not ready
            why = str(error) or f"gave no answer in {patience.waited_s:.3g} s"
            self._console.say(f"{part.name} is killed: {why}")
            child.send(signal.SIGKILL)
            return False
        self._ready[part.name].set()
        return True

    async def _needed_are_ready(self, part: Part) -> bool:
        """Wait for all that the part needs; False when we are stopping instead."""
        needed = [self._ready[name] for name in self._needed(part)]
        if part.apart:
            needed = self._whole()
        while not self._stopping.is_set():
            if all(event.is_set() for event in needed):
                return True
            await self._first(self._all(needed), self._stopping.wait())
        return False

    def _whole(self) -> list[asyncio.Event]:
        """Return what is set once the platform is ready."""
        return [
            self._ready[name] for name, part in self._parts.items() if not part.apart
        ]

    def _needed(self, part: Part) -> set[str]:
        direct = set(part.after)
        return direct.union(*(self._needed(self._parts[name]) for name in direct))

    def _dependents(self, part: Part) -> list[str]:
        return [
            name
            for name, other in self._parts.items()
            if part.name in self._needed(other)
        ]

    async def _all(self, events: Any) -> None:  # noqa: ANN401 - any iterable of events
        for event in list(events):
            await event.wait()

    async def _first(self, *waits: Coroutine[Any, Any, Any]) -> None:
        tasks = [asyncio.create_task(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


def _how(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return signal.Signals(-returncode).name
    return f"exit code {returncode}"
