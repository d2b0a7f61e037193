import re

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.roles import Role
from tests.blueprints.pages.conftest import PASSWORD

BOT = {"name": "bot", "scopes": ["wallet:read"]}
KNOWN = {"current_password": PASSWORD}
PLAIN = re.compile(r'id="new-key">(abt_live_\w+)<')
SECRET = re.compile(r'id="totp-secret">([A-Z2-7]+)<')


@pytest.fixture
def owner(browser, user):
    """The browser of somebody who knows PASSWORD."""
    return browser(user(password=PASSWORD, profile=passwords.QUICK))


def _address(reader):
    shown = reader.get("/profile").text
    return re.search(r'value="([^"]+@example.com)"', shown).group(1)


def _secret(reader):
    begun = reader.post("/security/second-factor", data=KNOWN)
    return SECRET.search(begun.text).group(1)


def test_a_profile_is_changed_and_read_back(browser):
    reader = browser()
    fields = {"name": "มานี มีนา", "language": "en", "email": _address(reader)}
    assert reader.post("/profile", data=fields).location == "/profile"

    page = reader.get("/profile").text
    assert "มานี มีนา" in page
    assert '<html lang="en"' in page


@pytest.mark.parametrize("rising", ["red", "blue"])
def test_the_colour_of_what_rises_is_a_choice_that_every_page_keeps(browser, rising):
    reader = browser()
    assert "data-rising" not in reader.get("/profile").text.partition("<head>")[0]
    fields = {"name": "มานี", "email": _address(reader), "rising": rising}
    reader.post("/profile", data=fields)
    reader.post("/profile", data=fields | {"rising": "pink"})
    head = reader.get("/notices").text.partition("<head>")[0]
    assert f'data-rising="{rising}"' in head


def test_a_name_that_cannot_be_shown_is_kept_in_its_field(browser):
    reader = browser()
    answer = reader.post("/profile", data={"name": " ", "email": _address(reader)})
    assert answer.status_code == 422
    assert 'id="error-name"' in answer.text


def test_a_stolen_session_takes_no_account_over(owner):
    thief = owner
    fields = {"name": "มานี", "language": "en", "email": "thief@evil.example"}

    for data in (fields, fields | {"current_password": "wrong"}):
        refused = thief.post("/profile", data=data)
        assert refused.status_code == 401
        assert 'id="error-current_password"' in refused.text
    assert thief.post("/security/second-factor").status_code == 401
    assert "second-off" not in thief.get("/security").text

    moved = thief.post("/profile", data=fields | KNOWN)
    assert moved.location == "/profile"


def test_the_second_step_is_switched_on_with_a_code(owner):
    reader = owner
    secret = SECRET.search(
        reader.post("/security/second-factor", data=KNOWN).text
    ).group(1)
    code = totp.code_at(secret, utc_now())
    codes = reader.post("/security/second-factor/confirmation", data={"code": code})

    assert 'id="recovery-codes"' in codes.text
    assert "second-off" in reader.get("/security").text


def test_a_wrong_code_shows_the_same_secret_again(owner):
    reader = owner
    begun = SECRET.search(
        reader.post("/security/second-factor", data=KNOWN).text
    ).group(1)
    answer = reader.post(
        "/security/second-factor/confirmation", data={"code": "000000"}
    )
    assert answer.status_code == 422
    assert SECRET.search(answer.text).group(1) == begun


def test_the_second_step_is_not_switched_off_without_the_password(owner, mails):
    reader = owner
    secret = SECRET.search(
        reader.post("/security/second-factor", data=KNOWN).text
    ).group(1)
    code = totp.code_at(secret, utc_now())
    reader.post("/security/second-factor/confirmation", data={"code": code})

    refused = reader.post(
        "/security/second-factor/removal", data={"current_password": "wrong"}
    )
    assert refused.status_code == 401
    assert "second-off" in reader.get("/security").text
    assert mails("SECOND_FACTOR_OFF") == []


def test_the_owner_is_told_that_the_second_step_is_off(browser, user, enrol, mails):
    who = user(email="own@example.com", password=PASSWORD, profile=passwords.QUICK)
    enrol(who)
    reader = browser(who)
    done = reader.post("/security/second-factor/removal", data=KNOWN)
    reader.post("/security/second-factor/removal", data=KNOWN)

    assert done.location == "/security"
    assert "second-off" not in reader.get("/security").text
    assert [mail.address for mail in mails("SECOND_FACTOR_OFF")] == ["own@example.com"]


def test_a_new_password_signs_other_devices_out(person, sign_in, browser, submit):
    visitor, _ = sign_in(person())
    answer = submit(
        visitor,
        "/security/password",
        at="/security",
        current_password=PASSWORD,
        password="an entirely new sentence",
    )
    assert answer.location == "/security"
    assert "เปลี่ยนรหัสผ่านแล้ว" in visitor.get("/security").text


