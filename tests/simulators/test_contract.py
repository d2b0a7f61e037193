"""Our driver and the simulator, written to one contract, talk to each other."""

import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayRefusedError,
    GatewayUnavailableError,
    PaymentStatus,
    QrOrder,
)
from abtpro_saas.clock import bangkok_date, utc_now
from abtpro_saas.money import Satang

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture
def order():
    return lambda **changes: QrOrder(
        **{
            "reference": "REF1",
            "amount": Satang(49_900),
            "expires_at": utc_now() + timedelta(minutes=15),
            "request_id": "req-1",
        }
        | changes
    )


@pytest.fixture
def today():
    return bangkok_date(utc_now())


def test_the_gateway_issues_the_payload_that_we_make(generic, account, order):
    issued = generic.register(account(), order())

    assert issued.payload == generic.payload(account(), "REF1", Satang(49_900))


def test_case_33_the_same_order_again_gives_the_same_qr(generic, account, order):
    first = order()

    assert generic.register(account(), first) == generic.register(account(), first)


def test_a_reference_cannot_be_reused_for_another_amount(generic, account, order):
    generic.register(account(), order())

    with pytest.raises(GatewayRefusedError):
        generic.register(account(), order(amount=Satang(1)))


def test_a_qr_is_cancelled_once_twice_or_before_it_was_known(
    generic, account, order, http
):
    generic.register(account(), order())
    assert "No QR waits" not in http.get("/?lang=en").text

    for reference in ("REF1", "REF1", "NEVERHEARD"):
        generic.cancel(account(), reference)
        assert "No QR waits" in http.get("/?lang=en").text


def test_a_paid_qr_cannot_be_cancelled(generic, account, order, sim):
    generic.register(account(), order())
    sim("pay", reference_id="REF1")

    with pytest.raises(GatewayRefusedError):
        generic.cancel(account(), "REF1")


def test_an_inquiry_finds_every_payment_of_the_reference(generic, account, sim, today):
    for amount in ("499.00", "500.00"):
        sim("pay", merchant_id="m-siam", reference_id="REF1", amount=amount)
    sim("pay", merchant_id="m-siam", reference_id="REF2", amount="1.00")

    found = generic.inquire(account(), "REF1", [today])

    assert [each.amount for each in found] == [49_900, 50_000]
    assert {each.status for each in found} == {PaymentStatus.SUCCESS}


def test_case_32_a_payment_just_before_midnight_is_found_on_its_day(
    generic, account, sim
):
    paid_at = datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)
    sim(
        "pay",
        merchant_id="m-siam",
        reference_id="REF1",
        amount="1.00",
        paid_at=paid_at.isoformat(),
    )
    day = bangkok_date(paid_at)

    assert generic.inquire(account(), "REF1", [day + timedelta(days=1)]) == []
    [found] = generic.inquire(account(), "REF1", [day, day + timedelta(days=1)])
    assert found.paid_at == paid_at


def test_a_payment_whose_notice_was_lost_is_found_by_asking(
    generic, account, sim, today, merchant
):
    lost = sim(
        "pay", merchant_id="m-siam", reference_id="REF1", amount="1.00", deliver=False
    )

    [found] = generic.inquire(account(), "REF1", [today])

    assert found.gateway_txn_id == lost["transaction_id"]
    assert merchant.heard == []


def test_failed_and_refunded_payments_say_so(generic, account, sim, today):
    paid = {"merchant_id": "m-siam", "reference_id": "REF1", "amount": "1.00"}
    sim("pay", **paid)
    sim("pay", **paid, event_type="payment.refunded")
    sim("pay", **paid, event_type="payment.failed")

    found = generic.inquire(account(), "REF1", [today])

    assert [each.status for each in found] == ["REFUNDED", "FAILED"]


def test_the_settlement_file_agrees_with_itself(generic, account, sim, today):
    for number in range(1, 40):
        sim(
            "pay",
            merchant_id="m-siam",
            reference_id=f"REF{number}",
            amount=f"{number * 37}.{number:02d}",
            deliver=False,
        )

    settled = generic.settlement(account(), today)

    assert len(settled.rows) == 39
    assert settled.net == settled.gross - settled.fees - settled.fee_vat


