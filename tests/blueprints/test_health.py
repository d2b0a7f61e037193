"""Health: open to all, at any host."""

import pytest


@pytest.mark.parametrize("host", ["127.0.0.1", "nobody.example", "ops.localhost"])
def test_health_answers_anybody_at_any_host(client, host):
    answer = client(host).get("/api/v1/health")

    assert answer.status_code == 200
    assert answer.json["status"] == "ok"


def test_a_process_is_ready_once_the_database_is_migrated(client):
    answer = client("nobody.example").get("/readyz")

    assert answer.status_code == 200
    assert answer.json["checks"] == {"database": "ok", "migrations": "ok"}


def test_a_process_without_its_database_lives_but_is_not_ready(client, make_app):
    lost = make_app(DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none")

    assert client(at=lost).get("/livez").status_code == 200
    assert client(at=lost).get("/readyz").status_code == 503
