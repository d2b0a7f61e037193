"""A browser's session: one cookie, a token in it, a row behind it."""

import pytest
from flask import Blueprint, jsonify

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import events_url, tenant_access
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.access import sessions
from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import User

pages = Blueprint("little", __name__)


@pages.get("/who")
def who():
    caller = callers.caller()
    return jsonify(user_id=str(caller.user_id), via=caller.via)


@pages.post("/enter/<token>")
def enter(token):
    callers.begin_session(token)
    return jsonify(user_id=str(callers.caller().user_id))


@pages.post("/leave")
def leave():
    callers.end_session()
    return jsonify(known=callers.known() is not None)


@pages.post("/admin")
def admin():
    with tenant_access(Role.ADMIN):
        return jsonify()


@pages.get("/stream")
def stream():
    return jsonify(url=events_url(callers.caller(), "topup", "42"))


@pytest.fixture(scope="module")
def paged(make_app):
    app = make_app()
    app.register_blueprint(pages)
    return app


@pytest.fixture
def token(engine, tenant, user):
    """Return a function that opens a session of a user and gives its token."""

    def open_one(user_id):
        with tenant_transaction(engine, tenant) as session:
            person = session.get(User, (tenant, user_id))
            origin = Origin("127.0.0.1", "a browser")
            return sessions.open_session(session, person, origin, utc_now()).token

    return open_one


def test_a_page_knows_who_is_signed_in(browser, paged, user):
    trader = user()

    answer = browser(trader, at=paged).get("/who")

    assert answer.json == {"user_id": str(trader), "via": "session"}


def test_a_page_takes_no_api_key(client, api_key, paged, host_of, tenant):
    answer = client(host_of(tenant), api_key(), paged).get("/who")

    assert answer.status_code in {303, 401}


def test_signing_in_changes_the_person_and_drops_the_old_form_token(
    browser, paged, user, token
):
    first, second = user(), user()
    asked = browser(first, at=paged)

    answer = asked.post(f"/enter/{token(second)}")

    assert answer.json == {"user_id": str(second)}
    assert asked.get("/who").json["user_id"] == str(second)
    assert asked.post("/leave").status_code == 403


def test_signing_out_forgets_the_browser(browser, paged):
    asked = browser(at=paged)

    assert asked.post("/leave").json == {"known": False}
    assert asked.get("/who").status_code in {303, 401}


def test_a_session_that_was_ended_elsewhere_is_over(
    browser, paged, user, engine, tenant
):
    trader = user()
    asked = browser(trader, at=paged)
    with tenant_transaction(engine, tenant) as session:
        sessions.revoke_all(session, tenant, trader, utc_now())

    assert asked.get("/who").status_code in {303, 401}


def test_a_forged_form_is_refused(browser, paged):
    assert browser(at=paged, csrf=False).post("/leave").status_code == 403


def test_a_page_of_another_role_is_refused_and_written_down(browser, paged, trail):
    answer = browser(at=paged).post("/admin")

    assert answer.status_code == 403
    assert (trail()[0].action, trail()[0].code) == ("little.admin", "wrong_role")


def test_a_cookie_is_for_this_host_and_no_script(browser, paged, token, user):
    asked = browser(at=paged)

    header = asked.post(f"/enter/{token(user())}").headers["Set-Cookie"]

    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Domain" not in header


def test_a_page_gives_the_address_of_its_stream(browser, paged, user, tenant, settings):
    trader = user()

    url = browser(trader, at=paged).get("/stream").json["url"]

    origin, _, text = url.partition("/events?ticket=")
    ticket = Ticket.read(text, settings().secret_key)
    assert origin.endswith(f":{settings().port_of('events')}")
    assert (ticket.tenant_id, ticket.user_id) == (tenant, trader)
    assert (ticket.topic, ticket.subject) == ("topup", "42")
