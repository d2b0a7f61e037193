import csv
import io
from uuid import uuid4

import pytest

from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity import tenants
from abtpro_saas.identity.access import totp
from abtpro_saas.identity.access.passwords import QUICK
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.roles import Role
from abtpro_saas.outbox import OutboxRow
from tests.blueprints.pages.conftest import PASSWORD

KNOWN = {"current_password": PASSWORD}


@pytest.fixture
def admin(browser, user):
    return browser(user(Role.ADMIN, password=PASSWORD, profile=QUICK))


def test_a_member_is_invited_by_mail_and_chooses_a_password(
    admin, visitor, submit, mailed_link, sign_in
):
    fields = {"email": "new@example.com", "name": "New", "role": "viewer"} | KNOWN
    assert admin.post("/members", data=fields).location == "/members"
    submit(visitor, mailed_link("new@example.com"), password=PASSWORD)

    visitor, _ = sign_in("new@example.com")
    assert visitor.get("/members").status_code == 200


def test_an_address_that_is_taken_is_told_beside_its_field(admin, person):
    fields = {"email": person(), "name": "Again", "role": "trader"}
    answer = admin.post("/members", data=fields)
    assert answer.status_code == 409
    assert "มีผู้ใช้อีเมลนี้แล้ว" in answer.text


def test_a_disabled_member_is_shut_out_at_once(admin, browser, user):
    who = user()
    member = browser(who)
    admin.post(f"/members/{who}/disabling")
    assert member.get("/").status_code == 303
    admin.post(f"/members/{who}/enabling", data=KNOWN)
    assert browser(who).get("/").status_code == 200


def test_a_role_holds_from_the_next_request(admin, browser, user):
    who = user()
    member = browser(who)
    admin.post(f"/members/{who}/role", data={"role": "viewer"} | KNOWN)
    assert member.get("/members").status_code == 200


def test_another_tenants_member_is_nobody_here(admin, user, new_tenant):
    stranger = user(tenant_id=new_tenant())
    assert admin.post(f"/members/{stranger}/disabling").status_code == 404


def test_the_trail_says_who_did_what_and_what_was_refused(admin, browser, person):
    browser().get("/members")
    admin.post("/members", data={"email": "n@example.com", "name": "N", "role": "x"})
    page = admin.get("/audit?outcome=REFUSED").text
    assert "missing_scope" in page
    assert "<strong>สมาชิก</strong>" in page


def test_a_refused_form_is_not_told_as_done(admin, trail):
    admin.post("/tenant/settings", data={"name": "A", "accent": "#123456", "vat": "x"})
    assert [(e.outcome, e.code) for e in trail()] == [("REFUSED", "invalid_vat")]


def test_the_trail_is_exported_as_csv_and_json(admin):
    admin.post(
        "/tenant/settings", data={"name": "นามใหม่", "accent": "#123456", "vat": "7"}
    )
    text = admin.get("/audit/entries.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    told = admin.get("/audit/entries.json").json
    assert [row["action"] for row in rows] == [e["action"] for e in told["entries"]]
    assert "tenant.change" in {row["action"] for row in rows}


def test_a_brand_colours_and_names_every_page(admin, visitor):
    fields = {"name": "Siam Algo", "accent": "#8a1c5b", "locale": "en", "vat": "7.00"}
    assert admin.post("/tenant/settings", data=fields).location == "/tenant/settings"
    page = visitor.get("/sign-in").text
    assert "Siam Algo" in page
    assert "/brand/8a1c5b.css" in page
    assert '<html lang="en"' in page


@pytest.mark.parametrize("vat", ["-1", "101", "7.001", "seven", ""])
def test_vat_is_a_percentage(admin, vat):
    fields = {"name": "X", "accent": "#123456", "vat": vat}
    answer = admin.post("/tenant/settings", data=fields)
    assert answer.status_code == 422
    assert 'id="error-vat"' in answer.text


def test_a_picture_becomes_the_logo_and_is_removed(admin, tenant):
    fields = {"name": "X", "accent": "#123456", "vat": "7"}
    picture = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(50)), "logo.png")
    admin.post("/tenant/settings", data=fields | {"logo": picture})
    assert 'class="brand-logo" src="data:image/png;base64,' in admin.get("/").text
    admin.post("/tenant/settings", data=fields | {"remove_logo": "yes"})
    assert "brand-logo" not in admin.get("/").text


def test_a_drawing_that_may_run_scripts_is_no_logo(admin):
    fields = {"name": "X", "accent": "#123456", "vat": "7"}
    drawing = (io.BytesIO(b"<svg onload='x()'/>"), "logo.svg")
    answer = admin.post("/tenant/settings", data=fields | {"logo": drawing})
    assert answer.status_code == 422


def test_the_reference_tells_every_operation(admin, app):
    page = admin.get("/api-reference").text
    for path, methods in app.extensions["openapi"]["paths"].items():
        for method in methods:
            if method in {"get", "post", "put", "patch", "delete"}:
                assert f"{method.upper()} {path}" in page


