"""The real server with a small application, and clients that misbehave."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from abtpro_saas.runtime.commands.serving import web_flags
from abtpro_saas.settings import read_settings
from tests.ports import reserved_ports

ROOT = Path(__file__).parents[2]
PROMPT_S = 5
"""A prompt answer on a busy machine; slow clients stay far longer."""


class Served:
    """A running server, and what its application noted."""

    def __init__(self, folder, *, threads=2, seconds=60, processes=1, **more):
        environ = {
            "STAGE_SECONDS": str(seconds),
            "STAGE_THREADS": str(threads),
            "STAGE_STALLED": str(more.pop("stalled", 60)),
            "STAGE_PROXIES": str(more.pop("proxies", 0)),
        }
        self.notes_file = folder / "notes"
        self.notes_file.touch()
        self.port = reserved_ports()
        settings = read_settings(
            {"ABTPRO_PORT": str(self.port), "ABTPRO_WEB_PROCESSES": str(processes)}
        )
        flags = web_flags(settings, connections=1000)
        flags += [f"--{name.replace('_', '-')}={value}" for name, value in more.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", *flags, "tests.server.stage:create"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "STAGE_NOTES": str(self.notes_file),
                **environ,
            },
        )

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, text, body=b""):
        """Send a request on a connection of its own; return status, headers, body."""
        with closing(self.connect()) as client:
            client.sendall(text.encode("latin-1") + body)
            return answer_of(client)

    def told(self, path="/", headers="", method="GET", body=b""):
        """Return what the application saw of a request."""
        head = f"{method} {path} HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n"
        status, _, text = self.ask(head, body)
        assert status == 200, text
        return json.loads(text)

    def answers_promptly(self):
        begun = time.monotonic()
        self.told("/prompt")
        return time.monotonic() - begun < PROMPT_S

    @property
    def notes(self):
        return self.notes_file.read_text().splitlines()

    def wait_for_note(self, line, times=1):
        deadline = time.monotonic() + 60
        while self.notes.count(line) < times:
            assert time.monotonic() < deadline, self.notes
            time.sleep(0.05)

    def wait_until_ready(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.told("/ready")
            except OSError:
                assert self.process.poll() is None, "the server ended"
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def head_of(client):
    """Read until the headers' end; return status, headers, and what came after."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            raise ConnectionResetError(f"it ended after {data[:200]!r}")
        data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(line.lower().split(": ", 1)) for line in lines[1:]]
    return int(lines[0].split()[1]), headers, rest


def answer_of(client, *, is_head=False):
    """Read one answer; one without a length ends with its last chunk."""
    status, headers, body = head_of(client)
    length = dict(headers).get("content-length")
    if is_head or status in {204, 304}:
        return status, headers, body
    if length is None:
        while not body.endswith(b"0\r\n\r\n"):
            part = client.recv(65536)
            assert part, f"broken off after {body[-200:]!r}"
            body += part
        return status, headers, body
    while len(body) < int(length):
        body += client.recv(65536)
    return status, headers, body


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Return a function that starts a server with limits of its own."""
    started = []

    def start(**limits):
        started.append(Served(tmp_path_factory.mktemp("served"), **limits))
        started[-1].wait_until_ready()
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="module")
def served(serve):
    """A server that several tests share."""
    return serve()
