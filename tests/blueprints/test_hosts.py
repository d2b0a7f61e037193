"""Requests to hosts of every spelling."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug import Request
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

LABELS = st.text("aZ9-_xn\xe9\xff", max_size=66)
NAMES = st.builds(
    "{}{}".format,
    st.lists(LABELS, max_size=6).map(".".join),
    st.sampled_from(["", ".", "..", ":", ":80", ":65536", ".:443", "]", " "]),
)
ANYTHING = st.text(st.characters(max_codepoint=255), max_size=300)  # as WSGI has it
THAI_DOMAIN = "xn--o3cw4h.example"
PATHS = ["/", "/sign-in", "/nothing-here", "/static/js/ui.js", "/api/v1/version"]

NO_HOSTS = [
    "siam.localhost..",
    ".siam.localhost",
    "siam..localhost",
    "a" * 64,
    ".".join(["a" * 63] * 4),
    "[::1",
    "caf\xe9.localhost",
]


@pytest.fixture(scope="module")
def ask(app):
    """Return a function that asks for a path with a text as ``Host``."""

    def send(host, path, language="en"):
        # Werkzeug's test client reads the host itself, and fails where we must not.
        environ = create_environ(path, headers={"Accept-Language": language})
        answer = run_wsgi_app(app, environ | {"HTTP_HOST": host}, buffered=True)
        return TestResponse(*answer, Request(environ))

    return send


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/static/js/ui.js"])
@pytest.mark.parametrize("host", NO_HOSTS)
def test_a_page_of_a_host_that_is_none_is_refused_in_a_frame(ask, host, path):
    english, thai = (ask(host, path, language) for language in ("en", "th"))

    assert (english.status_code, thai.status_code) == (400, 400)
    assert '<html lang="en"' in english.text
    assert '<html lang="th"' in thai.text


@pytest.mark.parametrize("host", NO_HOSTS)
def test_the_api_of_a_host_that_is_none_says_so_by_its_code(ask, host):
    answer = ask(host, "/api/v1/version")

    assert answer.status_code == 400
    assert answer.json["code"] == "invalid_host_header"


def test_a_domain_in_thai_letters_is_answered_in_ascii_headers(ask):
    answer = ask(THAI_DOMAIN, "/sign-in")

    assert f" http://{THAI_DOMAIN}:" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=60, deadline=None)
@given(host=NAMES | ANYTHING)
@example(host="xn--.localhost")
@example(host="xn--a.xn--b")
def test_no_host_breaks_anything(ask, path, host):
    assert ask(host, path).status_code < 500
