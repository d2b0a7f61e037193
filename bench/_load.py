"""A small HTTP load generator: prepared requests over keep-alive connections.

It runs as a process of its own, so that it takes no time from the server's interpreter:
``python bench/_load.py PORT CONNECTIONS < requests`` where each request is preceded by
its length. Prints requests per second, p99 in milliseconds, and how many failed.
"""

import json
import selectors
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

FRAME = struct.Struct("!I")


def run(port: int, connections: int, requests: list[bytes]) -> tuple[float, float]:
    """Send ``requests`` and return the rate and the p99; any failure ends the bench."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), str(port), str(connections)],
        input=b"".join(FRAME.pack(len(each)) + each for each in requests),
        capture_output=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    if answer["failed"]:
        raise SystemExit(f"{answer['failed']} requests failed: {answer['example']}")
    return answer["rate"], answer["p99_ms"]


def http(
    method: str, path: str, host: str, body: bytes = b"", headers: str = ""
) -> bytes:
    """Return one request's bytes; ``headers`` are whole lines."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Connection:
    """One keep-alive connection and the answer that it waits for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> bytes | None:
        """Return the whole answer once it is there."""
        self.buffer += self.socket.recv(65536)
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        if len(rest) < length:
            return None
        whole, self.buffer = self.buffer, b""
        return whole


def main() -> None:
    """Read the requests, send them over the connections, print the figures."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    requests = read_requests(sys.stdin.buffer.read())
    chooser = selectors.DefaultSelector()
    latencies: list[float] = []
    bad: list[str] = []
    waiting = iter(requests)
    begun = time.perf_counter()
    for _ in range(count):
        connection = Connection(port)
        chooser.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(waiting))
    busy = count
    while busy:
        for key, _ in chooser.select():
            answer = key.data.answer()
            if answer is None:
                continue
            latencies.append(time.perf_counter() - key.data.sent_at)
            if answer[9:10] != b"2":
                bad.append(answer[:300].decode(errors="replace"))
            request = next(waiting, None)
            if request is None:
                busy -= 1
            else:
                key.data.send(request)
    took = time.perf_counter() - begun
    latencies.sort()
    figures = {
        "rate": len(latencies) / took,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "failed": len(bad),
        "example": bad[:1],
    }
    print(json.dumps(figures))


def read_requests(raw: bytes) -> list[bytes]:
    """Return the requests in ``raw``, each preceded by its length."""
    requests, at = [], 0
    while at < len(raw):
        (length,) = FRAME.unpack_from(raw, at)
        at += FRAME.size
        requests.append(raw[at : at + length])
        at += length
    return requests


if __name__ == "__main__":
    main()
