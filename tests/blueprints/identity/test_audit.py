"""The audit trail, over the API."""

import csv
import io
from datetime import timedelta

import pytest

from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import audit
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.words import ActorKind

AUDIT = "/api/v1/admin/audit"


@pytest.fixture
def admin(client, api_key):
    """A client with the key of an admin."""
    return client(key=api_key(role=Role.ADMIN))


@pytest.fixture
def write(engine, tenant):
    """Return a function that writes an entry of the tenant's."""

    def record(action, tenant_id=None, **values):
        at = tenant_id or tenant
        with tenant_transaction(engine, at) as session:
            audit.record(
                session,
                tenant_id=at,
                actor_kind=ActorKind.SYSTEM,
                actor_id=None,
                action=action,
                now=values.pop("now", utc_now()),
                **values,
            )

    return record


def test_a_stranger_reads_no_trail(client):
    assert client().get(AUDIT).status_code == 401


@pytest.mark.parametrize(
    ("role", "status"), [(Role.TRADER, 403), (Role.VIEWER, 200), (Role.ADMIN, 200)]
)
def test_traders_do_not_read_the_trail(client, api_key, role, status):
    assert client(key=api_key(role=role)).get(AUDIT).status_code == status


def test_the_newest_stands_first_in_pages(admin, write):
    for number in range(5):
        write(f"step.{number}")
    first = admin.get(f"{AUDIT}?limit=3").json
    rest = admin.get(f"{AUDIT}?limit=3&cursor={first['next_cursor']}").json

    actions = [each["action"] for each in first["entries"] + rest["entries"]]
    assert actions == [f"step.{number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None


def test_the_trail_is_filtered(admin, write):
    now = utc_now()
    write("old", now=now - timedelta(days=2))
    write("new", subject="x")

    def actions(**query):
        found = admin.get(AUDIT, query_string=query).json["entries"]
        return [each["action"] for each in found]

    assert actions(action="old") == ["old"]
    assert actions(subject="x") == ["new"]
    assert actions(**{"from": utc_text(now - timedelta(days=1))}) == ["new"]
    assert actions(to=utc_text(now - timedelta(days=1))) == ["old"]
    assert actions(outcome="REFUSED") == []
    assert actions(actor="0199c0de-0000-7000-8000-000000000000") == []


def test_a_cursor_belongs_to_its_filter(admin, write):
    write("a")
    write("a")
    cursor = admin.get(f"{AUDIT}?limit=1").json["next_cursor"]
    answer = admin.get(f"{AUDIT}?limit=1&action=a&cursor={cursor}")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_cursor")


def test_another_tenants_trail_is_not_there(admin, write, new_tenant):
    write("theirs", new_tenant())

    assert admin.get(AUDIT).json["entries"] == []


@pytest.mark.parametrize(
    "asked", [{"query_string": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}]
)
def test_the_trail_is_exported_as_csv(admin, write, asked):
    write("first", detail={"a": 1})
    write("=HYPERLINK(1)")
    answer = admin.get(AUDIT, **asked)
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))

    assert answer.mimetype == "text/csv"
    assert [row["action"] for row in rows] == ["first", "'=HYPERLINK(1)"]
    assert rows[0]["detail"] == '{"a": 1}'


def test_the_trail_is_exported_as_json_oldest_first(admin, write):
    write("first")
    write("second")
    found = admin.get(f"{AUDIT}?format=json&limit=1").json

    assert [each["action"] for each in found["entries"]] == ["first", "second"]


def test_what_an_admin_does_and_is_refused_is_there(admin, client, api_key):
    trader = client(key=api_key())
    trader.get(AUDIT)
    trader.patch("/api/v1/account", json={"theme": "dark"})
    found = admin.get(AUDIT).json["entries"]

    assert [(each["action"], each["outcome"], each["code"]) for each in found] == [
        ("account.change", "DONE", None),
        ("audit.Audit", "REFUSED", "wrong_role"),
    ]
