"""What the application sees of a request, and the client of an answer."""

import hashlib
import time
from contextlib import closing

import pytest

from tests.server.conftest import answer_of, head_of
from tests.server.stage import BIG


def test_the_application_sees_who_asks_for_what(served):
    told = served.told("/a%20b/%E0%B8%81?q=%20x&q=%C3%28&+")

    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["wsgi.url_scheme"] == "http"
    assert told["HTTP_HOST"] == "a.example"
    assert told["SERVER_PORT"] == str(served.port)
    assert told["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert told["PATH_INFO"].encode("latin-1").decode() == "/a b/ก"
    assert told["QUERY_STRING"] == "q=%20x&q=%C3%28&+"
    assert told["SCRIPT_NAME"] == ""


def test_bytes_of_a_path_and_of_a_header_arrive_as_they_are(served):
    told = served.told("/%FF%2F%00x", "X-Word: caf\xe9\r\n")

    assert told["PATH_INFO"] == "/\xff/\x00x"
    assert told["HTTP_X_WORD"] == "caf\xe9"


def test_headers_that_come_twice_are_joined(served):
    told = served.told(
        headers="Accept: a\r\nAccept: b\r\nCookie: x=1\r\nCookie: y=2\r\n"
        "Content-Type: text/a\r\nContent-Type: text/b\r\n"
    )

    assert told["HTTP_ACCEPT"] == "a,b"
    assert told["HTTP_COOKIE"] == "x=1; y=2"
    assert told["CONTENT_TYPE"] == "text/a,text/b"


def test_a_header_with_an_underscore_passes_for_no_other(served):
    told = served.told(headers="X_Forwarded_For: 9.9.9.9\r\nContent_Length: 5\r\n")

    assert "HTTP_X_FORWARDED_FOR" not in told
    assert "CONTENT_LENGTH" not in told


def test_a_proxy_in_front_names_who_asks(serve):
    behind = serve(proxies=1)
    told = behind.told(headers="X-Forwarded-For: 8.8.8.8, 203.0.113.7\r\n")
    spoofed = behind.told(
        headers="X_Forwarded_For: 9.9.9.9\r\nX-Forwarded-For: 203.0.113.7\r\n"
    )

    assert told["REMOTE_ADDR"] == spoofed["REMOTE_ADDR"] == "203.0.113.7"


def test_nothing_of_our_own_environment_is_in_the_requests(served):
    assert "STAGE_NOTES" not in served.told()
    assert "PATH" not in served.told()


def test_a_body_arrives_with_its_length(served):
    body = bytes(range(256)) * 2048
    told = served.told("/", f"Content-Length: {len(body)}\r\n", "POST", body)

    assert told["size"] == len(body)
    assert told["CONTENT_LENGTH"] == str(len(body))
    assert told["sha256"] == hashlib.sha256(body).hexdigest()


def test_a_body_in_chunks_arrives_whole_and_measured(served):
    told = served.told(
        "/",
        "Transfer-Encoding: chunked\r\n",
        "POST",
        b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
    )

    assert told["sha256"] == hashlib.sha256(b"abcde").hexdigest()
    assert told["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in told


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 44\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 44\r\n",
        "Content-Length: 5, 44\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
    ],
)
def test_a_body_of_doubtful_length_smuggles_nothing_in(served, headers):
    hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    with closing(served.connect()) as client:
        head = f"POST /shown HTTP/1.1\r\nHost: a\r\n{headers}\r\n0\r\n\r\n"
        client.sendall(head.encode() + hidden)
        data = b""
        while part := client.recv(65536):  # until the server has closed it
            data += part

    assert data.count(b"HTTP/1.1 ") <= 1
    assert "asked /hidden" not in served.notes


CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "coding",
    ["gzip, chunked", "gzip,chunked", "chunked\r\nTransfer-Encoding: chunked"],
)
def test_a_body_in_a_coding_that_we_do_not_decode_is_refused(served, coding):
    head = f"POST /coded HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n"
    with closing(served.connect()) as client:
        client.sendall(head.encode() + CHUNKS)
        status, _, _ = head_of(client)

    assert status == 400
    assert "asked /coded" not in served.notes


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity"])
def test_an_older_client_sends_no_chunks(served, coding):
    head = f"POST /older HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n"
    with closing(served.connect()) as client:
        client.sendall(head.encode() + CHUNKS)
        status, _, _ = head_of(client)

    assert status == 400
    assert "asked /older" not in served.notes


