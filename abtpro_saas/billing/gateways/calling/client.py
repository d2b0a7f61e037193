"""HTTP to a gateway: signed, limited in time and size, without redirects."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpcore
import httpx

from abtpro_saas.billing.gateways import signatures
from abtpro_saas.billing.gateways.calling.bulkhead import BULKHEAD, Bulkhead
from abtpro_saas.billing.gateways.calling.limits import (
    LimitedBackend,
    limited,
    somebody_waits,
)
from abtpro_saas.billing.gateways.json_reading import MalformedError, read_object
from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayAccount,
    GatewayRefusedError,
    GatewayRequest,
    GatewaySilentError,
    GatewayUnavailableError,
)
from abtpro_saas.clock import utc_now

CONNECT_S, TOTAL_S = 2.0, 8.0
LARGEST = 1024 * 1024
"""Bytes of the largest answer that is read, where its call allows no more."""

LARGEST_HEADERS = 256 * 1024
"""Bytes until an answer's body begins."""

_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)
_TRY_AGAIN = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


@dataclass(frozen=True)
class Call:
    """A request of a contract: its method, and the 4xx that answer what it asks.

    Any other 4xx says that we were not heard, and nothing of what was asked.
    """

    name: GatewayRequest
    method: str
    answers: frozenset[int] = frozenset()
    largest: int = LARGEST


class GatewayClient:
    """Keeps connections to gateways open; safe for many threads at once."""

    def __init__(self, total_s: float = TOTAL_S, bulkhead: Bulkhead = BULKHEAD) -> None:
        self._total_s, self._bulkhead = total_s, bulkhead
        # No proxy, wherever the environment names one: it must not see payments.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,  # the bulkhead's places are fewer
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            retries=1,  # of connecting alone
            network_backend=LimitedBackend(),
        )

    def ask(
        self,
        account: GatewayAccount,
        call: Call,
        path: str,
        query: dict[str, str | date] | None = None,
        body: bytes = b"",
    ) -> bytes:
        """Return the body of a good answer.

        Raises:
            GatewayUnavailableError: silence, an outage, a redirect, too large; or not
                asked at all, because the gateway is slow.
            GatewayRefusedError: a 4xx that answers the call.
            AccountRefusedError: any other 4xx.
        """
        try:
            address = f"{account.base_url}{path}"
            url = httpx.URL(f"{address}?{urlencode(query)}" if query else address)
        except httpx.InvalidURL:
            raise _no_answer() from None
        request = _request(account, call, url, body)
        with self._bulkhead.place(account, hurried=somebody_waits()):
            status, raw = self._send(request, call.largest)
        if HTTPStatus(200) <= status < HTTPStatus(300):
            return raw
        raise _error(account, call, status)

    def ask_object(
        self,
        account: GatewayAccount,
        call: Call,
        path: str,
        query: dict[str, str | date] | None = None,
        body: bytes = b"",
    ) -> dict[str, Any]:
        """Return the JSON object of a good answer; raises as ``ask`` does."""
        raw = self.ask(account, call, path, query, body)
        try:
            return read_object(raw)
        except MalformedError:
            raise GatewayUnavailableError("the gateway's answer is broken") from None

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _send(self, request: "_Request", largest: int) -> tuple[int, bytes]:
        try:
            with (
                limited(self._total_s, LARGEST_HEADERS) as allowance,
                self._pool.stream(
                    request.method,
                    request.url,
                    headers=request.headers,
                    content=request.body,
                    extensions={"timeout": {"connect": CONNECT_S}},
                ) as response,
            ):
                allowance.room = 2 * largest  # with what frames its chunks
                raw = bytearray()
                for part in response.iter_stream():
                    raw += part
                    if len(raw) > largest:
                        raise GatewayUnavailableError(
                            "the gateway's answer does not end"
                        )
                return response.status, bytes(raw)
        except httpcore.TimeoutException:
            raise GatewaySilentError("the payment gateway gives no answer") from None
        except _FAILURES:
            raise _no_answer() from None


@dataclass(frozen=True)
class _Request:
    method: str
    url: httpcore.URL
    headers: list[tuple[str | bytes, str | bytes]]
    body: bytes | None


def _request(
    account: GatewayAccount, call: Call, url: httpx.URL, body: bytes
) -> _Request:
    text = signatures.request_text(call.method, url.raw_path.decode("ascii"), body)
    signature = signatures.sign(text, account.secrets[:1], utc_now())
    headers: list[tuple[str | bytes, str | bytes]] = [
        ("Accept-Encoding", "identity"),  # what is small stays small
        ("User-Agent", "ABTPro"),
        (signatures.HEADER, signature),
    ]
    if body:
        headers.append(("Content-Type", "application/json"))
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    return _Request(call.method, target, headers, body or None)


def _no_answer() -> GatewayUnavailableError:
    return GatewayUnavailableError("the payment gateway gives no answer")


def _error(
    account: GatewayAccount, call: Call, status: int
) -> GatewayRefusedError | GatewayUnavailableError:
    if status in call.answers:
        return GatewayRefusedError(status)
    is_client_error = HTTPStatus(400) <= status < HTTPStatus(500)
    if is_client_error and status not in _TRY_AGAIN:
        return AccountRefusedError(account, call.name, status)
    return GatewayUnavailableError(f"the payment gateway answers {status}")
