import re

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import tenants
from abtpro_saas.identity.access import passwords
from tests.blueprints.pages.conftest import PASSWORD

EMAIL = "somchai@example.com"


@pytest.fixture
def open_sign_up(engine, tenant):
    with tenant_transaction(engine, tenant) as session:
        tenants.update_tenant(session, tenant, sign_up=True)


def test_a_password_opens_the_overview(person, sign_in):
    visitor, answer = sign_in(person(), next="/statement")
    assert answer.location == "/statement"
    assert visitor.get("/statement").status_code == 200


def test_nobody_is_led_away_by_signing_in(person, sign_in):
    _, answer = sign_in(person(), next="https://evil.example/")
    assert answer.location == "/"


def test_a_wrong_password_says_neither_which_nor_whether(person, sign_in):
    _, known = sign_in(person(), password="wrong password")
    _, unknown = sign_in("nobody@example.com", password="wrong password")
    assert known.status_code == unknown.status_code == 401
    words = "อีเมลหรือรหัสผ่านไม่ถูกต้อง"
    assert words in known.text
    assert words in unknown.text
    assert "wrong password" not in known.text


def test_a_session_is_worth_nothing_at_another_tenant(
    person, sign_in, new_tenant, host_of
):
    visitor, _ = sign_in(person())
    visitor.host = host_of(new_tenant())
    assert visitor.get("/").location.startswith("/sign-in")


def test_a_new_device_is_told_to_the_owner(person, sign_in):
    visitor, _ = sign_in(person())
    assert "มีการเข้าสู่ระบบใหม่" in visitor.get("/notices").text


def test_signing_out_ends_the_session(person, sign_in, submit):
    visitor, _ = sign_in(person())
    token = visitor.get_cookie("abtpro", domain=visitor.host).value
    submit(visitor, "/sign-out", at="/")
    # The cookie from before is worth nothing either.
    visitor.set_cookie("abtpro", token, domain=visitor.host)
    assert visitor.get("/").status_code == 303


def test_a_forgotten_password_is_chosen_anew_once(
    person, visitor, submit, mailed_link, sign_in
):
    email = person()
    assert email in submit(visitor, "/forgot", email=email).text
    link = mailed_link(email)

    chosen = submit(visitor, link, password="an entirely new sentence")
    assert chosen.location == "/sign-in?done=1"
    assert visitor.get(link).status_code == 404
    assert sign_in(email, password=PASSWORD)[1].status_code == 401
    assert sign_in(email, password="an entirely new sentence")[1].location == "/"


@pytest.fixture
def opened_reset(user, api_key, visitor, submit, mailed_link):
    """Return a function: the link of a reset, and whose it is, who has some keys."""

    def make(keys=2):
        who = user(email=EMAIL, password=PASSWORD, profile=passwords.QUICK)
        plains = [api_key(who) for _ in range(keys)]
        submit(visitor, "/forgot", email=EMAIL)
        return mailed_link(EMAIL), who, plains

    return make


@pytest.mark.parametrize(
    ("box", "status", "told"),
    [
        ({"keys_offered": "yes", "revoke_keys": "yes"}, 401, ("2", "0")),
        ({"keys_offered": "yes"}, 200, ("0", "2")),
        ({}, 401, ("2", "0")),
    ],
    ids=["ticked", "unticked", "without a box"],
)
def test_a_reset_ends_keys_unless_told_otherwise(
    opened_reset, visitor, submit, client, mails, trail, box, status, told
):
    link, who, plains = opened_reset()
    assert 'name="revoke_keys" value="yes" checked' in visitor.get(link).text
    submit(visitor, link, password="an entirely new sentence", **box)

    for plain in plains:
        answer = client(key=plain).get("/api/v1/payment/wallet")
        assert answer.status_code == status
    (mail,) = mails("PASSWORD_CHANGED")
    assert (mail.params["keys_revoked"], mail.params["keys_left"]) == told
    (line,) = trail(action="account.choose_password", actor_id=who)
    assert line.detail == {"keys_revoked": int(told[0]), "keys_left": int(told[1])}


def test_a_key_made_behind_an_open_reset_form_ends_too(
    opened_reset, visitor, submit, api_key, client
):
    link, who, _ = opened_reset(keys=0)
    assert "revoke_keys" not in visitor.get(link).text
    plain = api_key(who)
    submit(visitor, link, at="/forgot", password="an entirely new sentence")

    assert client(key=plain).get("/api/v1/payment/wallet").status_code == 401


def test_a_refused_reset_keeps_what_was_ticked_and_the_keys(
    opened_reset, visitor, submit, client
):
    link, _, (plain, _) = opened_reset()
    refused = submit(visitor, link, password="aaaaaaaaaaaa", keys_offered="yes")

    assert 'name="revoke_keys" value="yes">' in refused.text
    assert client(key=plain).get("/api/v1/payment/wallet").status_code == 200


