"""A WSGI application behind the real front, which tells what it was asked."""

import hashlib
import json
import os
import time
from pathlib import Path

from flask import Flask, stream_with_context
from flask import request as flask_request
from werkzeug.middleware.proxy_fix import ProxyFix

from abtpro_saas.blueprints.http.bodies import REFUSAL
from abtpro_saas.server.front import Front, Limits

MOST = 1024 * 1024
NOTES = Path(os.environ.get("STAGE_NOTES", "/dev/null"))
BIG = 16 * 1024 * 1024


def note(line):
    with NOTES.open("a") as file:
        file.write(f"{line}\n")


def app(environ, start_response):
    """Answer by path; each call is noted."""
    path = environ["PATH_INFO"]
    note(f"asked {path}")
    if REFUSAL in environ:
        start_response(f"{environ[REFUSAL]} Refused", [("Content-Length", "0")])
        return []
    answers = {"/stream": stream, "/endless": endless, "/big": big, "/raise": fail}
    return answers.get(path, tell)(environ, start_response)


def tell(environ, start_response):
    body = environ["wsgi.input"].read()
    time.sleep(float(environ.get("HTTP_X_SLEEP", "0")))
    told = {k: v for k, v in environ.items() if isinstance(v, str)}
    told |= {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    told["pid"] = os.getpid()
    text = json.dumps(told).encode()
    status = environ.get("HTTP_X_STATUS", "200 OK")
    if status[0] != "2" or status.startswith("204"):
        text = b""
    headers = [("X-One", "1"), ("X-One", "2"), ("Content-Type", "application/json")]
    if not status.startswith("204"):
        headers.append(("Content-Length", str(len(text))))
    start_response(status, headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else text]


class Pieces:
    """An answer's iterable, which notes its end."""

    def __init__(self, pieces):
        self.pieces = pieces

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        note("closed")


def stream(environ, start_response):
    def pieces():
        for piece in (b"one ", b"two ", b"", b"three"):
            yield piece
            time.sleep(float(environ.get("HTTP_X_SLEEP", "0")))
        if "HTTP_X_BREAK" in environ:
            raise RuntimeError("in the middle")

    start_response("200 OK", [("Content-Type", "text/plain")])
    return Pieces(pieces())


def endless(_environ, start_response):
    def pieces():
        while True:
            yield b"x" * 64 * 1024
            time.sleep(0.01)

    start_response("200 OK", [("Content-Type", "text/plain")])
    return Pieces(pieces())


def big(_environ, start_response):
    start_response("200 OK", [("Content-Length", str(BIG))])
    return Pieces(b"x" * 8192 for _ in range(BIG // 8192))


def fail(environ, _start_response):
    raise SystemExit if "HTTP_X_EXIT" in environ else ValueError("as asked")


flask = Flask(__name__)


@flask.get("/flask")
def keeps_its_request():
    """Look at the request from a generator, which several threads may run."""

    def pieces():
        for _ in range(20):
            yield flask_request.args["word"]
            time.sleep(0.005)

    return stream_with_context(pieces())


def routed(environ, start_response):
    chosen = flask.wsgi_app if environ["PATH_INFO"] == "/flask" else app
    return chosen(environ, start_response)


def create():
    """Return the front; its limits come from the environment."""
    seconds = float(os.environ["STAGE_SECONDS"])
    limits = Limits(MOST, seconds, float(os.environ["STAGE_STALLED"]))
    behind = ProxyFix(routed, x_for=int(os.environ["STAGE_PROXIES"]))
    return Front(behind, limits, threads=int(os.environ["STAGE_THREADS"]))
