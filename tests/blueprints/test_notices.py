"""What a user was told, over the API."""

from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify

NOTICES = "/api/v1/notices"


@pytest.fixture
def reader(user):
    return user(locale="en")


@pytest.fixture
def asked(client, api_key, reader):
    """A client with the reader's key."""
    return client(key=api_key(reader))


@pytest.fixture
def tell(engine, tenant, reader):
    """Return a function that tells the reader of so many expired top-ups."""

    def run(times=1):
        now = utc_now() - timedelta(minutes=5)
        with tenant_transaction(engine, tenant) as session:
            for number in range(times):
                params = {"amount": f"{number + 1}.00", "reference": f"R{number}"}
                notify(session, tenant, reader, NoticeKind.TOPUP_EXPIRED, params, now)
                session.flush()

    return run


def test_a_notice_is_told_in_the_readers_language(asked, tell):
    tell()

    page = asked.get(NOTICES).json

    (notice,) = page["notices"]
    assert (page["count"], page["unread"], page["next_cursor"]) == (1, 1, None)
    assert (notice["kind"], notice["read_at"]) == ("TOPUP_EXPIRED", None)
    assert "1.00" in notice["title"] + notice["text"]
    assert notice["params"]["reference"] == "R0"


def test_pages_follow_one_another_newest_first(asked, tell):
    tell(3)
    first = asked.get(NOTICES, query_string={"limit": 2}).json
    query = {"limit": 2, "cursor": first["next_cursor"]}

    rest = asked.get(NOTICES, query_string=query).json

    told = [each["params"]["reference"] for each in first["notices"] + rest["notices"]]
    assert told == ["R2", "R1", "R0"]
    assert (first["unread"], rest["next_cursor"]) == (3, None)


def test_reading_marks_up_to_what_was_shown(asked, tell):
    tell(3)
    middle = asked.get(NOTICES).json["notices"][1]["id"]

    left = asked.post(f"{NOTICES}/read", json={"up_to": middle})

    assert (left.status_code, left.json) == (200, {"unread": 1})
    read = [bool(each["read_at"]) for each in asked.get(NOTICES).json["notices"]]
    assert read == [False, True, True]


def test_reading_all_marks_all_and_a_repeat_changes_nothing(asked, tell):
    tell(2)
    assert asked.post(f"{NOTICES}/read", json={}).json == {"unread": 0}
    before = asked.get(NOTICES).json

    asked.post(f"{NOTICES}/read", json={})

    assert asked.get(NOTICES).json == before


def test_others_hear_and_change_nothing(asked, tell, client, api_key, new_tenant):
    tell()
    stranger = client(key=api_key(tenant_id=new_tenant()))
    for other in (client(key=api_key()), stranger):
        assert other.get(NOTICES).json["notices"] == []
        other.post(f"{NOTICES}/read", json={})

    assert asked.get(NOTICES).json["unread"] == 1


def test_another_users_cursor_opens_nothing(asked, tell, client, api_key):
    tell(2)
    cursor = asked.get(NOTICES, query_string={"limit": 1}).json["next_cursor"]

    answer = client(key=api_key()).get(NOTICES, query_string={"cursor": cursor})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_cursor")


def test_a_viewer_reads_and_marks_nothing(client, api_key):
    viewer = client(key=api_key(role=Role.VIEWER))

    assert viewer.get(NOTICES).status_code == 200
    answer = viewer.post(f"{NOTICES}/read", json={})
    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


def test_a_key_without_the_scope_reads_nothing(client, api_key):
    narrow = client(key=api_key(scopes={"wallet:read"}))

    assert narrow.get(NOTICES).status_code == 403
    assert client().get(NOTICES).status_code == 401


@pytest.mark.parametrize("wrong", [{"up_to": "x"}, {"up_to": 1}, {"until": None}])
def test_what_was_read_is_named_by_a_notices_id(asked, wrong):
    assert asked.post(f"{NOTICES}/read", json=wrong).status_code == 422
