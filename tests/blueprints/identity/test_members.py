"""The people of a tenant, over the API."""

import pytest
from sqlalchemy import select

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import new_id
from abtpro_saas.notifications.tables import Mail

MEMBERS = "/api/v1/admin/members"
MALEE = {"email": "malee@example.com", "name": "Malee", "role": "viewer"}


@pytest.fixture
def boss(user):
    return user(Role.ADMIN, password="correct horse battery")


@pytest.fixture
def admin(client, api_key, boss):
    """A client with the key of the tenant's admin."""
    return client(key=api_key(boss))


def test_a_stranger_sees_nobody(client):
    assert client().get(MEMBERS).status_code == 401
    assert client().post(MEMBERS, json=MALEE).status_code == 401


@pytest.mark.parametrize(
    ("role", "method", "status"),
    [
        (Role.TRADER, "get", 403),
        (Role.TRADER, "post", 403),
        (Role.VIEWER, "get", 200),
        (Role.VIEWER, "post", 403),
    ],
)
def test_admins_manage_and_viewers_look(client, api_key, role, method, status):
    asked = client(key=api_key(role=role))
    body = {"json": MALEE} if method == "post" else {}

    assert getattr(asked, method)(MEMBERS, **body).status_code == status


def test_a_key_without_the_scope_is_refused(client, api_key, boss):
    answer = client(key=api_key(boss, scopes=["wallet:read"])).get(MEMBERS)

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


def test_people_are_listed_in_pages(admin, user):
    for _ in range(3):
        user()
    first = admin.get(f"{MEMBERS}?limit=3").json
    rest = admin.get(f"{MEMBERS}?limit=3&cursor={first['next_cursor']}").json

    emails = [each["email"] for each in first["members"] + rest["members"]]
    assert (first["count"], rest["count"]) == (3, 1)
    assert emails == sorted(set(emails))


def test_an_invited_member_gets_a_mail(admin, engine, tenant, host_of):
    answer = admin.post(MEMBERS, json=MALEE)
    shown = admin.get(f"{MEMBERS}/{answer.json['id']}").json

    assert answer.status_code == 201
    assert (shown["status"], shown["role"]) == ("INVITED", "viewer")
    with tenant_transaction(engine, tenant) as session:
        mail = session.scalars(select(Mail)).one()
    assert (mail.address, mail.kind) == ("malee@example.com", "INVITED")


def test_inviting_again_under_one_key_invites_once(client, api_key, boss):
    asked = client(key=api_key(boss), **{"Idempotency-Key": "invite-malee"})
    first, second = (asked.post(MEMBERS, json=MALEE) for _ in range(2))

    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"


def test_an_address_is_taken_once(admin):
    admin.post(MEMBERS, json=MALEE)
    answer = admin.post(MEMBERS, json=MALEE)

    assert (answer.status_code, answer.json["code"]) == (409, "email_taken")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"email": "no address"}, "email"), ({"role": "owner"}, "role"), ({"x": 1}, "x")],
)
def test_a_wrong_field_is_named(admin, wrong, field):
    answer = admin.post(MEMBERS, json=MALEE | wrong)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [f"/{field}"]


def test_a_member_gets_another_role_and_is_shut_out(admin, user, trail):
    path = f"{MEMBERS}/{user()}"

    assert admin.patch(path, json={"role": "viewer"}).json["role"] == "viewer"
    assert admin.delete(path).status_code == 204
    assert admin.get(path).json["status"] == "DISABLED"
    assert admin.patch(path, json={"disabled": False}).json["status"] == "INVITED"
    assert {"member.change", "member.disable"} <= {each.action for each in trail()}


def test_the_last_admin_stays(admin, boss):
    answer = admin.patch(f"{MEMBERS}/{boss}", json={"role": "trader"})

    assert (answer.status_code, answer.json["code"]) == (409, "last_admin")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_somebody_of_another_tenant_is_not_there(admin, user, new_tenant, method):
    body = {"json": {"role": "viewer"}} if method == "patch" else {}
    for stranger in (user(tenant_id=new_tenant()), new_id()):
        answer = getattr(admin, method)(f"{MEMBERS}/{stranger}", **body)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_second_factor_is_taken_away_and_its_owner_told(
    admin, boss, browser, enrol, mails, trail, user
):
    who = user(email="malee@example.com")
    enrol(who)
    device = browser(who)
    for _ in range(2):
        assert admin.delete(f"{MEMBERS}/{who}/second-factor").status_code == 204

    assert admin.get(f"{MEMBERS}/{who}").json["second_factor"] is False
    assert device.get("/").status_code == 303
    (mail,) = mails("SECOND_FACTOR_REMOVED")
    assert (mail.address, mail.params["by"]) == ("malee@example.com", "Somchai Jaidee")
    lines = trail(action="member.remove_second_factor", subject=str(who))
    assert [line.detail["was_on"] for line in lines] == [False, True]
    assert {line.actor_id for line in lines} == {boss}


def test_nobody_takes_their_own_second_factor_away(admin, boss, enrol):
    enrol(boss)
    answer = admin.delete(f"{MEMBERS}/{boss}/second-factor")

    assert (answer.status_code, answer.json["code"]) == (403, "own_second_factor")
    assert admin.get(f"{MEMBERS}/{boss}").json["second_factor"] is True


def test_a_session_takes_no_second_factor_away_at_the_api(admin, boss, browser, user):
    answer = browser(boss).delete(f"{MEMBERS}/{user()}/second-factor")

    assert (answer.status_code, answer.json["code"]) == (403, "key_required")


@pytest.mark.parametrize("role", [Role.TRADER, Role.VIEWER])
def test_only_admins_take_second_factors_away(client, api_key, user, role):
    asked = client(key=api_key(role=role))
    assert asked.delete(f"{MEMBERS}/{user()}/second-factor").status_code == 403


def test_a_stranger_keeps_the_second_factor(admin, user, new_tenant):
    for stranger in (user(tenant_id=new_tenant()), new_id()):
        answer = admin.delete(f"{MEMBERS}/{stranger}/second-factor")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
