import pytest

from abtpro_saas.notifications.contract_texts import CONTRACT_TEXTS
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.links import LINKS, link_of
from tests.notifications.test_texts import PARAMS

K = NoticeKind


@pytest.mark.parametrize("kind", CONTRACT_TEXTS)
def test_whatever_is_told_of_a_contract_leads_somewhere(kind):
    found = link_of(kind, PARAMS)

    assert found.path.startswith("/")
    assert "{" not in found.path
    assert set(found.words) == {"th", "en"}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (K.SIGNED_IN, "/security"),
        (K.PASSWORD_CHANGED, "/security"),
        (K.TOPUP_PAID, "/wallet"),
        (K.REFUNDED, "/wallet"),
    ],
)
def test_what_is_told_of_an_account_leads_to_where_it_is_mended(kind, path):
    assert link_of(kind, PARAMS).path == path


def test_a_former_address_is_led_nowhere():
    assert link_of(K.EMAIL_CHANGED, PARAMS) is None


def test_what_has_a_secret_link_has_no_other():
    assert not set(LINKS) & {K.PASSWORD_RESET, K.VERIFY_EMAIL, K.INVITED}


def test_who_is_short_tops_up_what_is_missing_and_comes_back():
    path = link_of(K.RENEWAL_SHORT, PARAMS).path

    assert path == "/topups/new?amount=100.00&next=/contract"


@pytest.mark.parametrize(
    ("document", "path"), [("INV-1", "/invoices"), ("", "/contract")]
)
def test_a_receipt_leads_to_the_invoices_where_there_is_one(document, path):
    assert link_of(K.CONTRACT_RENEWED, PARAMS | {"document": document}).path == path


def test_a_cancellation_leads_back_while_it_can_be_taken_back():
    over = PARAMS | {"at_end": PARAMS["at"]}

    assert link_of(K.CONTRACT_CANCELLED, PARAMS).path == "/contract"
    assert link_of(K.CONTRACT_CANCELLED, over).path == "/pricing"
