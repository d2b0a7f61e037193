"""Gateways that take their time, over real sockets."""

import contextlib
import json
import socket
import threading
import time

ANSWER = json.dumps({"payments": []}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
WELL = HEAD % len(ANSWER) + ANSWER


def say(text):
    """Return what answers at once."""
    return lambda connection, _stop: connection.sendall(text)


def drip(start, piece, seconds=0.1):
    """Return what says ``start``, and then ``piece`` again and again."""

    def answer(connection, stop):
        connection.sendall(start)
        while not stop.wait(seconds):
            connection.sendall(piece)

    return answer


def hush(_connection, stop):
    """Say nothing."""
    stop.wait(60)


def late(seconds):
    """Return what answers after so long."""

    def answer(_connection, stop):
        stop.wait(seconds)
        return WELL

    return answer


class SlowGateway:
    """Answers each request as ``answer`` does, and counts those under way.

    What ``answer`` returns is sent when the request counts no more: its sender may ask
    again as soon as it has come.
    """

    def __init__(self, answer, *, reads=True):
        self.answer, self.reads = answer, reads
        self.asked, self.now, self.most = 0, 0, 0
        self._guard, self._stop = threading.Lock(), threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        self._stop.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for each in self._threads:
            each.join()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=[connection])
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            if self.reads:
                connection.settimeout(10)
                connection.recv(65_536)
            with self._guard:
                self.asked += 1
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                last = self.answer(connection, self._stop)
            finally:
                with self._guard:
                    self.now -= 1
            connection.sendall(last or b"")


def seconds_of(work):
    """Return how long ``work`` took, whatever came of it, and that."""
    start = time.monotonic()
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - what it raised is the result
        result = error
    return time.monotonic() - start, result
