"""Reading what callers of the simulator send, and refusing it in plain words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse

from abtpro_saas.billing.gateways.json_reading import (
    FieldError,
    Fraction,
    check_names,
    identifier,
    read_object,
)

LARGEST = 256 * 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Body = dict[str, Any]


class RefusedError(Exception):
    """An answer with ``status`` and a reason."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def problem(
    status: int, code: str, message: str, field: str | None = None
) -> JSONResponse:
    """Return the one form in which the simulator refuses."""
    content = {"error": code, "message": message}
    return JSONResponse(content | ({"field": field} if field else {}), status)


async def read_raw(request: Request) -> bytes:
    """Return the body, unless it is larger than any that makes sense here."""
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST:
            raise RefusedError(413, "too_large", "the body is over 256 kB")
    return bytes(raw)


async def read_body(request: Request, required: set[str], optional: set[str]) -> Body:
    """Return a JSON body with these fields and no others; null is like absent."""
    found = read_object(await read_raw(request) or b"{}")
    body = {name: value for name, value in found.items() if value is not None}
    check_names(body, frozenset(required), frozenset(optional))
    return body


def text(body: Mapping[str, Any], name: str) -> str | None:
    """Return an identifier, or None where it is absent."""
    return identifier(body, name) if name in body else None


def flag(body: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return true or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise FieldError(f"{name} is true or false", name)
    return value


def count(body: Mapping[str, Any], name: str, default: int, most: int) -> int:
    """Return a whole number from 1 to ``most``."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise FieldError(f"{name} is a whole number from 1 to {most}", name)
    return value


def seconds(
    body: Mapping[str, Any], name: str, default: float = 0, most: float = 86_400
) -> float:
    """Return a number of seconds from 0 to ``most``."""
    value = body.get(name, default)
    if isinstance(value, Fraction):
        value = float(value.text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(f"{name} is a number of seconds", name)
    if not 0 <= value <= most:
        raise FieldError(f"{name} is from 0 to {most:g} seconds", name)
    return float(value)


def callback_url(body: Mapping[str, Any], name: str) -> str | None:
    """Return a URL on this machine: a simulator never calls out."""
    if name not in body:
        return None
    value = body[name]
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    host = parts.hostname or ""
    if parts.scheme != "http" or not (host in LOOPBACK or host.endswith(".localhost")):
        raise FieldError(f"{name} is an http URL on this machine", name)
    return str(value)
