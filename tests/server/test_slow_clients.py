"""Clients that dawdle, on purpose or not, keep nobody else waiting."""

import json
import socket
import threading
import time
from contextlib import closing, contextmanager

import pytest

from tests.server.conftest import PROMPT_S, answer_of, head_of
from tests.server.stage import BIG, MOST

CROWD = 40
SECONDS = 2
"""How long a body may take at the servers of these tests."""

HEAD = "POST /slow HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def shared(serve):
    return serve(threads=2, seconds=SECONDS, http1_header_read_timeout=SECONDS * 1000)


@pytest.fixture
def served(shared):
    """A server with two threads, which twenty times as many slow clients visit.

    It has forgotten what those of other tests asked.
    """
    shared.notes_file.write_text("")
    return shared


@contextmanager
def crowd(served, opening, drop):
    """Keep that many clients connected, each of which sends ``drop`` each second."""
    clients = [served.connect() for _ in range(CROWD)]
    for client in clients:
        client.sendall(opening)
    stop = threading.Event()

    def dawdle():
        while not stop.wait(1):
            for client in clients:
                try:
                    client.send(drop)
                except OSError:  # it was shown out
                    continue

    thread = threading.Thread(target=dawdle)
    thread.start()
    try:
        yield clients
    finally:
        stop.set()
        thread.join()
        for client in clients:
            client.close()


def rest_of(client):
    """Read until the server ends the connection."""
    data = b""
    try:
        while part := client.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize(
    ("headers", "drop"),
    [("Content-Length: 1000", b"x"), ("Transfer-Encoding: chunked", b"1\r\nx\r\n")],
)
def test_bodies_that_trickle_in_hold_no_thread_and_end(served, headers, drop):
    opening = f"{HEAD}{headers}\r\n\r\n".encode()
    begun = time.monotonic()
    with crowd(served, opening, drop) as clients:
        assert served.answers_promptly()
        refusals = [rest_of(client) for client in clients]
        took = time.monotonic() - begun

    assert {refusal.split()[1] for refusal in refusals} == {b"408"}
    assert SECONDS <= took < SECONDS + PROMPT_S
    assert served.answers_promptly()


def test_bodies_of_which_the_last_byte_fails_to_come_hold_no_thread(served):
    opening = f"{HEAD}Content-Length: {MOST}\r\n\r\n".encode() + b"x" * (MOST - 1)
    with crowd(served, opening, b"") as clients:
        assert served.answers_promptly()
        assert {head_of(client)[0] for client in clients} == {408}


@pytest.mark.parametrize(
    ("opening", "drop"),
    [(b"", b""), (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: ", b"x"), (b"G", b"")],
    ids=["silent", "header trickles", "stops in the request line"],
)
def test_headers_that_do_not_come_hold_no_thread_and_end(served, opening, drop):
    begun = time.monotonic()
    with crowd(served, opening, drop) as clients:
        assert served.answers_promptly()
        for client in clients:
            assert b"200" not in rest_of(client)
        took = time.monotonic() - begun

    assert took < SECONDS + PROMPT_S


def test_connections_between_two_requests_end_too(served):
    with closing(served.connect()) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer_of(client)
        begun = time.monotonic()

        assert rest_of(client) == b""
        assert time.monotonic() - begun < SECONDS + PROMPT_S


@pytest.mark.parametrize("path", ["/big", "/endless"])
def test_answers_that_nobody_takes_hold_no_thread(served, path):
    with crowd(served, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), b"") as all_:
        for client in all_:
            head_of(client)
        assert served.answers_promptly()

    served.wait_for_note("closed", times=CROWD)


def test_a_stream_that_nobody_takes_is_given_up(serve):
    served = serve(stalled=2)
    with closing(served.connect()) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        head_of(client)
        served.wait_for_note("closed")
        assert not rest_of(client).endswith(b"0\r\n\r\n")


def test_a_slow_reader_gets_all_of_a_large_answer_in_the_end(served):
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", served.port))
        client.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        time.sleep(SECONDS + 1)
        got = len(head_of(client)[2])
        while part := client.recv(65536):
            got += len(part)

    assert got == BIG


@pytest.mark.parametrize("length", [MOST + 1, 10**12, 10**30])
def test_a_body_that_says_it_is_too_large_is_refused_unread(served, length):
    begun = time.monotonic()
    status, _, _ = served.ask(f"{HEAD}Content-Length: {length}\r\n\r\n")

    assert status in {400, 413}  # a length that no number holds is no length
    assert (status == 400) == (length == 10**30)
    assert time.monotonic() - begun < SECONDS


def test_a_body_of_the_largest_size_is_taken(served):
    head = f"Content-Length: {MOST}\r\n"
    told = served.told("/", head, "POST", b"x" * MOST)
    chunk = f"{MOST:x}\r\n".encode() + b"x" * MOST + b"\r\n0\r\n\r\n"
    chunked = served.told("/", "Transfer-Encoding: chunked\r\n", "POST", chunk)

    assert told["size"] == chunked["size"] == MOST


def test_a_body_in_chunks_is_refused_once_it_is_too_large(served):
    with closing(served.connect()) as client:
        client.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        client.sendall(b"100001\r\n" + b"x" * (MOST + 1))
        status, _, _ = answer_of(client)

    assert status == 413


@pytest.mark.parametrize("leaves", [socket.SHUT_WR, socket.SHUT_RDWR])
@pytest.mark.parametrize(
    "part",
    [
        b"Content-Length: 10\r\n\r\n12345",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n123",
        b"Content-Length: 10\r\n\r\n",
    ],
)
def test_a_body_that_ends_early_never_reaches_the_application(served, part, leaves):
    with closing(served.connect()) as client:
        client.sendall(HEAD.encode() + part)
        client.shutdown(leaves)
        data = rest_of(client)

    assert b"200" not in data
    assert served.answers_promptly()
    assert "asked /slow" not in served.notes


def test_more_requests_than_can_wait_are_asked_to_come_again(serve):
    served = serve(threads=1)
    clients = [served.connect() for _ in range(100)]
    for client in clients:
        client.sendall(b"GET /api/v1/x HTTP/1.1\r\nHost: a\r\nX-Sleep: 0.05\r\n\r\n")
    answers = [answer_of(client) for client in clients]
    for client in clients:
        client.close()
    turned_away = [answer for answer in answers if answer[0] != 200]

    assert 20 <= len(turned_away) <= 36  # one is answered, 64 wait
    status, headers, body = turned_away[0]
    assert (status, json.loads(body)["code"]) == (503, "server_busy")
    assert ("retry-after", "2") in headers
    assert ("content-type", "application/problem+json") in headers
    assert json.loads(body)["instance"] == "/api/v1/x"
    assert served.answers_promptly()


def test_a_browser_is_asked_to_come_again_in_words(serve):
    served = serve(threads=1)
    clients = [served.connect() for _ in range(100)]
    for client in clients:
        client.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\nX-Sleep: 0.05\r\n\r\n")
    answers = [answer_of(client) for client in clients]
    for client in clients:
        client.close()
    pages = {body.decode() for status, _, body in answers if status == 503}

    assert len(pages) == 1
    assert "โปรดรอสักครู่" in pages.pop()
