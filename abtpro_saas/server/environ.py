"""What WSGI calls a request, made of what ASGI calls one."""

import sys
from collections.abc import Iterable
from typing import IO, Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
Environ = dict[str, Any]

_ALWAYS: Environ = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "ABTPro",
    "wsgi.errors": sys.stderr,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.url_scheme": "http",
    "wsgi.version": (1, 0),
}
_BARE = {"CONTENT_TYPE", "CONTENT_LENGTH"}
"""Headers that CGI names without HTTP_ in front."""


def environ_of(scope: Scope, body: IO[bytes], length: int | None) -> Environ:
    """Return the environ of a request whose ``length`` bytes of body are all here.

    ``length`` is None where the body was not read: then Content-Length says what was
    declared. PATH_INFO holds the path's bytes as latin-1, as PEP 3333 wants it.
    """
    version = scope["http_version"]
    environ = _ALWAYS | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": scope["client"][0],
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{'1.0' if version == '1' else version}",
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,  # not PEP 3333, but werkzeug asks for it
    }
    _add_headers(environ, scope["headers"])
    if not environ.get("HTTP_HOST"):
        environ.pop("HTTP_HOST", None)  # so says granian that no host was named
    if length is not None:
        # It came in chunks, perhaps; now it is whole, and its length is known.
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def _add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Add each header under CGI's name; one that came twice is joined."""
    for raw, value in headers:
        if b"_" in raw:
            continue  # X_Forwarded_For would pass as X-Forwarded-For
        name = raw.decode("latin-1").upper().replace("-", "_")
        key = name if name in _BARE else f"HTTP_{name}"
        text = value.decode("latin-1")
        if key in environ:
            separator = "; " if key == "HTTP_COOKIE" else ","
            text = f"{environ[key]}{separator}{text}"
        environ[key] = text
