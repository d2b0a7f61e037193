"""Tickets for streams of events: one user, one topic, one minute."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis.strategies import text, uuids

from abtpro_saas.identity.access.tickets import Ticket, TicketError

KEY = "a-key-of-at-least-thirty-two-letters"
ID = UUID(int=7)


@given(uuids(), uuids(), uuids(), text(), text())
def test_a_ticket_reads_back_as_it_was_signed(tenant_id, user_id, session_id, a, b):
    ticket = Ticket(tenant_id, user_id, session_id, a, b)

    assert Ticket.read(ticket.sign(KEY), KEY) == ticket


@pytest.fixture
def signed():
    return Ticket(ID, ID, ID, "topup", "42").sign(KEY)


def test_a_ticket_of_another_key_is_refused(signed):
    with pytest.raises(TicketError):
        Ticket.read(signed, KEY + "x")


def test_a_changed_ticket_is_refused(signed):
    other = replace(Ticket.read(signed, KEY), subject="43").sign(KEY)
    mixed = ".".join([other.rsplit(".", 2)[0], *signed.rsplit(".", 2)[1:]])

    with pytest.raises(TicketError):
        Ticket.read(mixed, KEY)


def test_an_old_ticket_is_refused(signed):
    with pytest.raises(TicketError):
        Ticket.read(signed, KEY, max_age_s=-1)


@pytest.mark.parametrize("nonsense", ["", "x", "a.b.c"])
def test_what_was_never_a_ticket_is_refused(nonsense):
    with pytest.raises(TicketError):
        Ticket.read(nonsense, KEY)
