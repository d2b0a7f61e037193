"""What the gateway did not say is unknown: the top-up waits, and it is asked again."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from tests.billing.conftest import SECRET


def test_a_silent_gateway_leaves_it_pending_and_a_new_qr_is_made(till, pay, sim):
    made = till.begin()
    sim("outage", seconds=60)

    standings = [till.review(made, minutes=n) for n in (1, 14, 16, 60)]
    another = till.begin()

    assert {each.status for each in standings} == {"PENDING"}
    assert "does not answer" in standings[0].summary
    assert all(each.review_at for each in standings)
    assert another.status == "PENDING"

    sim("outage", seconds=0)
    pay(made, paid_at=made.created_at.isoformat())
    assert till.review(made, minutes=61).status == "SUCCESS"
    assert till.read(made).flags == []


def test_silence_counts_as_expiry_a_day_after_the_end_alone(till, sim):
    made = till.begin()
    sim("outage", seconds=60)

    assert till.review(made, hours=24).status == "PENDING"
    last = till.review(made, hours=24, minutes=15)
    assert (last.status, last.review_at) == ("EXPIRED", None)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_an_order_that_was_not_looked_at_is_not_refused(open_till, odd_gateway, status):
    odd_gateway.statuses["POST"] = status
    till = open_till(odd_gateway.url)
    made = till.begin()

    standing = till.review(made, seconds=0)

    assert till.read(made).status == standing.status == "PENDING"
    assert standing.review_at == made.created_at + timedelta(seconds=5)
    assert "the payment gateway refuses our" in standing.summary
    assert f"({status})" in standing.summary


@pytest.mark.parametrize("status", [400, 409, 422])
def test_an_order_that_was_refused_has_failed(open_till, odd_gateway, status):
    odd_gateway.statuses["POST"] = status
    till = open_till(odd_gateway.url)
    made = till.begin()

    assert till.review(made, seconds=0).status == "FAILED"
    assert till.column("SELECT kind FROM incidents") == []


def test_a_topup_at_a_refused_account_is_asked_for_until_it_expires(
    open_till, odd_gateway
):
    odd_gateway.statuses |= {"POST": 401, "GET": 401}
    till = open_till(odd_gateway.url)
    made, seen = till.begin(), []
    standing = till.review(made, seconds=0)
    while standing.review_at is not None:
        seen.append((standing.review_at - made.created_at, standing.status))
        standing = till.review(made, at=standing.review_at)

    instants = [instant for instant, _ in seen]
    waits = [after - before for before, after in pairwise(instants)]
    assert standing.status == "EXPIRED"
    assert {status for _, status in seen} == {"PENDING"}
    assert seen[-1][0] == made.expires_at - made.created_at + timedelta(hours=24)
    assert min(waits) > timedelta(0)
    assert max(waits) > timedelta(hours=1)
    assert till.column("SELECT kind FROM notices") == ["TOPUP_EXPIRED"]


def test_a_gateway_that_refuses_orders_alone_says_what_was_paid(open_till, odd_gateway):
    odd_gateway.statuses["POST"] = 403
    till = open_till(odd_gateway.url)
    made = till.begin()
    odd_gateway.pay(made)

    standing = till.review(made, seconds=5)

    assert (standing.status, till.balance()) == ("SUCCESS", 49_900)


def test_what_was_paid_while_our_secret_was_wrong_is_found(open_till, gateway_url, sim):
    till = open_till(gateway_url)  # nobody registered this merchant there: 401
    made = till.begin()
    before = till.review(made, seconds=5)
    sim(
        "accounts",
        merchant_id=till.merchant_id,
        name="a shop",
        secrets=[SECRET],
        callback_url="http://127.0.0.1:9/nobody",
    )
    sim(
        "pay",
        merchant_id=till.merchant_id,
        reference_id=made.reference,
        amount="499.00",
        deliver=False,
    )

    after = till.review(made, at=before.review_at)

    summary = "the payment gateway refuses our credentials (401)"
    assert (before.status, before.summary) == ("PENDING", summary)
    assert (after.status, till.balance()) == ("SUCCESS", 49_900)


def test_a_withdrawal_that_was_not_looked_at_is_tried_again(open_till, odd_gateway):
    till = open_till(odd_gateway.url)
    made = till.begin()
    till.review(made, seconds=0)
    till.cancel(made)
    odd_gateway.statuses["DELETE"] = 403

    refused = till.review(made, seconds=1)
    odd_gateway.statuses["DELETE"] = 200
    before = till.read(made).withdrawn_at
    till.review(made, at=refused.review_at)

    assert (before, refused.status) == (None, "CANCELLED")
    assert till.read(made).withdrawn_at == refused.review_at


@pytest.fixture
def deaf_gateway():
    """A gateway that takes the first order and never answers it."""
    heard = []

    class Deaf(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            if len(heard) == 1:
                self.connection.close()
                return
            self.send_response(201)
            self.end_headers()
            body = heard[-1].replace(b'"request_id"', b'"made_of"')
            self.wfile.write(body)

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"payments": [], "count": 0}')

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Deaf) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
        thread.join()


def test_an_order_without_answer_is_sent_again_as_it_was(open_till, deaf_gateway):
    url, heard = deaf_gateway
    till = open_till(url)
    made = till.begin()

    standings = [till.review(made, seconds=n) for n in (0, 15, 30)]

    assert [each.status for each in standings] == ["PENDING"] * 3
    assert len(heard) == 2  # registered at the second try, and then no more
    assert heard[0] == heard[1]
