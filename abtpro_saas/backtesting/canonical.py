"""One text for one value, so that equal inputs have equal hashes on every machine."""

import hashlib
import json


def canonical(value: object) -> bytes:
    """Return JSON with sorted names and no spaces (as RFC 8785, but for its numbers).

    Floats are written as Python does: the shortest text that reads back as the same.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return text.encode()


def digest(value: object) -> str:
    """Return the SHA-256 of a value's canonical text, in hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
