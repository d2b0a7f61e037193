"""Delivering notices: many at a time, again and again until one is accepted."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from abtpro_saas.billing.gateways import signatures
from abtpro_saas.clock import utc_now
from abtpro_saas.simulators.gateway.http_lines import Lines, PostError
from abtpro_saas.simulators.gateway.store import Merchant, Row, Store

LANES = 32
TIMEOUT_S = 10
RETRY_AFTER_S = (1, 2, 4, 8, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200)
"""Seconds from one try to the next; after the last one the gateway falls silent."""

_WAITS = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_DUE = """
SELECT d.delivery_id, d.tries, e.event_id, e.merchant_id, e.body, e.callback_url
FROM deliveries d JOIN events e USING (event_id)
WHERE d.state = 'PENDING' AND d.due_at <= ? ORDER BY d.due_at, d.delivery_id LIMIT ?
"""
_NEXT = "SELECT min(due_at) AS due_at FROM deliveries WHERE state = 'PENDING'"
_LATER = f"{_NEXT} AND due_at > ?"


class Dispatcher:
    """Sends what is due. What was under way at a crash is sent again after it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = asyncio.Event()
        self._tried: dict[int, asyncio.Future[None]] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._lines = Lines(TIMEOUT_S)

    def wake(self) -> None:
        """Look again at once: something new is due, or an outage has ended."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._wake.clear()
                wait_s = self._start_due()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait_s)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            self._lines.close()

    async def first_tries(self, ids: Sequence[int], timeout_s: float) -> None:
        """Return when each of these has been tried once, or after ``timeout_s``."""
        loop = asyncio.get_running_loop()
        waiting = [self._tried.setdefault(each, loop.create_future()) for each in ids]
        self.wake()
        if waiting:
            await asyncio.wait(waiting, timeout=timeout_s)
        for each in ids:
            self._tried.pop(each, None)

    def _start_due(self) -> float | None:
        """Start what is due, and return in how many seconds to look again."""
        now = time.time()
        out = self._store.outage_until
        if out > now:
            return out - now
        free = LANES - len(self._running)
        if free <= 0:
            return None  # the next one to end wakes us
        due = self._store.rows(_DUE, now, LANES)
        for row in [r for r in due if r["delivery_id"] not in self._running][:free]:
            self._running[row["delivery_id"]] = asyncio.create_task(self._deliver(row))
        later = self._store.row(_LATER, now)
        return max(0.0, later["due_at"] - now) if later and later["due_at"] else None

    def _done(self, delivery_id: int) -> None:
        del self._running[delivery_id]
        tried = self._tried.pop(delivery_id, None)
        if tried and not tried.done():
            tried.set_result(None)
        self.wake()

    async def _deliver(self, row: Row) -> None:
        try:
            await self._try(row)
        finally:
            self._done(row["delivery_id"])

    async def _try(self, row: Row) -> None:
        merchant = self._store.merchant(row["merchant_id"])
        if merchant is None:
            self._save(row, "REFUSED", None, "the account is gone")
            return
        status, error = await self._post(merchant, row)
        if _good(status):
            self._save(row, "DELIVERED", status, None)
        elif row["tries"] >= len(RETRY_AFTER_S):
            self._save(row, "GIVEN_UP", status, error)
        elif _final(status):
            # Repeating it would only wear out the receiver's patience with forgers.
            self._save(row, "REFUSED", status, error)
        else:
            self._save(row, "PENDING", status, error)

    async def _post(
        self, merchant: Merchant, row: Row
    ) -> tuple[int | None, str | None]:
        raw = row["body"]
        # Each try is signed anew: the receiver refuses a time older than 300 s.
        if merchant.form == "classic":
            header = signatures.CLASSIC_HEADER
            signature = signatures.sign_classic(raw, merchant.secrets[0])
        else:
            header = signatures.HEADER
            signature = signatures.sign(raw, merchant.secrets, utc_now())
        headers = {"Content-Type": "application/json", header: signature}
        try:
            status, text = await self._lines.post(row["callback_url"], headers, raw)
        except PostError as error:
            return None, str(error)
        return status, None if _good(status) else text[:500]

    def _save(
        self, row: Row, state: str, status: int | None, error: str | None
    ) -> None:
        tries = row["tries"]
        wait_s = RETRY_AFTER_S[min(tries, len(RETRY_AFTER_S) - 1)]
        self._store.execute(
            "UPDATE deliveries SET state = ?, status = ?, error = ?, tries = ?,"
            " due_at = ? WHERE delivery_id = ?",
            state,
            status,
            error,
            tries + 1,
            time.time() + wait_s,
            row["delivery_id"],
        )


def _good(status: int | None) -> bool:
    return status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _final(status: int | None) -> bool:
    refused = status is not None and (
        HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    )
    return refused and status not in _WAITS
