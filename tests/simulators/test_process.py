"""The simulator as a process of its own."""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from tests.ports import reserved_ports

from .conftest import SECRET

PAY = {"merchant_id": "m-siam", "reference_id": "REF1", "amount": "499.00"}


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the program on a free port."""
    started = []
    port = reserved_ports()

    def run(env="local"):
        program = subprocess.Popen(
            [sys.executable, "-m", "abtpro_saas.simulators.gateway"],
            env={
                **os.environ,
                "ABTPRO_ENV": env,
                "ABTPRO_HOME": str(tmp_path),
                "ABTPRO_PORT": str(port),
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(program)
        return program, f"http://127.0.0.1:{port + 4}"

    yield run
    for program in started:
        program.kill()
        program.communicate()


def wait_for(url):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return httpx.get(f"{url}/healthz", trust_env=False).json()
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(url)


def test_it_exists_on_a_local_installation_only(start):
    program, _ = start(env="production")

    assert program.wait(20) == 2
    assert "ABTPRO_ENV" in program.stderr.read()


def test_a_notice_under_way_at_a_kill_is_delivered_after_it(start, merchant):
    program, url = start()
    wait_for(url)
    account = {
        "merchant_id": "m-siam",
        "name": "Siam",
        "secrets": [SECRET],
        "callback_url": merchant.url,
    }
    httpx.post(f"{url}/sim/accounts", json=account, trust_env=False)
    merchant.statuses += [500]
    httpx.post(f"{url}/sim/pay", json=PAY, trust_env=False)
    program.kill()
    program.wait()

    _, url = start()
    wait_for(url)

    assert len(merchant.wait_for(2)) == 2


def test_it_ends_when_told(start):
    program, url = start()
    wait_for(url)

    program.send_signal(signal.SIGTERM)

    assert program.wait(10) in {0, -signal.SIGTERM}
