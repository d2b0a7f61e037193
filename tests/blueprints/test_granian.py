"""The application behind its real server: twenty requests at once, one effect."""

import os
import subprocess
import sys
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.ports import reserved_ports

MARKS = "/api/v1/probe/marks"
ROOT = Path(__file__).parents[2]

ENTRY = """
from abtpro_saas.app import create_app
from abtpro_saas.settings import load_settings
from tests.blueprints import probe

app = create_app(load_settings())
app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(probe.blp)
"""


def wait_until_ready(client, process):
    for _ in range(150):
        assert process.poll() is None, "the server ended"
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server is not ready after 15 seconds")


@pytest.fixture(scope="module")
def served(main_tenant, server, settings, tmp_path_factory):
    """A client of two granian workers that serve the application."""
    folder, port = tmp_path_factory.mktemp("entry"), reserved_ports()
    (folder / "entry.py").write_text(ENTRY)
    local = settings()
    key_id, key = local.sealing_keys[0]
    sealing_keys = f"{key_id}:{b64encode(key).decode()}"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{folder}:{ROOT}",
        "ABTPRO_HOME": str(local.home),
        "ABTPRO_SECRET_KEY": local.secret_key,
        "ABTPRO_SEALING_KEYS": sealing_keys,
        "DATABASE_URL": server.app_url,
        "DATABASE_OPERATOR_URL": server.operator_url,
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "4"]
    process = subprocess.Popen([*command, "entry:app"], cwd=folder, env=environ)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        try:
            wait_until_ready(client, process)
            yield client
        finally:
            process.terminate()
            process.wait(15)


@pytest.fixture
def trader(api_key):
    return {"Authorization": f"Bearer {api_key()}"}


def test_twenty_twins_at_once_have_one_effect(served, trader, trail):
    headers = trader | {"Idempotency-Key": "k1"}

    def send(_):
        return served.post(MARKS, json={"amount": 1, "text": "slow"}, headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))

    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["mark_id"] for answer in made}) == 1
    assert [e.outcome for e in trail() if e.action == "mark"] == ["DONE"]


def test_a_body_over_one_mebibyte_is_refused_by_the_real_server_too(served, trader):
    answer = served.post(
        MARKS,
        content=b'{"text": "' + b"x" * 1024 * 1024 + b'"}',
        headers=trader | {"Content-Type": "application/json"},
    )

    assert answer.status_code == 413, answer.text
    assert answer.json()["code"] == "body_too_large"


def test_a_body_in_chunks_is_measured_too(served, trader):
    def chunks():
        for _ in range(20):
            yield b" " * 64 * 1024

    answer = served.post(
        MARKS,
        content=chunks(),
        headers=trader | {"Content-Type": "application/json"},
    )

    assert answer.status_code == 413, answer.text


def test_the_workers_count_together(served, trader):
    answers = [served.get(MARKS, headers=trader) for _ in range(10)]

    left = [int(answer.headers["RateLimit-Remaining"]) for answer in answers]
    ends = [int(answer.headers["RateLimit-Reset"]) for answer in answers]
    assert ends != sorted(ends, reverse=True) or left == list(range(599, 589, -1))
