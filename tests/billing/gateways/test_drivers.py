"""What each driver makes and believes without asking anybody."""

from datetime import UTC, date, datetime

import pytest

from abtpro_saas.billing.gateways.classic import ClassicGateway
from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.manual import ManualGateway
from abtpro_saas.billing.gateways.port import (
    GatewaySetupError,
    GatewayUnavailableError,
    Hint,
    NoNoticesError,
    days_to_ask,
)
from abtpro_saas.billing.gateways.signatures import (
    NotSignedError,
    SignatureMismatchError,
    sign,
    sign_classic,
)
from abtpro_saas.billing.qr.emvco import BillPayment, CreditTransfer, read_payload
from abtpro_saas.billing.qr.promptpay import IdKind, PromptPayId
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import Satang

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
AMOUNT = Satang(49_900)


@pytest.fixture
def generic():
    gateway = GenericGateway()
    yield gateway
    gateway.close()


@pytest.fixture
def classic():
    gateway = ClassicGateway()
    yield gateway
    gateway.close()


def signed(raw, *secrets):
    return {"X-PromptPay-Signature": sign(raw, secrets, NOW)}


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_a_notice_signed_with_any_live_secret_is_believed(
    generic, account, body, secret
):
    notice = generic.read_notice(account(), body(), signed(body(), secret), NOW)

    assert (notice.reference, notice.amount) == ("REF1", AMOUNT)


def test_the_signature_is_verified_before_anything_is_read(generic, account):
    with pytest.raises(NotSignedError):
        generic.read_notice(account(), b"{", {}, NOW)
    with pytest.raises(SignatureMismatchError):
        generic.read_notice(account(), b"{", signed(b"{", "whsec_stranger"), NOW)


def test_case_13_a_broken_notice_with_a_good_signature_is_told_apart(generic, account):
    with pytest.raises(InvalidError):
        generic.read_notice(account(), b"{", signed(b"{", "whsec_new"), NOW)


def test_an_automatic_gateways_qr_brings_our_reference_back(generic, account):
    payload = generic.payload(account(), "REF1", AMOUNT)

    assert read_payload(payload) == BillPayment("000000000000101", "REF1", AMOUNT)


def test_an_automatic_gateway_never_makes_a_qr_without_reference(generic, account):
    unset = account(
        biller_id=None, promptpay_id="0812345678", promptpay_id_kind="PHONE"
    )

    with pytest.raises(GatewaySetupError):
        generic.payload(unset, "REF1", AMOUNT)


def test_a_classic_callback_is_a_hint(classic, account):
    raw = b'{"reference_id": "REF1", "status": "SUCCESS"}'
    headers = {"X-Webhook-Signature": sign_classic(raw, "whsec_old")}

    assert classic.read_notice(account(), raw, headers, NOW) == Hint("REF1", "SUCCESS")


def test_a_classic_callback_with_a_wrong_signature_is_not_even_a_hint(classic, account):
    raw = b'{"reference_id": "REF1", "status": "SUCCESS"}'
    headers = {"X-Webhook-Signature": sign_classic(raw, "whsec_stranger")}

    with pytest.raises(SignatureMismatchError):
        classic.read_notice(account(), raw, headers, NOW)


def test_a_manual_account_shows_its_promptpay_id(account):
    manual = account(promptpay_id="0812345678", promptpay_id_kind="PHONE")

    assert read_payload(ManualGateway().payload(manual, "REF1", AMOUNT)) == (
        CreditTransfer(PromptPayId(IdKind.PHONE, "0066812345678"), AMOUNT)
    )


def test_a_manual_account_with_only_a_biller_shows_a_bill(account):
    payload = ManualGateway().payload(account(), "REF1", AMOUNT)

    assert read_payload(payload).reference == "REF1"


def test_a_manual_account_without_any_id_has_no_qr(account):
    with pytest.raises(GatewaySetupError):
        ManualGateway().payload(account(biller_id=None), "REF1", AMOUNT)


def test_nothing_confirms_a_manual_payment_by_itself(account, body):
    manual = ManualGateway()

    assert manual.inquire(account(), "REF1", [date(2026, 11, 22)]) == []
    with pytest.raises(NoNoticesError):
        manual.read_notice(account(), body(), signed(body(), "whsec_new"), NOW)
    with pytest.raises(GatewayUnavailableError):
        manual.settlement(account(), date(2026, 11, 22))


def test_secrets_stay_out_of_what_is_printed(account):
    assert "whsec" not in repr(account())


def test_case_32_around_midnight_in_bangkok_both_days_are_asked():
    before, after = (
        datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 22, 17, 0, 30, tzinfo=UTC),
    )

    assert days_to_ask(before, after) == (date(2026, 11, 22), date(2026, 11, 23))
    assert days_to_ask(before, before) == (date(2026, 11, 22),)
