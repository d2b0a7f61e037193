"""A backup moves to another home: what is printed there opens what was restored."""

import http.client
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.access import totp
from tests.ports import reserved_ports

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

pytestmark = pytest.mark.timeout(300)


def abtpro(home, port, *arguments):
    """Run one command on a home that is stopped; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "abtpro_saas.cli", *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ABTPRO_ENV": "local",
            "ABTPRO_HOME": str(home),
            "ABTPRO_PORT": str(port),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Door:
    """A browser at one host of a platform, which keeps its cookie."""

    def __init__(self, port, name):
        self.port, self.host, self.cookie = port, f"{name}.localhost:{port}", ""

    def sign_in(self, path, **fields):
        """Send the form of a sign-in page; return where it leads."""
        token = TOKEN.search(self._ask("GET", path)[1])[1]
        answer, _ = self._ask("POST", path, {"csrf_token": token, **fields})
        return answer.status, answer.getheader("Location", "")

    def status(self, path, key):
        headers = {"Authorization": f"Bearer {key}"}
        return self._ask("GET", path, **headers)[0].status

    def _ask(self, method, path, fields=None, **headers):
        headers |= {"Host": self.host, "Cookie": self.cookie}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(link):
            link.request(method, path, body, headers)
            answer = link.getresponse()
            text = answer.read().decode()
        if set_cookie := answer.getheader("Set-Cookie"):
            self.cookie = set_cookie.partition(";")[0]
        return answer, text


@pytest.fixture(scope="module")
def restored(begin, folder):
    """The first home's demo, and a platform that was restored from its backup."""
    first = begin("first").ready()
    demo = first.demo
    assert first.end() == 0
    dump, home, port = folder / "abtpro.dump", folder / "second", reserved_ports()
    abtpro(first.home, first.port, "backup", str(dump))
    home.mkdir()
    (home / "secrets.json").write_bytes((first.home / "secrets.json").read_bytes())
    abtpro(home, port, "restore", str(dump))
    return demo, begin("second", port=port).ready()


def test_the_printed_passwords_open_the_restored_accounts(restored):
    _, platform = restored
    for tenant in platform.demo["tenants"]:
        for user in tenant["users"]:
            assert user["password"] in platform.text
            door = Door(platform.port, tenant["slug"])
            led = door.sign_in(
                "/sign-in", email=user["email"], password=user["password"]
            )
            assert led[0] in (302, 303), user["email"]


def test_the_operator_signs_in_with_what_is_written(restored):
    _, platform = restored
    operator = platform.demo["operator"]
    code = totp.code_at(operator["totp_secret"], utc_now())
    door = Door(platform.port, "ops")

    led = door.sign_in(
        "/operators/sign-in",
        email=operator["email"],
        password=operator["password"],
        code=code,
    )

    assert led == (302, "/operators/tenants")
    assert door.status("/api/v1/operator/tenants", operator["api_key"]) == 200


def test_the_written_keys_open_the_api(restored):
    _, platform = restored
    for tenant in platform.demo["tenants"]:
        door = Door(platform.port, tenant["slug"])
        for user in tenant["users"]:
            assert door.status("/api/v1/payment/wallet", user["api_key"]) == 200


def test_the_tenants_are_those_of_the_backup(restored):
    before, platform = restored
    told = abtpro(platform.home, platform.port, "tenant", "list")

    assert [line.split()[0] for line in told.splitlines()] == ["lanna", "main", "siam"]
    # The people are the same, their passwords this home's own.
    passwords = [user["password"] for user in before["tenants"][0]["users"]]
    assert not any(password in platform.text for password in passwords)


def test_a_lost_demo_json_is_written_anew_and_opens(begin, restored):
    _, platform = restored
    assert platform.end() == 0
    for name in ("demo.json", "demo.draft.json"):
        (platform.home / name).unlink()
    again = begin("second", port=platform.port, out="again").ready()

    user = again.demo["tenants"][0]["users"][0]
    led = Door(again.port, "siam").sign_in(
        "/sign-in", email=user["email"], password=user["password"]
    )
    assert led[0] in (302, 303)