def test_the_former_address_is_told_of_a_new_one(
    user, browser, visitor, submit, mailed_link, mails, trail
):
    who = user(email=EMAIL, password=PASSWORD, profile=passwords.QUICK)
    fields = {"name": "มานี", "language": "en", "email": "new@example.com"}
    browser(who).post("/profile", data=fields | {"current_password": PASSWORD})
    assert mails("EMAIL_CHANGED") == []
    link = mailed_link("new@example.com")
    for status in (302, 422):
        assert submit(visitor, link, at="/forgot").status_code == status

    (mail,) = mails("EMAIL_CHANGED")
    assert (mail.address, mail.user_id) == (EMAIL, who)
    assert "new@example.com" not in str(mail.params)
    assert trail(action="account.verify_email")[0].detail == {"changed": True}
    assert "was changed" in browser(who).get("/notices").text


def test_a_mailed_link_leads_to_no_port_that_the_request_named(
    person, visitor, submit, mailed_link
):
    email, host = person(), visitor.host
    visitor.host = f"{host}:4444"
    submit(visitor, "/forgot", email=email)
    assert mailed_link(email, whole=True).startswith(f"http://{host}:8000/link/")


def test_opening_a_link_does_not_use_it(person, visitor, submit, mailed_link):
    email = person()
    submit(visitor, "/forgot", email=email)
    link = mailed_link(email)
    assert visitor.get(link).status_code == visitor.get(link).status_code == 200


def test_a_weak_password_leaves_the_link_as_it_is(person, visitor, submit, mailed_link):
    email = person()
    submit(visitor, "/forgot", email=email)
    link = mailed_link(email)
    refused = submit(visitor, link, password="aaaaaaaaaaaa")
    assert refused.status_code == 422
    assert "เดาง่าย" in refused.text
    assert visitor.get(link).status_code == 200


def test_a_password_that_holds_the_name_is_refused_for_that(
    person, visitor, submit, mailed_link
):
    email = person()
    visitor.set_cookie("abtpro_language", "en", domain=visitor.host)
    submit(visitor, "/forgot", email=email)
    name = email.partition("@")[0]
    refused = submit(visitor, mailed_link(email), password=f"{name} and a half")

    assert "holds the name in your e-mail address" in refused.text
    assert "10 characters, not the same" not in refused.text


def test_an_unknown_address_gets_the_same_page_and_no_mail(
    visitor, submit, mailed_link
):
    answer = submit(visitor, "/forgot", email="nobody@example.com")
    assert answer.status_code == 200
    assert "nobody@example.com" in answer.text
    assert mailed_link("nobody@example.com") is None


def test_a_newcomer_signs_up_by_mail(
    open_sign_up, visitor, submit, mailed_link, sign_in
):
    submit(visitor, "/sign-up", email="new@example.com", name="สมหญิง ใหม่")
    submit(visitor, mailed_link("new@example.com"), password=PASSWORD)
    assert sign_in("new@example.com")[1].location == "/"


def test_a_newcomer_comes_to_the_plan_that_was_chosen_before(
    open_sign_up, visitor, submit, mailed_link, sign_in
):
    plan = "/pricing/BASIC?billing=YEARLY"
    door = visitor.get(plan).location
    asked = re.search(r'href="(/sign-up\?next=[^"]+)"', visitor.get(door).text)[1]
    assert f'name="next" value="{plan}"' in visitor.get(asked).text
    newcomer = {"email": "new@example.com", "name": "New"}
    submit(visitor, "/sign-up", next=plan, **newcomer)
    link = mailed_link("new@example.com")
    assert f'name="next" value="{plan}"' in visitor.get(link).text

    path = link.partition("?")[0]
    chosen = submit(visitor, path, at=link, password=PASSWORD, next=plan)
    assert f'name="next" value="{plan}"' in visitor.get(chosen.location).text
    assert sign_in("new@example.com", next=plan)[1].location == plan


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/a" * 300]
)
def test_no_mailed_link_leads_elsewhere(
    open_sign_up, visitor, submit, mailed_link, elsewhere
):
    newcomer = {"email": "new@example.com", "name": "New"}
    submit(visitor, "/sign-up", next=elsewhere, **newcomer)

    assert "?" not in mailed_link("new@example.com", whole=True)


def test_where_people_are_invited_nobody_signs_up(visitor, submit, mailed_link):
    assert "คำเชิญ" in visitor.get("/sign-up").text
    answer = submit(
        visitor, "/sign-up", at="/sign-in", email="new@example.com", name="New"
    )
    assert answer.status_code == 403
    assert mailed_link("new@example.com") is None


def test_a_language_chosen_at_the_door_holds_inside(person, visitor, submit):
    email = person()
    submit(visitor, "/preferences/language", at="/sign-in", language="en")
    submit(visitor, "/sign-in", email=email, password=PASSWORD)
    assert '<html lang="en"' in visitor.get("/profile").text

    visitor.delete_cookie("abtpro_language", domain=visitor.host)
    assert '<html lang="en"' in visitor.get("/profile").text


def test_an_earlier_cookie_changes_no_profile(person, visitor, submit):
    email = person()
    visitor.set_cookie("abtpro_language", "en", domain=visitor.host)
    submit(visitor, "/sign-in", email=email, password=PASSWORD)
    assert '<html lang="th"' in visitor.get("/profile").text
