"""The application behind its real server: twenty requests at once, one effect."""

import json
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


def ask(served, text):
    """Send a request of bytes, perhaps a wrong one; return all that comes back."""
    url = served.base_url
    with socket.create_connection((url.host, url.port), timeout=30) as client:
        client.sendall(text)
        answer = b""
        while part := client.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"zz\r\nabc\r\n0\r\n\r\n", id="no number"),
        pytest.param(b"-1\r\nabc\r\n0\r\n\r\n", id="below zero"),
        pytest.param(b"F" * 18 + b"\r\nabc\r\n0\r\n\r\n", id="beyond all numbers"),
        pytest.param(b"3\r\nabcXX\r\n0\r\n\r\n", id="longer than it says"),
        pytest.param(b"3\r\nabc\r\nzz\r\n", id="wrong after a good one"),
        pytest.param(b"0\r\nno trailer\r\n\r\n", id="wrong trailer"),
    ],
)
def test_chunks_that_are_none_are_a_problem_with_a_code(served, body):
    head = "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = ask(served, f"POST {MARKS} {head}".encode() + body)
    head, _, text = answer.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"content-type: application/problem+json" in head
    assert json.loads(text)["code"] == "bad_request"


HOSTS = {
    "none": b"",
    "empty": b"Host: \r\n",
    "two": b"Host: 127.0.0.1\r\nHost: other.example\r\n",
    "the same twice": b"Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n",
    "one empty": b"Host: 127.0.0.1\r\nHost:\r\n",
    "spaces": b"Host: a b\r\n",
    "a list": b"Host: a,b\r\n",
    "no port": b"Host: 127.0.0.1:http\r\n",
    "a port beyond all ports": b"Host: 127.0.0.1:65536\r\n",
    "a path": b"Host: 127.0.0.1/x\r\n",
    "a user": b"Host: me@127.0.0.1\r\n",
    "no letters": b"Host: \xff\xfe\r\n",
    "half an address": b"Host: [::1\r\n",
}


@pytest.mark.parametrize("lines", HOSTS.values(), ids=HOSTS)
def test_a_request_that_names_no_one_host_is_refused(served, lines):
    request = b"GET /api/v1/version HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n"
    head, _, text = ask(served, request).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"content-type: application/problem+json" in head
    assert json.loads(text)["code"] == "invalid_host_header"


def test_a_page_of_no_host_says_so_in_words(served):
    answer = ask(
        served, b"GET /sign-in HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"<html" in answer


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST.", "127.0.0.1:", "[::1]:80"])
def test_however_the_bare_host_is_written_it_is_known(served, host):
    request = f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"

    assert ask(served, request.encode()).startswith(b"HTTP/1.1 200 ")


def test_an_older_client_that_names_no_host_means_the_bare_one(served):
    assert ask(served, b"GET /sign-in HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")


def test_the_workers_count_together(served, trader):
    answers = [served.get(MARKS, headers=trader) for _ in range(10)]

    left = [int(answer.headers["RateLimit-Remaining"]) for answer in answers]
    ends = [int(answer.headers["RateLimit-Reset"]) for answer in answers]
    assert ends != sorted(ends, reverse=True) or left == list(range(599, 589, -1))
