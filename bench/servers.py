"""The web server with its front beside the same application on granian's WSGI."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from _load import http, run
from _rig import SECONDS, Rig, compete, report, rig, served, web
from abtpro_saas.runtime.embedded import postgres

CONNECTIONS = 16
SLOW = 40
PATIENCE_S = 10.0
FRONT, WSGI = "abtpro web, with its front", "granian's WSGI, wsgi:app"

Trickle = Callable[[str], bytes]


@contextlib.contextmanager
def wsgi(rig: Rig) -> Iterator[int]:
    """Serve ``wsgi:app`` as granian does by itself; gives the port."""
    port = postgres.free_port()
    granian = str(Path(sys.executable).parent / "granian")
    flags = ["--interface=wsgi", "--host=127.0.0.1", f"--port={port}", "--workers=2"]
    flags += ["--blocking-threads=4", "--log-level=warning"]
    with served(rig, port, [granian, *flags, "wsgi:app"]):
        yield port


def body(host: str) -> bytes:
    """Return the head of a notice whose body comes later."""
    whole = http("POST", "/api/v1/payment/webhook/promptpay", host, b" " * 1000)
    return whole[: -len(b" " * 1000)]


def headers(host: str) -> bytes:
    """Return a head that has not ended."""
    return f"GET /livez HTTP/1.1\r\nHost: {host}\r\n".encode()


def waited(port: int, begun: Trickle) -> float:
    """Return how many seconds one request takes beside slow ones."""
    host, over = f"127.0.0.1:{port}", threading.Event()
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW)]

    def trickle() -> None:
        for each in slow:
            each.sendall(begun(host))
        while not over.wait(1):
            for each in slow:
                with contextlib.suppress(OSError):  # refused by now
                    each.sendall(b"x")

    sender = threading.Thread(target=trickle)
    sender.start()
    time.sleep(1)
    try:
        return _asked(port, host)
    finally:
        over.set()
        sender.join()
        for each in slow:
            each.close()


def _asked(port: int, host: str) -> float:
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as asking:
        asking.sendall(http("GET", "/livez", host))
        with contextlib.suppress(TimeoutError):
            asking.recv(1)
    return time.perf_counter() - begun


def main() -> None:
    """Print both servers' rates, and what slow clients do to the others."""
    with rig() as made, web(made), wsgi(made) as plain:
        ports = {FRONT: int(made.environment["ABTPRO_PORT"]), WSGI: plain}

        def empty(port: int) -> tuple[float, float]:
            asked = http("GET", "/livez", f"127.0.0.1:{port}")
            return run(port, CONNECTIONS, [asked] * int(SECONDS * 1600))

        figures = compete(
            {name: lambda port=port: empty(port) for name, port in ports.items()}
        )
        report("The empty endpoint", figures, WSGI)
        print(
            f"\nOne request beside {SLOW} slow clients  (given up after {PATIENCE_S} s)"
        )
        for what, begun in (("bodies", body), ("headers", headers)):
            for name, port in ports.items():
                print(f"  {what:<8} {name:<28} {waited(port, begun) * 1000:10,.1f} ms")


if __name__ == "__main__":
    main()
