"""``./dev up`` as a newcomer meets it: it starts, tells, recovers, and leaves nothing.

The shared platform runs through all of them; a second one beside it starts and ends.
"""

import os
import re
import signal
import socket
import stat
from pathlib import Path

import httpx
import psycopg
import pytest

from abtpro_saas.settings import PORT_OFFSETS
from tests.ports import reserved_ports

pytestmark = pytest.mark.timeout(300)

ADDRESSES = {
    "base_url",
    "events_url",
    "temporal_address",
    "temporal_ui_url",
    "gateway_url",
    "database_url",
}


def test_the_first_start_tells_every_address_and_sign_in_once(platform):
    demo = platform.demo

    assert platform.text.count("ABTPro is ready") == 1
    assert set(demo) == ADDRESSES | {"operator", "tenants"}
    for told in (
        demo["base_url"],
        demo["events_url"],
        demo["temporal_ui_url"],
        demo["gateway_url"],
        demo["operator"]["password"],
        *(user["password"] for tenant in demo["tenants"] for user in tenant["users"]),
    ):
        assert told in platform.text
    assert f"Gateway simulator          {demo['gateway_url']}" in platform.text
    assert "CSP" not in platform.text


def test_demo_json_is_private_and_complete(platform):
    demo = platform.demo

    file = platform.home / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(demo["operator"]) == {"email", "password", "api_key", "totp_secret"}
    assert [tenant["slug"] for tenant in demo["tenants"]] == ["siam", "lanna"]
    for tenant in demo["tenants"]:
        assert tenant["merchant_id"]
        assert tenant["webhook_secret"]
        roles = [user["role"] for user in tenant["users"]]
        assert roles == ["admin", "trader", "trader"]
        assert all(re.match(r"abt_live_\w+_\w+", u["api_key"]) for u in tenant["users"])


def test_of_each_tenants_traders_the_first_rents_and_the_second_does_not(platform):
    demo, found = platform.demo, []
    for user in (each for tenant in demo["tenants"] for each in tenant["users"][1:]):
        answer = httpx.get(
            f"{demo['base_url']}/api/v1/rental/contract",
            headers={"Authorization": f"Bearer {user['api_key']}"},
        ).json()["contract"]
        found.append(
            answer and (answer["plan"], answer["status"], answer["auto_renew"])
        )

    assert found == [("ENTERPRISE", "ACTIVE", True), None] * 2


def test_everything_answers_where_the_block_says(platform):
    demo, port = platform.demo, platform.port

    assert platform.get(f"{demo['base_url']}/api/v1/health") == 200
    for name, path in {"siam": "/sign-in", "ops": "/operators/sign-in"}.items():
        host = f"{name}.localhost:{port}"
        assert platform.get(demo["base_url"] + path, host) == 200
    assert platform.get(f"{demo['events_url']}/readyz") == 200
    assert platform.get(demo["temporal_ui_url"]) == 200
    assert platform.get(f"{demo['gateway_url']}/healthz") == 200
    assert platform.get(f"http://127.0.0.1:{port + 8}/metrics") == 200
    with psycopg.connect(demo["database_url"]) as connection:
        assert connection.info.user == "abtpro_app"


def prepared(platform):
    """Return when the tables and the demo data were prepared."""
    files = [platform.home / name for name in ("prepared", "demo.json")]
    return [file.stat().st_mtime_ns for file in files]


@pytest.fixture(scope="module")
def second(begin):
    """Return a function that gives the platform beside the shared one, running."""
    ran = []

    def run(port=None):
        if not ran or ran[-1].process.poll() is not None:
            ran.append(begin("beside", port=port, out=f"beside{len(ran)}"))
        return ran[-1].ready()

    return run


def test_a_second_start_is_warm_and_keeps_passwords_and_keys(second, platform):
    before = second()
    demo, written = before.demo, prepared(before)
    assert before.end(signal.SIGTERM) == 0
    assert before.pids() == {}

    after = second(port=before.port)

    assert after.demo == demo
    assert prepared(after) == written
    assert demo["operator"]["password"] != platform.demo["operator"]["password"]


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works(second):
    before = second()
    before.end(signal.SIGKILL)
    after = second()

    assert after.port != before.port
    assert after.demo["base_url"].endswith(f":{after.port}")
    assert after.demo["tenants"] == before.demo["tenants"]
    assert after.end(signal.SIGINT) == 0
    assert after.pids() == {}


def test_each_killed_process_comes_back(platform):
    port = platform.port
    for words in ("abtpro_saas.server.process", "start-dev"):
        os.kill(platform.pid_of(words), signal.SIGKILL)
    platform.wait_for("web ended (SIGKILL)")
    platform.wait_for("temporal ended (SIGKILL)")

    platform.answers(f"http://127.0.0.1:{port}/readyz")
    platform.answers(platform.demo["temporal_ui_url"])


def test_web_processes_that_die_again_and_again_come_back(platform):
    ready = f"http://127.0.0.1:{platform.port}/readyz"
    while "web ended (exit code 1)" not in platform.text:
        web = platform.pid_of("abtpro_saas.server.process")
        for child in Path(f"/proc/{web}/task/{web}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        platform.answers(ready)

    platform.answers(ready)


def test_a_killed_database_comes_back_and_the_others_reconnect(platform):
    pid = platform.pid_of("bin/postgres -D")
    web = platform.pid_of("abtpro_saas.server.process")
    os.kill(pid, signal.SIGKILL)
    platform.wait_for("postgres ended (SIGKILL)")

    platform.answers(f"http://127.0.0.1:{platform.port}/readyz")
    assert platform.pid_of("abtpro_saas.server.process") == web


def test_a_second_start_in_one_home_is_refused_in_one_line(start, platform):
    second = start(platform.home, out="second", port=platform.port)

    assert second.process.wait(60) == 1
    pid = platform.process.pid
    assert f"in use by the supervisor with pid {pid}" in second.text
    assert second.text.count("\n") == 1


def test_a_taken_port_is_one_line_that_names_what_to_do(start):
    port = reserved_ports() + PORT_OFFSETS["metrics"]
    with socket.create_server(("127.0.0.1", port)):
        platform = start("taken", port=port - PORT_OFFSETS["metrics"])

        assert platform.process.wait(60) == 1
    assert platform.text.count("\n") == 1
    assert f"port {port} (metrics of all processes)" in platform.text
    assert "ABTPRO_PORT" in platform.text


def test_a_wrong_setting_is_one_line(start):
    platform = start("wrong", ABTPRO_WEB_THREADS="many")

    assert platform.process.wait(60) == 1
    assert platform.text == (
        "abtpro: ABTPRO_WEB_THREADS: expected a whole number from 1 to 64\n"
    )


def test_production_has_nothing_that_is_for_local_use(start):
    platform = start("production", ABTPRO_ENV="production").ready()
    base = f"http://127.0.0.1:{platform.port}"

    assert platform.get(f"{base}/api/v1/health") == 200
    assert platform.get(f"{base}/mailbox") == 404
    assert platform.get(f"{base}/styleguide") == 404
    with pytest.raises(ConnectionRefusedError):
        platform.get(f"http://127.0.0.1:{platform.port + 4}/")
    assert not (platform.home / "demo.json").exists()
    assert not any("simulator" in line for line in platform.pids().values())
    assert "password" not in platform.text
