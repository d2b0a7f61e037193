"""Keeps one gateway that is slow from taking the threads that all tenants share.

Each call needs a place, of its account, of its gateway's address, and of all. Without
one it is not made: nothing is known then, as if the gateway had been silent. An account
whose gateway was silent a few times in a row is left alone for a while that grows, and
then one call tries whether it is well again.
"""

import math
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from abtpro_saas.billing.gateways.port import (
    GatewayAccount,
    GatewayBusyError,
    GatewayPausedError,
    GatewaySilentError,
)

MOST_SILENCES = 3
"""After so many in a row, an account is left alone for a while."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 30.0

WORKER_THREADS = 16
"""Threads of a worker that call gateways, and send mail."""

_Key = tuple[object, ...]


@dataclass(frozen=True)
class Share:
    """How many calls may be under way at once, and how long one waits for a place."""

    account: int
    origin: int
    all: int
    wait_s: float


def share_of_worker(threads: int) -> Share:
    """Return a quarter for one account; a quarter is left for what calls no gateway."""
    return Share(
        max(1, threads // 4), max(1, threads // 2), max(1, threads * 3 // 4), 1.0
    )


def share_of_web(threads: int) -> Share:
    """Return half the threads for one gateway, and never all for gateways."""
    half = max(1, threads // 2)
    return Share(half, half, max(1, threads - 1), 0.25)


WORKER_SHARE = share_of_worker(WORKER_THREADS)
WEB_SHARE = share_of_web(4)
"""Until ``serve_web`` tells how many threads there are."""


@dataclass
class _Health:
    silences: int
    resumes_at: float
    is_tried: bool = False


class Bulkhead:
    """The places of one process; safe for many threads."""

    def __init__(
        self,
        worker: Share = WORKER_SHARE,
        web: Share = WEB_SHARE,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._worker, self._web, self._first_pause_s = worker, web, first_pause_s
        self._changed = threading.Condition()
        self._taken: Counter[_Key] = Counter()
        self._queues: defaultdict[_Key, deque[object]] = defaultdict(deque)
        self._stuck: set[_Key] = set()
        self._health: dict[_Key, _Health] = {}

    def serve_web(self, threads: int) -> None:
        """Share out the threads of this web process."""
        self._web = share_of_web(threads)

    @contextmanager
    def place(self, account: GatewayAccount, *, hurried: bool) -> Iterator[None]:
        """Hold a place for one call; what it raises tells how the gateway is.

        Raises:
            GatewayBusyError: there is none.
            GatewayPausedError: the gateway was silent, and is left alone.
        """
        # With another address, it is another gateway, which may be tried at once.
        key = account.account_id, account.base_url
        places = self._places(account, hurried=hurried)
        self._take(key, places, (self._web if hurried else self._worker).wait_s)
        silent = False
        try:
            yield
        except GatewaySilentError:
            silent = True
            raise
        finally:
            self._give_back(key, places, silent=silent)

    def _places(self, account: GatewayAccount, *, hurried: bool) -> dict[_Key, int]:
        share = self._web if hurried else self._worker
        return {
            (hurried, "account", account.account_id): share.account,
            (hurried, "origin", urlsplit(account.base_url).netloc): share.origin,
            (hurried, "all"): share.all,
        }

    def _take(self, key: _Key, places: dict[_Key, int], wait_s: float) -> None:
        with self._changed:
            self._check_pause(key)
            if self._queues.get(key) or not self._is_free(places):
                self._wait(key, places, wait_s)
                self._check_pause(key)
            self._taken.update(places.keys())
            if self._is_ill(key):
                self._health[key].is_tried = True

    def _wait(self, key: _Key, places: dict[_Key, int], wait_s: float) -> None:
        """Wait a little where places come free; not where one has waited in vain.

        Those who call and those who wait hold a thread, so ``all`` bounds them too.
        """
        of_account, *_, of_all = places
        threads = self._taken[of_account] + len(self._queues.get(key, ()))
        if key in self._stuck or threads >= places[of_all]:
            raise GatewayBusyError
        queue, turn = self._queues[key], object()
        queue.append(turn)
        try:
            if not self._changed.wait_for(
                lambda: queue[0] is turn and self._is_free(places), wait_s
            ):
                self._stuck.add(key)
                raise GatewayBusyError
        finally:
            queue.remove(turn)
            if not queue:
                self._queues.pop(key, None)
            self._changed.notify_all()  # the next in turn may find a place too

    def _give_back(self, key: _Key, places: dict[_Key, int], *, silent: bool) -> None:
        with self._changed:
            self._taken.subtract(places.keys())
            self._taken += Counter()  # forgets what is zero
            self._stuck.discard(key)
            if silent:
                self._note_silence(key)
            else:
                self._health.pop(key, None)
            self._changed.notify_all()

    def _note_silence(self, key: _Key) -> None:
        before = self._health.get(key)
        silences = before.silences + 1 if before else 1
        doublings = min(max(0, silences - MOST_SILENCES), 8)
        pause = min(self._first_pause_s * 2**doublings, LONGEST_PAUSE_S)
        self._health[key] = _Health(silences, time.monotonic() + pause)

    def _check_pause(self, key: _Key) -> None:
        if not self._is_ill(key):
            return
        health = self._health[key]
        wait_s = health.resumes_at - time.monotonic()
        if health.is_tried or wait_s > 0:
            raise GatewayPausedError(max(1, math.ceil(wait_s)))

    def _is_ill(self, key: _Key) -> bool:
        return key in self._health and self._health[key].silences >= MOST_SILENCES

    def _is_free(self, places: dict[_Key, int]) -> bool:
        return all(self._taken[place] < most for place, most in places.items())


BULKHEAD = Bulkhead()
"""That of this process, whichever driver calls."""
