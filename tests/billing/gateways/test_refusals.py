"""What a 4xx of a gateway says: of the order, of our account, or nothing."""

from datetime import date, timedelta

import pytest

from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayRefusedError,
    GatewayUnavailableError,
    QrOrder,
)
from abtpro_saas.clock import utc_now
from abtpro_saas.money import Satang

TODAY = date(2026, 11, 22)
ORDER = QrOrder("REF1", Satang(49_900), utc_now() + timedelta(minutes=15), "req-1")

CALLS = {
    "order": ("POST", lambda gateway, account: gateway.register(account, ORDER)),
    "withdrawal": ("DELETE", lambda gateway, account: gateway.cancel(account, "REF1")),
    "inquiry": (
        "GET",
        lambda gateway, account: gateway.inquire(account, "REF1", [TODAY]),
    ),
    "settlement": ("GET", lambda gateway, account: gateway.settlement(account, TODAY)),
}

NOT_US = (401, 402, 403, 405, 406, 410, 415, 421, 451)
ANSWERS = {
    "order": (400, 409, 422),
    "withdrawal": (409,),
    "inquiry": (),
    "settlement": (),
}
OF_THE_ACCOUNT = {
    "order": (*NOT_US, 404),
    "withdrawal": (*NOT_US, 400, 422),
    "inquiry": (*NOT_US, 400, 404, 409, 422),
    "settlement": (*NOT_US, 400, 409, 422),
}


@pytest.fixture
def ask(odd_gateway, account):
    """Return a function that makes a call of a gateway that answers with a status."""
    gateway = GenericGateway()

    def run(call, status):
        method, make = CALLS[call]
        odd_gateway.statuses[method] = status
        return make(gateway, account(base_url=odd_gateway.url))

    yield run
    gateway.close()


@pytest.mark.parametrize(
    ("call", "status"), [(call, each) for call in CALLS for each in ANSWERS[call]]
)
def test_what_answers_the_call_refuses_what_was_asked(ask, call, status):
    with pytest.raises(GatewayRefusedError) as refused:
        ask(call, status)

    assert refused.value.status == status


@pytest.mark.parametrize(
    ("call", "status"),
    [(call, each) for call in CALLS for each in OF_THE_ACCOUNT[call]],
)
def test_any_other_4xx_refuses_our_account_and_leaves_all_unknown(ask, call, status):
    with pytest.raises(AccountRefusedError) as refused:
        ask(call, status)

    error = refused.value
    assert isinstance(error, GatewayUnavailableError)
    assert (error.status, error.request) == (status, call.upper())
    assert str(status) in str(error)


@pytest.mark.parametrize("status", [301, 408, 425, 429, 500, 503])
@pytest.mark.parametrize("call", CALLS)
def test_a_gateway_in_trouble_refuses_nothing(ask, call, status):
    with pytest.raises(GatewayUnavailableError) as unavailable:
        ask(call, status)

    assert not isinstance(unavailable.value, AccountRefusedError)


def test_what_the_gateway_never_heard_of_is_withdrawn_or_not_settled_yet(ask):
    assert ask("withdrawal", 404) is None
    with pytest.raises(GatewayUnavailableError, match="not settled yet"):
        ask("settlement", 404)


@pytest.mark.parametrize(
    ("status", "what"),
    [(401, "credentials"), (403, "credentials"), (404, "requests"), (405, "requests")],
)
def test_it_says_whether_the_credentials_are_at_fault(ask, status, what):
    with pytest.raises(AccountRefusedError, match=f"refuses our {what}"):
        ask("order", status)


def test_no_secret_stands_in_the_error(ask):
    with pytest.raises(AccountRefusedError) as refused:
        ask("order", 401)

    assert "whsec" not in f"{refused.value!r} {vars(refused.value)}"