def test_a_key_is_shown_once_and_works(owner, client):
    reader = owner
    made = reader.post("/keys", data=BOT | KNOWN)
    plain = PLAIN.search(made.text).group(1)

    assert plain not in reader.get("/keys").text
    wallet = client(key=plain).get("/api/v1/payment/wallet")
    assert wallet.json["balance"] == "0.00"


@pytest.mark.parametrize("typed", [{}, {"current_password": "wrong"}])
def test_a_stolen_session_makes_no_key(owner, typed):
    refused = owner.post("/keys", data=BOT | typed)

    assert refused.status_code == 401
    assert 'id="error-new-current"' in refused.text
    assert 'value="bot"' in refused.text
    assert "abt_live_" not in owner.get("/keys").text


@pytest.mark.parametrize("typed", [{}, {"current_password": "wrong"}])
def test_a_stolen_session_replaces_no_key(owner, typed):
    owner.post("/keys", data=BOT | KNOWN)
    key_id = re.search(r'id="rotate-([0-9a-f-]+)"', owner.get("/keys").text).group(1)
    refused = owner.post(f"/keys/{key_id}/replacement", data=typed)

    assert refused.status_code == 401
    assert f'id="error-rotate-current-{key_id}"' in refused.text
    assert owner.get("/keys").text.count("mono") == 1
    assert 'value="wallet:read" checked' in refused.text
    replaced = owner.post(f"/keys/{key_id}/replacement", data=KNOWN)
    assert 'id="new-key">abt_live_' in replaced.text


def test_a_changed_password_ends_keys_where_asked(owner, client, mails):
    made = owner.post("/keys", data=BOT | KNOWN)
    plain = PLAIN.search(made.text).group(1)
    changes = KNOWN | {"password": "an entirely new sentence", "keys_offered": "yes"}
    assert 'name="revoke_keys" value="yes">' in owner.get("/security").text

    owner.post("/security/password", data=changes)
    assert client(key=plain).get("/api/v1/payment/wallet").status_code == 200
    known = {"current_password": changes["password"], "revoke_keys": "yes"}
    owner.post("/security/password", data=changes | known)
    assert client(key=plain).get("/api/v1/payment/wallet").status_code == 401
    told = [mail.params for mail in mails("PASSWORD_CHANGED")]
    assert [(t["keys_revoked"], t["keys_left"]) for t in told] == [
        ("0", "1"),
        ("1", "0"),
    ]
    assert "revoke_keys" not in owner.get("/security").text


def test_a_wrong_password_ends_no_key(owner, client):
    made = owner.post("/keys", data=BOT | KNOWN)
    plain = PLAIN.search(made.text).group(1)
    asked = {"current_password": "wrong", "password": "an entirely new sentence"}
    ticked = {"keys_offered": "yes", "revoke_keys": "yes"}
    refused = owner.post("/security/password", data=asked | ticked)

    assert refused.status_code == 401
    assert 'name="revoke_keys" value="yes" checked' in refused.text
    assert client(key=plain).get("/api/v1/payment/wallet").status_code == 200


def test_a_revoked_key_is_refused(owner, client):
    reader = owner
    made = reader.post("/keys", data=BOT | KNOWN)
    plain = PLAIN.search(made.text).group(1)
    key_id = re.search(r'id="revoke-([0-9a-f-]+)"', reader.get("/keys").text).group(1)
    reader.post(f"/keys/{key_id}/revocation")

    assert client(key=plain).get("/api/v1/payment/wallet").status_code == 401


def test_a_key_gets_no_scope_beyond_its_owner(owner):
    answer = owner.post("/keys", data={"name": "x", "scopes": ["audit:read"]} | KNOWN)
    assert answer.status_code == 422


def test_other_devices_are_signed_out(browser, user):
    who = user()
    one, other = browser(who), browser(who)
    one.post("/security/sessions/end")
    assert one.get("/").status_code == 200
    assert other.get("/").status_code == 303


def test_notices_are_marked_as_read(person, sign_in, submit):
    visitor, _ = sign_in(person())
    assert "data-unread" in visitor.get("/notices").text
    submit(visitor, "/notices/read", at="/notices")
    assert "data-unread" not in visitor.get("/notices").text


@pytest.mark.parametrize("path", ["/members", "/audit", "/suspense", "/tenant/topups"])
def test_a_trader_is_shown_none_of_the_staffs_pages(browser, path):
    assert browser().get(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/members", {"email": "x@example.com", "name": "X", "role": "admin"}),
        ("/tenant/settings", {"name": "Mine"}),
        ("/tenant/settings/hosts", {"hosts": "mine.localhost"}),
        ("/topups", {"amount": "100"}),
    ],
)
def test_a_viewer_changes_nothing(browser, path, fields):
    viewer = browser(role=Role.VIEWER)
    assert viewer.post(path, data=fields).status_code == 403


def test_the_rail_counts_what_is_unread(person, sign_in, submit):
    visitor, _ = sign_in(person())
    assert 'class="badge">1<' in visitor.get("/profile").text
    submit(visitor, "/notices/read", at="/notices")
    assert 'class="badge"' not in visitor.get("/profile").text
