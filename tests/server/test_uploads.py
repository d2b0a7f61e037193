"""Where files are brought, a body may be longer and slower than elsewhere."""

import asyncio

import pytest

from abtpro_saas.blueprints.http.bodies import REFUSAL
from abtpro_saas.server.front import MOST_UPLOADS, UPLOAD_PATIENCE, Front, Limits

LIMITS = Limits(1000, 0.05, uploads={"/files": 5000})


def application(environ, start_response):
    """Say how long the body was, or why it was not read."""
    refused = environ.get(REFUSAL)
    body = b"" if refused else environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{refused or len(body)}".encode()]


async def send_to(front, path, *pieces, pause_s=0.0):
    """Send a body in pieces; return status and text of the answer."""
    coming, heard = list(pieces), []
    length = sum(map(len, pieces))
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        "headers": [(b"host", b"x"), (b"content-length", str(length).encode())],
    }  # fmt: skip

    async def receive():
        if not coming:
            await asyncio.Event().wait()
        await asyncio.sleep(pause_s)
        piece = coming.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(coming)}

    async def send(message):
        heard.append(message)

    await front(scope, receive, send)
    text = b"".join(each.get("body", b"") for each in heard[1:])
    return heard[0]["status"], text.decode()


@pytest.mark.parametrize(
    ("path", "length", "told"),
    [("/files", 4000, "4000"), ("/files", 6000, "413"), ("/else", 4000, "413")],
)
def test_a_file_may_be_longer(path, length, told):
    front = Front(application, LIMITS, threads=1)

    assert asyncio.run(send_to(front, path, b"x" * length)) == (200, told)


@pytest.mark.parametrize(("path", "told"), [("/files", "2"), ("/else", "408")])
def test_a_file_may_take_longer(path, told):
    front = Front(application, LIMITS, threads=1)

    answer = asyncio.run(send_to(front, path, b"x", b"x", pause_s=0.1))

    assert answer == (200, told)
    assert LIMITS.of("/files") == (5000, 0.05 * UPLOAD_PATIENCE)


def test_so_many_files_come_at_once_and_others_are_turned_away():
    async def crowd():
        front = Front(application, LIMITS, threads=1)
        files = [
            send_to(front, "/files", b"x", b"x", pause_s=0.05)
            for _ in range(MOST_UPLOADS + 3)
        ]
        found = await asyncio.gather(*files, send_to(front, "/else", b"x"))
        return found, await send_to(front, "/files", b"x")

    found, later = asyncio.run(crowd())

    statuses = [status for status, _ in found]
    assert statuses.count(200) == MOST_UPLOADS + 1
    assert statuses.count(503) == 3
    assert later == (200, "1")
