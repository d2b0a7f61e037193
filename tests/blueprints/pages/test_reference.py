"""The page that writes the API's description out for people."""

import re

import pytest


@pytest.fixture
def shown(client):
    """Return the part of the page about one operation, as text."""
    page = client().get("/api-reference").text

    def read(anchor):
        article = re.search(
            f'<article class="card" id="{anchor}">.*?</article>', page, re.DOTALL
        )
        return " ".join(re.sub("<[^>]+>", " ", article[0]).split())

    return read


def test_every_operation_is_there(client, app):
    paths = app.extensions["openapi"]["paths"]
    told = client().get("/api-reference").text

    for path, item in paths.items():
        for method in {"get", "put", "post", "patch", "delete"} & set(item):
            assert f"{method.upper()} {path}<" in told


def test_a_refusal_tells_its_codes(shown):
    told = shown("POST-api-v1-payment-promptpay-create")

    assert re.search("too_many_open_topups.*topup_not_pending", told)


def test_a_value_of_two_kinds_tells_both(shown):
    told = shown("POST-api-v1-payment-promptpay-create")

    assert re.search(r"amount \S+ string \| number", told)
    assert "replaces uuid | null" in told
