"""The Temporal UI comes through the platform's door, for operators alone."""

import asyncio
import threading
import time
from urllib.parse import quote

import httpx
import pytest

from abtpro_saas.app import create_app
from abtpro_saas.blueprints.ops import proxy
from tests.conftest import close_house
from tests.workflows.operators_ui.conftest import at_host


@pytest.mark.parametrize("path", ["/codec/decode", "/ops/temporal/"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_at_another_host_there_is_nothing(house, cookie, path, host):
    url = house[0].replace("ops.localhost", host)
    name = house[1].config["SESSION_COOKIE_NAME"]
    method = "POST" if "codec" in path else "GET"

    with at_host(url, Cookie=f"{name}={cookie}") as client:
        assert client.request(method, path, content="{}").status_code == 404


def test_the_ui_comes_through_the_door_in_a_wall_of_its_own(operator, house):
    asyncio.run(house[2].connect())

    answer = operator.get("/ops/temporal/")

    assert answer.status_code == 200
    assert "temporal" in answer.text.lower()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_without_a_sign_in_the_ui_is_shut(stranger):
    assert stranger.get("/ops/temporal/").status_code == 303
    asked = stranger.get("/ops/temporal/api/v1/namespaces")
    assert (asked.status_code, asked.json()["code"]) == (401, "not_signed_in")


def test_the_uis_own_interface_answers_an_operator(operator):
    answer = operator.get("/ops/temporal/api/v1/namespaces/default")

    assert answer.json()["namespaceInfo"]["name"] == "default"


def test_what_an_operator_changes_there_is_in_the_trail(operator, trail):
    operator.post("/ops/temporal/api/v1/namespaces/default/nothing", json={})

    assert trail("temporal_ui")[-1].detail["method"] == "POST"


def test_another_sites_page_changes_nothing_there(operator):
    answer = operator.post(
        "/ops/temporal/api/v1/namespaces/default/nothing",
        json={},
        headers={"Origin": "http://evil.example"},
    )

    assert answer.status_code == 403


def test_no_path_leads_out_of_the_ui(operator):
    assert operator.get("/ops/temporal/%2e%2e/%2e%2e/metrics").status_code == 404


@pytest.fixture
def history(process_id):
    """Where the UI asks for news of a process that waits, once it knows the rest."""
    of_process = quote(process_id, safe="")
    return f"/ops/temporal/api/v1/namespaces/default/workflows/{of_process}/history"


def known(operator, history):
    """Return the token of a page that has seen all that there is."""
    seen = operator.get(history, params={"waitNewEvent": "true"}).json()
    while True:
        asked = {"waitNewEvent": "true", "next_page_token": seen["nextPageToken"]}
        seen = operator.get(history, params=asked).json()
        if not seen["history"].get("events"):
            return asked


def test_a_page_that_waits_for_news_is_told_soon_that_there_are_none(
    operator, history, monkeypatch
):
    monkeypatch.setattr(proxy, "WAIT_S", 0.5)
    asked = known(operator, history)

    begun = time.monotonic()
    answer = operator.get(history, params=asked)

    assert time.monotonic() - begun < 5
    token = asked["next_page_token"]
    assert answer.json() == {"history": {}, "nextPageToken": token}


def test_pages_that_were_left_keep_nobody_waiting(operator, history, monkeypatch):
    monkeypatch.setattr(proxy, "WAIT_S", 0.5)
    asked = known(operator, history)
    for _ in range(4):
        with pytest.raises(httpx.ReadTimeout):
            operator.get(history, params=asked, timeout=0.1)
        time.sleep(0.3)

    time.sleep(0.5)
    assert operator.get(history, params=asked).status_code == 200


def test_too_many_pages_that_wait_are_told_so_in_the_uis_own_language(
    operator, history, monkeypatch
):
    monkeypatch.setattr(proxy, "LONG_POLLS", threading.BoundedSemaphore(1))
    asked = known(operator, history)
    with proxy.LONG_POLLS:
        answer = operator.get(history, params=asked)

    assert answer.status_code == 429
    assert answer.json()["status"] == 429
    assert answer.headers["Retry-After"] == "5"


@pytest.fixture
def front_of_nothing(settings):
    """An application whose Temporal UI is away."""
    app = create_app(settings(TEMPORAL_UI_URL="http://127.0.0.1:9"))
    yield app
    close_house(app)


def test_a_ui_that_is_away_is_told_to_its_pages_as_json(
    front_of_nothing, cookie, settings
):
    browser, host = front_of_nothing.test_client(), settings().operators_host
    name = front_of_nothing.config["SESSION_COOKIE_NAME"]
    browser.set_cookie(name, cookie, domain=host)

    answer = browser.get("/ops/temporal/api/v1/namespaces", base_url=f"http://{host}")

    assert answer.status_code == 503
    assert answer.json["code"] == "temporal_ui_away"