@pytest.fixture
def operator(client, settings, operator_engine, keyring, submit):
    """A browser at the operators' host in which an operator is signed in."""
    email = f"{uuid4().hex[:8]}@example.com"
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session,
            keyring,
            email=email,
            name="Op",
            password=PASSWORD,
            now=utc_now(),
            profile=QUICK,
        )
    browser = client(settings().operators_host)
    code = totp.code_at(made.totp_secret, utc_now())
    answer = submit(
        browser, "/operators/sign-in", email=email, password=PASSWORD, code=code
    )
    assert answer.location == "/operators/tenants"
    return browser


@pytest.fixture
def on_tenants_page(operator, submit):
    """Return a function that sends a form of the operators' page of tenants."""

    def send(path="", **fields):
        page = "/operators/tenants"
        return submit(operator, page + path, at=page, **fields)

    return send


def test_an_operator_makes_suspends_and_reopens_a_tenant(
    app, on_tenants_page, client, operator_engine
):
    slug = f"p{uuid4().hex[:10]}"
    on_tenants_page(slug=slug, name="A partner")
    visitor = client(f"{slug}.localhost")
    assert visitor.get("/sign-in").status_code == 200

    with plain_transaction(operator_engine) as session:
        tenant_id = tenants.find_by_slug(session, slug).tenant_id
    on_tenants_page(f"/{tenant_id}/suspension", reason="unpaid")
    app.extensions[EXTENSION].hosts.clear()  # believed for five seconds
    assert visitor.get("/sign-in").status_code == 403
    on_tenants_page(f"/{tenant_id}/resumption")
    app.extensions[EXTENSION].hosts.clear()
    assert visitor.get("/sign-in").status_code == 200


def messages_of(owner_engine, slug):
    """Return the outbox messages of a tenant, as the tables' owner reads them."""
    with plain_transaction(owner_engine) as session:
        tenant_id = tenants.find_by_slug(session, slug).tenant_id
    with tenant_transaction(owner_engine, tenant_id) as session:
        rows = session.query(OutboxRow).filter_by(tenant_id=tenant_id)
        return [(row.kind, row.message) for row in rows]


def test_a_new_tenants_first_admin_is_invited(on_tenants_page, owner_engine):
    slug, email = f"p{uuid4().hex[:10]}", "first@partner.example"
    made = on_tenants_page(
        slug=slug, name="A partner", admin_email=email, admin_name="Somchai Dee",
        locale="en",
    )  # fmt: skip

    assert made.status_code == 303
    ((kind, order),) = messages_of(owner_engine, slug)
    assert kind == "tenant.invite"
    assert (order["email"], order["name"]) == (email, "Somchai Dee")
    assert order["locale"] == "en"


def test_a_tenant_without_a_first_admin_leaves_no_invitation(
    on_tenants_page, owner_engine
):
    slug = f"p{uuid4().hex[:10]}"
    on_tenants_page(slug=slug, name="A partner", admin_email="", admin_name=" ")

    assert messages_of(owner_engine, slug) == []


@pytest.mark.parametrize(
    ("email", "name", "field"),
    [
        ("not an address", "Somchai", "admin_email"),
        ("", "Somchai", "admin_email"),
        ("first@partner.example", "", "admin_name"),
    ],
)
def test_a_half_named_admin_is_told_at_the_field_and_makes_no_tenant(
    on_tenants_page, operator_engine, email, name, field
):
    slug = f"p{uuid4().hex[:10]}"
    answer = on_tenants_page(
        slug=slug, name="A partner", admin_email=email, admin_name=name
    )

    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert f'value="{slug}"' in answer.text
    with plain_transaction(operator_engine) as session, pytest.raises(NotFoundError):
        tenants.find_by_slug(session, slug)


def test_a_short_name_that_is_taken_is_told(on_tenants_page):
    slug = f"p{uuid4().hex[:10]}"
    on_tenants_page(slug=slug, name="One")
    again = on_tenants_page(slug=slug, name="Two")
    assert again.status_code == 409
    assert "ชื่อย่อนี้แล้ว" in again.text


def test_an_operators_pages_are_at_their_host_alone(admin, visitor):
    assert admin.get("/operators/tenants").status_code == 404
    assert visitor.get("/operators/sign-in").status_code == 404


def test_a_stranger_at_the_operators_host_is_asked_to_sign_in(client, settings):
    stranger = client(settings().operators_host)
    assert stranger.get("/operators/tenants").location.startswith("/sign-in")
    assert stranger.get("/sign-in").location.startswith("/operators/sign-in")


def test_an_operator_goes_not_in_circles_on_a_tenants_page(operator):
    assert operator.get("/wallet").status_code == 403
    assert operator.get("/").location == "/operators/tenants"


def test_style_guide_and_mailbox_are_local_alone(make_app, client, host_of, tenant):
    production = make_app(
        ABTPRO_ENV="production", ABTPRO_BASE_URL="https://app.example.com"
    )
    for path in ("/styleguide", "/mailbox"):
        assert client(host_of(tenant)).get(path).status_code == 200
        assert client(host_of(tenant), at=production).get(path).status_code == 404
