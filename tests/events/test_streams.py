"""Live updates reach the pages that listen, and tell no facts."""

import time
from itertools import islice

import httpx
import psycopg
from sqlalchemy import text

from tests.events.listening import ODD, heard


def test_a_commit_reaches_the_page_that_listens(listen, ticket, hint):
    with listen(ticket()) as answer:
        hint()
        lines = heard(answer)

    assert [line.partition(":")[0] for line in lines] == ["id", "event", "data"]
    assert lines[1] == "event: changed"


def test_no_fact_travels_in_an_event(listen, ticket, hint):
    with listen(ticket()) as answer:
        hint()
        assert heard(answer)[2] == "data: look"


def test_what_others_do_is_not_heard(listen, ticket, hint, new_tenant):
    with listen(ticket()) as answer:
        hint(subject="another")
        hint(topic="wallet")
        hint(tenant_id=new_tenant())
        assert heard(answer, within_s=1) == []


def test_many_hints_at_once_do_not_pile_up(listen, ticket, hint):
    with listen(ticket()) as answer:
        for _ in range(50):
            hint()
        time.sleep(0.5)
        events = 0
        while heard(answer, within_s=0.5):
            events += 1

    assert 1 <= events < 50


def test_a_heartbeat_shows_that_the_stream_lives(listen, ticket):
    with listen(ticket()) as answer:
        assert ": here" in list(islice(answer.lines, 4))


def test_a_browser_that_was_away_looks_at_once(listen, ticket):
    with listen(ticket(), **{"Last-Event-ID": "1"}) as answer:
        assert len(heard(answer)) == 3


def test_a_lost_listener_comes_back_and_everybody_looks(listen, ticket, server):
    with listen(ticket()) as answer:
        with psycopg.connect(server.superuser_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'abtpro_app' AND query LIKE 'LISTEN%'"
                " AND datname = current_database()"
            )
        assert len(heard(answer)) == 3


def test_a_strange_text_on_the_channel_does_no_harm(listen, ticket, hint, engine):
    with listen(ticket()) as answer:
        with engine.begin() as connection:
            for payload in ("", "x", "[]", "{}", ODD):
                connection.execute(
                    text("SELECT pg_notify('abtpro', :p)"), {"p": payload}
                )
        hint()
        assert len(heard(answer)) == 3


def test_the_process_says_that_it_lives(events):
    url = f"http://127.0.0.1:{events[0].port_of('events')}"

    assert httpx.get(url + "/healthz").text == "ok"


def test_stopping_ends_the_streams_at_once(listen, ticket, events):
    with listen(ticket()) as answer:
        events[1].should_exit = True
        started = time.monotonic()
        list(answer.lines)
    assert time.monotonic() - started < 3
