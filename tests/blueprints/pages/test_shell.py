import pytest

from abtpro_saas.blueprints.pages.frame.preferences import local_path
from abtpro_saas.identity.roles import Role


def test_what_the_api_answers_may_load_nothing(visitor):
    policy = visitor.get("/api/v1/health").headers["Content-Security-Policy"]

    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_a_page_is_walled_in(visitor):
    headers = visitor.get("/sign-in").headers
    policy = headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_only_https_promises_https(visitor):
    assert "Strict-Transport-Security" not in visitor.get("/sign-in").headers
    secure = visitor.get("/sign-in", base_url=f"https://{visitor.host}")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def test_what_somebody_sees_is_kept_nowhere(browser):
    assert browser().get("/").headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_by_their_version(visitor):
    page = visitor.get("/sign-in").text
    sheet = page.partition('href="/static/css/base.css?v=')[2][:12]
    with visitor.get(f"/static/css/base.css?v={sheet}") as kept:
        assert "immutable" in kept.headers["Cache-Control"]
    with visitor.get("/static/css/base.css") as checked:
        assert checked.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("cookie", "browser_says", "language"),
    [("en", "th", "en"), (None, "en", "th"), ("xx", "en", "th")],
)
def test_language_comes_from_cookie_then_tenant(
    visitor, cookie, browser_says, language
):
    if cookie:
        visitor.set_cookie("abtpro_language", cookie, domain=visitor.host)
    page = visitor.get("/sign-in", headers={"Accept-Language": browser_says})
    assert f'<html lang="{language}"' in page.text


def test_where_no_tenant_chooses_the_browser_does(client, settings):
    operators = client(settings().operators_host)
    page = operators.get("/operators/sign-in", headers={"Accept-Language": "en"})
    assert '<html lang="en"' in page.text


def test_a_reader_keeps_language_and_theme_in_the_profile(browser):
    reader = browser()
    reader.set_cookie("abtpro_language", "th", domain=reader.host)
    reader.post("/preferences/language", data={"language": "en", "next": "/profile"})
    reader.post("/preferences/theme", data={"theme": "dark"})
    reader.delete_cookie("abtpro_theme", domain=reader.host)

    assert '<html lang="en" data-theme="dark"' in reader.get("/profile").text


def test_a_preference_that_does_not_exist_is_refused(browser):
    answer = browser().post("/preferences/theme", data={"theme": "pink"})
    assert answer.status_code == 422


def test_a_form_without_its_token_is_refused(browser):
    answer = browser(csrf=False).post("/preferences/theme", data={"theme": "dark"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        "",
        None,
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "///evil.example",
        "/\t/evil.example",
        "/wallet\r\nSet-Cookie: a=b",
        "/wallet\u2028",
    ],
)
def test_no_link_leads_elsewhere(asked):
    assert local_path(asked) == "/"


def test_a_path_of_ours_is_kept_with_its_query():
    assert local_path("/statement?month=2026-10") == "/statement?month=2026-10"


def test_an_accent_has_a_style_sheet_of_its_own(visitor):
    sheet = visitor.get("/brand/0b5c4d.css")
    assert sheet.mimetype == "text/css"
    assert "--accent:#0b5c4d" in sheet.text
    assert visitor.get("/brand/0b5c4d}.css").status_code == 422


def test_what_is_not_there_is_said_in_thai(visitor):
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert "ไม่พบหน้านี้" in answer.text


def test_htmx_is_led_to_the_sign_in_as_a_whole_page(visitor):
    answer = visitor.get("/wallet", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/wallet"


def test_htmx_gets_the_part_and_a_browser_the_page(browser):
    reader = browser()
    part = reader.get("/wallet", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert 'id="movements"' in part.text
    assert "HX-Request" in part.headers["Vary"]
    assert "<html" in reader.get("/wallet").text


@pytest.mark.parametrize(
    ("role", "seen", "hidden"),
    [
        (Role.TRADER, {"/wallet", "/keys"}, {"/members", "/audit", "/suspense"}),
        (Role.ADMIN, {"/wallet", "/members", "/tenant/settings"}, set()),
        (Role.VIEWER, {"/members", "/audit"}, {"/wallet", "/keys"}),
    ],
)
def test_the_rail_shows_what_a_role_may_see(browser, role, seen, hidden):
    page = browser(role=role).get("/").text
    shown = {path for path in seen | hidden if f'href="{path}"' in page}
    assert shown == seen


@pytest.fixture
def lost(make_app):
    """An application whose database is away."""
    return make_app(DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none")


@pytest.mark.parametrize(
    ("address", "status"), [("/wallet", 503), ("/sign-in", 503), ("/no-such-page", 404)]
)
def test_without_a_database_a_page_still_says_what_happened(
    browser, lost, address, status
):
    answer = browser(at=lost).get(address)

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert "<h1>" in answer.text


def test_the_colours_of_a_page_ask_no_database(client, lost):
    assert client(at=lost).get("/brand/0b5c4d.css").mimetype == "text/css"