def test_fee_and_its_vat_are_those_of_a_thai_gateway(generic, account, sim, today):
    sim("pay", merchant_id="m-siam", reference_id="R", amount="1560", deliver=False)

    [row] = generic.settlement(account(), today).rows

    assert (row.fee, row.fee_vat, row.net) == (2_574, 180, 153_246)


def test_the_same_day_settles_to_the_same_bytes(generic, account, today):
    first, second = (generic.settlement(account(), today) for _ in range(2))

    assert first.fingerprint == second.fingerprint


def test_a_day_to_come_is_not_settled_yet(generic, account, today):
    with pytest.raises(GatewayUnavailableError):
        generic.settlement(account(), today + timedelta(days=1))


def test_a_request_signed_with_another_secret_is_refused(generic, account, order):
    with pytest.raises(AccountRefusedError) as refused:
        generic.register(account(secrets=("whsec_other",)), order())

    assert refused.value.status == 401


def test_an_unknown_merchant_is_refused(generic, account, today):
    with pytest.raises(AccountRefusedError):
        generic.inquire(account(merchant_id="m-nobody"), "REF1", [today])


def test_case_30_an_outage_is_unknown_and_never_failed(
    generic, account, order, sim, today
):
    sim("outage", seconds=60)

    for ask in (
        lambda: generic.register(account(), order()),
        lambda: generic.cancel(account(), "REF1"),
        lambda: generic.inquire(account(), "REF1", [today]),
        lambda: generic.settlement(account(), today),
    ):
        with pytest.raises(GatewayUnavailableError):
            ask()
    sim("outage", seconds=0)
    assert generic.inquire(account(), "REF1", [today]) == []


def test_a_gateway_that_is_not_there_is_unavailable(generic, account, today):
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        nobody = account(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(GatewayUnavailableError):
            generic.inquire(nobody, "REF1", [today])


@pytest.fixture
def odd_gateway(account):
    """Return a function that makes an account at a gateway with one answer."""
    servers = []

    def start(status, body, **headers):
        class Odd(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Odd)
        threading.Thread(target=server.serve_forever, args=[0.05]).start()
        servers.append(server)
        return account(base_url=f"http://127.0.0.1:{server.server_port}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


PAID = (
    b'{"transaction_id": "t", "reference_id": "%s", "amount": "%s", "currency": "THB",'
    b' "paid_at": "%s", "status": "%s"}'
)
WHEN = b"2026-11-22T05:00:00Z"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"payments": null}',
        b'{"payments": [1]}',
        b'{"payments": [%s]}' % (PAID % (b"REF2", b"1.00", WHEN, b"SUCCESS")),
        b'{"payments": [%s]}' % (PAID % (b"REF1", b"1e3", WHEN, b"SUCCESS")),
        b'{"payments": [%s]}' % (PAID % (b"REF1", b"1.00", b"now", b"SUCCESS")),
        b'{"payments": [%s]}' % (PAID % (b"REF1", b"1.00", WHEN, b"MAYBE")),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_answer(generic, odd_gateway, today, body):
    with pytest.raises(GatewayUnavailableError):
        generic.inquire(odd_gateway(200, body), "REF1", [today])


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429])
def test_a_gateway_in_trouble_is_asked_again(generic, odd_gateway, today, status):
    with pytest.raises(GatewayUnavailableError):
        generic.inquire(odd_gateway(status, b"{}"), "REF1", [today])


def test_a_redirect_is_not_followed(generic, odd_gateway, url, today):
    moved = odd_gateway(302, b"", Location=f"{url}/healthz")

    with pytest.raises(GatewayUnavailableError):
        generic.inquire(moved, "REF1", [today])


def test_a_gateway_that_never_answers_is_given_up(generic, account, today):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deaf = account(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(GatewayUnavailableError):
            generic.inquire(deaf, "REF1", [today])
