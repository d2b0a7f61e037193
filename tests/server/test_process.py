"""The server's processes: they come back, and they finish what they began."""

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import closing

from tests.server.conftest import ROOT, answer_of

NEWLY_IMPORTED = """
import json, sys
from abtpro_saas.server.process import create_front, preload
preload()
before = set(sys.modules)
create_front()
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_a_killed_process_comes_back(serve):
    served = serve(processes=2)
    before = pids(served)
    os.kill(before.pop(), signal.SIGKILL)

    deadline = time.monotonic() + 30
    while len(after := pids(served)) < 2 or before - after:
        assert time.monotonic() < deadline
    assert served.process.poll() is None


def test_a_process_that_dies_again_at_once_ends_the_server_for_its_supervisor(serve):
    served = serve()
    for _ in range(2):
        deadline = time.monotonic() + 30
        while not (found := pids(served)):
            assert time.monotonic() < deadline
        os.kill(found.pop(), signal.SIGKILL)

    assert served.process.wait(20) == 1


def test_what_a_process_needs_is_imported_before_it_is_forked(tmp_path):
    environ = {
        "ABTPRO_HOME": str(tmp_path),
        "ABTPRO_SECRET_KEY": "x" * 40,
        "ABTPRO_SEALING_KEYS": f"k1:{b64encode(bytes(32)).decode()}",
        "DATABASE_URL": "postgresql://a@127.0.0.1/a",
        "DATABASE_OPERATOR_URL": "postgresql://a@127.0.0.1/a",
    }
    done = subprocess.run(
        [sys.executable, "-c", NEWLY_IMPORTED],
        capture_output=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environ,
        check=True,
    )
    imported = json.loads(done.stdout.splitlines()[-1])

    assert [name for name in imported if name.startswith("abtpro_saas")] == []
    assert len(imported) < 20, imported


def pids(served):
    """Return the processes that answer; one that was killed may break a connection."""
    found = set()
    for _ in range(30):
        try:
            found.add(served.told()["pid"])
        except OSError:
            time.sleep(0.1)
    return found


def test_a_request_that_has_begun_is_finished_before_the_server_ends(serve):
    served = serve()
    with closing(served.connect()) as running, closing(served.connect()) as idle:
        running.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\nX-Sleep: 2\r\n\r\n")
        served.wait_for_note("asked /long")
        served.process.terminate()
        status, _, body = answer_of(running)
        left = idle.recv(1)

    assert (status, json.loads(body)["PATH_INFO"]) == (200, "/long")
    assert left == b""
    assert served.process.wait(20) == 0


def test_a_body_that_trickles_in_does_not_keep_the_server_from_ending(serve):
    served = serve()
    with closing(served.connect()) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx")
        served.answers_promptly()
        begun = time.monotonic()
        served.process.terminate()

        assert served.process.wait(20) == 0
    assert time.monotonic() - begun < 12
