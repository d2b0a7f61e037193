"""A request that needs a slow gateway is answered soon, and says when to come again."""

import pytest

from tests.billing.gateways.slow import SlowGateway, hush

CREATE = "/api/v1/payment/promptpay/create"


@pytest.fixture
def slow(open_merchant, monkeypatch):
    """A gateway that insists on making the QR, and answers nothing."""
    monkeypatch.setattr("abtpro_saas.billing.gateways.calling.limits.HURRIED_S", 0.3)
    server = SlowGateway(hush)
    open_merchant(base_url=server.url, driver="generic_issued")
    yield server
    server.close()


def test_a_qr_that_a_silent_gateway_should_make_is_refused_at_once_in_the_end(
    trader, slow, look_up
):
    answers = [trader.post(CREATE, json={"amount": "5.00"}) for _ in range(3)]
    paused = trader.post(CREATE, json={"amount": "5.00"})

    assert {each.status_code for each in [*answers, paused]} == {503}
    assert paused.json["code"] == "gateway_unavailable"
    assert 1 <= int(paused.headers["Retry-After"]) <= 2
    assert slow.asked == 3  # the fourth waits for nobody
    assert look_up("SELECT topup_id FROM topups") == []
