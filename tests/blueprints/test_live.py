"""Programs get tickets for live updates of what is theirs."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.access.tickets import Ticket
from abtpro_saas.identity.keys.keytext import TENANT_PREFIX, parse_key

TICKETS = "/api/v1/live/tickets"


@pytest.fixture
def opened(settings):
    """Return a function that reads the ticket in an answer's address."""

    def read(answer):
        query = parse_qs(urlsplit(answer.json["url"]).query)
        return Ticket.read(query["ticket"][0], settings().secret_key)

    return read


def test_a_program_hears_of_its_wallet(trader, opened, look_up):
    answer = trader.post(TICKETS, json={})

    assert (answer.status_code, answer.json["topic"]) == (201, "wallet")
    assert datetime.fromisoformat(answer.json["expires_at"]) > utc_now()
    ticket = opened(answer)
    assert ticket.subject == str(ticket.user_id)
    assert ticket.user_id in look_up("SELECT user_id FROM users")


def test_a_program_hears_of_its_topup(trader, topup, opened):
    made = topup()

    answer = trader.post(TICKETS, json={"topup_id": made["id"]})

    assert (opened(answer).topic, opened(answer).subject) == ("topup", made["id"])


def test_the_ticket_ends_with_the_key_that_asked(client, api_key, opened, look_up):
    key = api_key()

    ticket = opened(client(key=key).post(TICKETS, json={}))

    public_id = parse_key(key, TENANT_PREFIX).public_id
    found = look_up(
        "SELECT key_id FROM api_keys WHERE public_id = :public_id", public_id=public_id
    )
    assert found == [ticket.credential_id]


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
def test_nobody_hears_of_what_is_not_theirs(client, api_key, topup, whose):
    topup_id = topup()["id"] if whose == "somebody else's" else str(uuid4())

    answer = client(key=api_key()).post(TICKETS, json={"topup_id": topup_id})

    assert answer.status_code == 404


def test_a_key_that_reads_no_wallet_hears_nothing(client, api_key):
    answer = client(key=api_key(scopes=["keys:read"])).post(TICKETS, json={})

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
