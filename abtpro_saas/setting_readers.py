"""How the texts of settings are read: each reader says what it expects.

They raise ValueError with that, which the caller puts behind the setting's name.
"""

import base64
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit

LAST_PORT = 65_535
KEY_LENGTH = 32


def text(value: str) -> str:
    """Take any text."""
    return value


def count(least: int, most: int) -> Callable[[str], int]:
    """Return the reader of a whole number."""

    def read(value: str) -> int:
        if not is_digits(value) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return read


def choice(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return the reader of one of several words."""

    def read(value: str) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            raise ValueError("one of " + ", ".join(kind)) from None

    return read


def switch(value: str) -> bool:
    """Read ``on`` or ``off``."""
    if value not in {"on", "off"}:
        raise ValueError("on or off")
    return value == "on"


def is_digits(value: str) -> bool:
    """Tell whether a text is ASCII digits alone."""
    return value.isascii() and value.isdecimal()


def url(*schemes: str) -> Callable[[str], str]:
    """Return the reader of a URL of one of ``schemes``, without a last slash."""

    def read(value: str) -> str:
        if value and _scheme(value) not in schemes:
            raise ValueError("a URL that begins with " + " or ".join(schemes))
        return value.rstrip("/")

    return read


def urls(value: str) -> tuple[str, ...]:
    """Read ``https://one,https://two``."""
    read = url("http", "https")
    return tuple(read(part.strip()) for part in value.split(",") if part.strip())


def exchange_urls(value: str) -> tuple[tuple[str, str], ...]:
    """Read ``binance=http://one,okx=http://two``, or ``off``."""
    parts = [] if value == "off" else [part.strip() for part in value.split(",")]
    pairs = [part.partition("=") for part in parts if part]
    if not all(name.isalnum() and address for name, _, address in pairs):
        raise ValueError("off, or name=URL pairs separated by commas")
    read = url("http", "https")
    return tuple((name, read(address)) for name, _, address in pairs)


def _scheme(value: str) -> str:
    try:
        return urlsplit(value).scheme
    except ValueError:
        return ""


def address(value: str) -> str:
    """Read ``host:port``."""
    host, _, port = value.rpartition(":")
    if value and not (host and is_digits(port) and 0 < int(port) <= LAST_PORT):
        raise ValueError("host:port")
    return value


def key(value: str) -> str:
    """Read what signs: long enough, or nothing."""
    if value and len(value) < KEY_LENGTH:
        raise ValueError("at least 32 random characters")
    return value


def sealing_keys(value: str) -> tuple[tuple[str, bytes], ...]:
    """Read ``id:base64,id:base64``; the first seals, all open."""
    keys = []
    for part in filter(None, value.split(",")):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key) != KEY_LENGTH:
            raise ValueError("id:key pairs, each key 32 bytes in base64")
        keys.append((key_id, key))
    return tuple(keys)


def digits(*lengths: int) -> Callable[[str], str]:
    """Return the reader of digits, one of ``lengths`` of them."""

    def read(value: str) -> str:
        if value and not (is_digits(value) and len(value) in lengths):
            raise ValueError(" or ".join(map(str, lengths)) + " digits")
        return value

    return read
