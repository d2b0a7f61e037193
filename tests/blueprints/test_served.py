"""The application behind its real server: twenty requests at once, one effect."""

import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from abtpro_saas.runtime.commands.serving import web_flags
from tests.ports import reserved_ports

MARKS = "/api/v1/probe/marks"
ROOT = Path(__file__).parents[2]

ENTRY = """
from abtpro_saas.app import LARGEST_BODY, create_app
from abtpro_saas.server.front import Front, Limits
from abtpro_saas.settings import load_settings
from tests.blueprints import probe

def create_front():
    app = create_app(load_settings())
    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(probe.blp)
    return Front(app, Limits(LARGEST_BODY, 2), threads=4)
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
    """A client of two processes of the web server."""
    folder, port = tmp_path_factory.mktemp("entry"), reserved_ports()
    (folder / "entry.py").write_text(ENTRY)
    local = settings(ABTPRO_PORT=str(port))
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
    flags = web_flags(local, connections=1000)
    command = [sys.executable, "-m", "granian", *flags, "entry:create_front"]
    process = subprocess.Popen(command, cwd=folder, env=environ)
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


def begin(served, head):
    """Send the beginning of a request; return the connection."""
    url = served.base_url
    client = socket.create_connection((url.host, url.port), timeout=30)
    client.sendall(f"{head}\r\nHost: {url.host}\r\n".encode())
    return client


@pytest.mark.parametrize(
    "path", [MARKS, "/api/v1/payment/promptpay/create", "/sign-in"]
)
def test_a_body_that_is_announced_too_large_is_refused_unread(served, path):
    with begin(served, f"POST {path} HTTP/1.1") as client:
        client.sendall(b"Content-Length: 1000000000000\r\n\r\n")
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert (b'"code": "body_too_large"' in answer) == path.startswith("/api/")
    assert b"x-request-id: " in answer


def test_a_body_that_does_not_arrive_in_time_is_a_problem_with_a_code(served):
    with begin(served, f"POST {MARKS} HTTP/1.1") as client:
        client.sendall(b"Content-Length: 10\r\n\r\n1")
        answer = client.recv(65536)
        assert client.recv(65536) == b""  # and the connection ends

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
    assert b"content-type: application/problem+json" in answer
    assert b'"code": "body_too_slow"' in answer


def test_a_page_whose_form_does_not_arrive_says_so_in_its_frame(served):
    with begin(served, "POST /sign-in HTTP/1.1") as client:
        client.sendall(b"Accept-Language: th\r\nContent-Length: 10\r\n\r\n1")
        answer = b""
        while part := client.recv(65536):
            answer += part

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert "ข้อมูลมาถึงไม่ทันเวลา".encode() in answer


def test_the_workers_count_together(served, trader):
    answers = [served.get(MARKS, headers=trader) for _ in range(10)]

    left = [int(answer.headers["RateLimit-Remaining"]) for answer in answers]
    ends = [int(answer.headers["RateLimit-Reset"]) for answer in answers]
    assert ends != sorted(ends, reverse=True) or left == list(range(599, 589, -1))