def test_the_name_of_the_chunks_may_be_in_capitals(served):
    told = served.told("/", "Transfer-Encoding:  Chunked\r\n", "POST", CHUNKS)

    assert told["size"] == 3


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", " ", "٣"])
def test_a_length_that_is_no_number_is_refused(served, length):
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
    status, _, _ = served.ask(head.encode().decode("latin-1"))

    assert status == 400


def test_a_connection_carries_one_request_after_the_other(served):
    with closing(served.connect()) as client:
        for path in ("/1", "/2", "/3"):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert f'"PATH_INFO": "{path}"'.encode() in answer_of(client)[2]


def test_requests_sent_at_once_are_answered_in_their_order(served):
    body = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    with closing(served.connect()) as client:
        client.sendall(f"{body}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        status, _, rest = head_of(client)
        while b'"/2"' not in rest:
            rest += client.recv(65536)

    assert status == 200
    assert rest.index(b'"/1"') < rest.index(b'"/2"')


def test_an_older_client_is_answered_and_let_go(served):
    with closing(served.connect()) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        status, _, body = answer_of(client)
        left = client.recv(1)

    assert status == 200
    assert b'"SERVER_PROTOCOL": "HTTP/1.0"' in body
    assert left == b""


def test_head_has_the_length_and_no_body(served):
    with closing(served.connect()) as client:
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        status, headers, body = answer_of(client, is_head=True)
        client.sendall(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        following = answer_of(client)

    assert (status, body) == (200, b"")
    assert int(dict(headers)["content-length"]) > 100
    assert b'"/next"' in following[2]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_that_have_no_body_leave_the_connection_usable(served, status):
    with closing(served.connect()) as client:
        client.sendall(
            f"GET / HTTP/1.1\r\nHost: a\r\nX-Status: {status}\r\n\r\n".encode()
        )
        first = answer_of(client)
        client.sendall(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")

        assert first[0] == int(status[:3])
        assert first[2] == b""
        assert answer_of(client)[0] == 200


def test_headers_of_the_answer_may_repeat(served):
    _, headers, _ = served.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert [value for name, value in headers if name == "x-one"] == ["1", "2"]


def test_who_asks_whether_to_go_on_is_told_so(served):
    head = (
        "POST / HTTP/1.1\r\nHost: a\r\n"
        "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    )
    with closing(served.connect()) as client:
        client.sendall(head.encode())
        interim, _, _ = head_of(client)
        client.sendall(b"abc")
        final = answer_of(client)

    assert (interim, final[0]) == (100, 200)
    assert b'"size": 3' in final[2]


def test_headers_beyond_measure_are_refused(served):
    padding = "x" * 400_000
    status, _, _ = served.ask(f"GET / HTTP/1.1\r\nHost: a\r\nX: {padding}\r\n\r\n")

    assert status == 431


def test_a_stream_is_passed_on_as_it_is_made_and_closed(serve):
    served = serve()
    with closing(served.connect()) as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\nX-Sleep: 1\r\n\r\n")
        _, headers, body = head_of(client)
        begun = time.monotonic()
        while not body.endswith(b"0\r\n\r\n"):
            body += client.recv(65536)
        took = time.monotonic() - begun

    assert dict(headers)["transfer-encoding"] == "chunked"
    assert body == b"4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"
    assert took > 2
    served.wait_for_note("closed")


def test_a_stream_keeps_the_request_that_it_looks_at(served):
    _, _, body = served.ask("GET /flask?word=hello HTTP/1.1\r\nHost: a\r\n\r\n")

    assert body.count(b"hello") == 20


def test_a_stream_whose_reader_left_is_closed(serve):
    served = serve()
    for _ in range(4):  # more than there are threads
        with closing(served.connect()) as client:
            client.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            head_of(client)

    served.wait_for_note("closed", times=4)
    assert served.answers_promptly()


def test_a_large_answer_arrives_whole(served):
    status, _, body = served.ask("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")

    assert (status, len(body)) == (200, BIG)


def test_a_stream_that_fails_is_seen_to_be_incomplete(serve):
    served = serve()
    with closing(served.connect()) as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\nX-Break: 1\r\n\r\n")
        body = head_of(client)[2]
        while part := client.recv(65536):
            body += part

    assert b"three" in body
    assert not body.endswith(b"0\r\n\r\n")
    served.wait_for_note("closed")


@pytest.mark.parametrize("headers", ["", "X-Exit: 1\r\n"])
def test_an_application_that_raises_answers_500_and_the_server_lives(served, headers):
    pid = served.told()["pid"]
    status, _, _ = served.ask(f"GET /raise HTTP/1.1\r\nHost: a\r\n{headers}\r\n")

    assert status == 500
    assert served.told()["pid"] == pid
