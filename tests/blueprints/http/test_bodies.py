"""Requests whose operation takes a body, and which have none."""

import pytest

from abtpro_saas.identity.roles import Role

OPTIONAL = [("PATCH", "/api/v1/account"), ("POST", "/api/v1/notices/read")]


@pytest.fixture
def ask(client, api_key):
    """Return a function that sends a request as an admin."""
    mine = client(key=api_key(role=Role.ADMIN))

    def send(method, path, **request):
        return mine.open(path, method=method, **request)

    return send


@pytest.mark.parametrize(("method", "path"), OPTIONAL)
def test_a_body_that_the_description_requires_is_asked_for(ask, method, path):
    answer = ask(method, path)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"] == [
        {"in": "body", "message": "A body is needed; {} is one.", "pointer": ""}
    ]
    assert ask(method, path, json={}).status_code == 200


def test_no_operation_requires_a_body_and_does_without(ask, app):
    document = app.test_client().get("/api/v1/openapi.json").json
    nowhere = "00000000-0000-0000-0000-000000000000"
    done = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation and operation["requestBody"].get("required"):
                plain = "/".join(
                    nowhere if part.startswith("{") else part
                    for part in path.split("/")
                )
                if ask(method.upper(), plain).status_code < 400:
                    done.append((method, path))

    assert done == []
