"""HTTP to a gateway: signed, limited in time and size, without redirects."""

import time
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx

from abtpro_saas.billing.gateways import signatures
from abtpro_saas.billing.gateways.json_reading import MalformedError, read_object
from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayAccount,
    GatewayRefusedError,
    GatewayRequest,
    GatewayUnavailableError,
)
from abtpro_saas.clock import utc_now

CONNECT_S, TOTAL_S = 2.0, 8.0
LARGEST = 64 * 1024 * 1024
"""Bytes of the largest answer that is read: a settlement file of some 500,000 rows."""

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


class GatewayClient:
    """Keeps connections to gateways open; safe for many threads at once."""

    def __init__(self, total_s: float = TOTAL_S) -> None:
        self._total_s = total_s
        self._http = httpx.Client(
            timeout=httpx.Timeout(min(total_s, 5.0), connect=min(total_s, CONNECT_S)),
            follow_redirects=False,
            trust_env=False,  # a proxy in the environment must not see payments
            transport=httpx.HTTPTransport(retries=1),  # of connecting alone
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
            GatewayUnavailableError: silence, an outage, a redirect, too large.
            GatewayRefusedError: a 4xx that answers the call.
            AccountRefusedError: any other 4xx.
        """
        method = call.method
        url = account.base_url + path + (f"?{urlencode(query)}" if query else "")
        request = self._http.build_request(method, url, content=body or None)
        target = request.url.raw_path.decode("ascii")
        text = signatures.request_text(method, target, body)
        request.headers["Accept-Encoding"] = "identity"  # what is small stays small
        request.headers[signatures.HEADER] = signatures.sign(
            text, account.secrets[:1], utc_now()
        )
        if body:
            request.headers["Content-Type"] = "application/json"
        try:
            response, raw = self._send(request)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise GatewayUnavailableError(
                "the payment gateway gives no answer"
            ) from None
        if response.is_success:
            return raw
        raise _error(account, call, response)

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
        self._http.close()

    def _send(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        end = time.monotonic() + self._total_s
        response = self._http.send(request, stream=True)
        try:
            raw = bytearray()
            for part in response.iter_raw():
                raw += part
                # A limit for each read is none for a sender that drips.
                if len(raw) > LARGEST or time.monotonic() > end:
                    raise GatewayUnavailableError("the gateway's answer does not end")
        finally:
            response.close()
        return response, bytes(raw)


def _error(
    account: GatewayAccount, call: Call, response: httpx.Response
) -> GatewayRefusedError | GatewayUnavailableError:
    status = response.status_code
    if status in call.answers:
        return GatewayRefusedError(status)
    if response.is_client_error and status not in _TRY_AGAIN:
        return AccountRefusedError(account, call.name, status)
    return GatewayUnavailableError(f"the payment gateway answers {status}")
