import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

STAND = Path(__file__).with_name("stand.py")
PATIENCE_S = 60


class Stand:
    """A supervisor that runs by itself, and what it has printed so far."""

    def __init__(self, parts, folder):
        self.out = folder / "out.txt"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, STAND, json.dumps(parts)],
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def text(self):
        return self.out.read_text()

    def wait_for(self, text, times=1):
        deadline = time.monotonic() + PATIENCE_S
        while self.text.count(text) < times:
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)

    def pid_of(self, name):
        """Return the last pid that a program printed as ``pid N``."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            lines = [x for x in self.text.splitlines() if x.startswith(f"{name} ")]
            told = [x.split()[-1] for x in lines if "pid" in x]
            if told and told[-1].isdecimal():
                return int(told[-1])
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def stand(tmp_path):
    """Return a function that starts a supervisor of the given parts."""
    started = []

    def start(*parts):
        started.append(Stand(parts, tmp_path))
        return started[-1]

    yield start
    for each in started:
        with suppress(ProcessLookupError):
            each.process.terminate()
        each.process.wait(PATIENCE_S)


def gone(pid):
    """Tell whether a process has ended; a zombie has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def wait_gone(*pids):
    deadline = time.monotonic() + PATIENCE_S
    while not all(map(gone, pids)):
        assert time.monotonic() < deadline, [pid for pid in pids if not gone(pid)]
        time.sleep(0.02)


@pytest.fixture
def ended():
    """Return a function that waits until processes are gone."""
    return wait_gone


@pytest.fixture
def kill():
    """Return a function that kills a process as the kernel would."""
    return lambda pid: os.kill(pid, signal.SIGKILL)
