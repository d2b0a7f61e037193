"""What is taken back of an invoice: never more than it charged, whoever asks."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.billing import ledger, wallets
from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.invoices.parts import CreditTooLargeError
from abtpro_saas.billing.reasons import ReasonNeededError
from abtpro_saas.errors import NotFoundError
from abtpro_saas.money import AmountError, parse_baht
from tests.billing.office import Office
from tests.conftest import NOON


@pytest.fixture
def invoice(office):
    """An invoice of ฿499.00, VAT included."""
    office.register()
    office.pay_in(49_900)
    return office.charge(49_900)


def test_a_refund_is_a_credit_note_that_cites_the_original(office, invoice):
    note = office.credit(invoice, 33_267, reason="Upgraded to PREMIUM")

    assert (note.kind, note.number) == ("CREDIT_NOTE", "CN-00000-2026-000001")
    assert note.cites_id == invoice.document_id
    assert note.cited["number"] == invoice.number
    assert (note.cited["net"], note.cited["credited"]) == (invoice.net, 0)
    assert (note.reason, note.subject) == ("Upgraded to PREMIUM", "contract:1")
    assert (note.vat, note.total) == (parse_baht("21.76"), parse_baht("332.67"))
    assert office.held() == (33_267, 0)


def test_invoices_less_credit_notes_are_the_net_revenue(office, invoice):
    office.pay_in(99_933)
    second = office.charge(99_933)
    notes = [office.credit(invoice, 33_267), office.credit(second, 1)]

    net = invoice.net + second.net - sum(note.net for note in notes)

    sums = office.sums()
    assert sums["REVENUE"] == net
    assert sums["OUTPUT_VAT"] == invoice.vat + second.vat - 2176


def test_an_invoice_that_is_credited_whole_leaves_nothing(office, invoice):
    for amount in (1, 16_633, 16_633):
        office.credit(invoice, amount)
    last = office.credit(invoice, 49_900 - 33_267)

    assert last.cited["credited"] == 33_267 - 1088 - 1088
    assert office.held() == (49_900, 0)
    assert not {"REVENUE", "OUTPUT_VAT"} & set(office.sums())
    assert office.run(issuing.credited_so_far, invoice.document_id) == 49_900


def test_more_than_was_charged_is_not_given_back(office, invoice):
    office.credit(invoice, 49_000)

    with pytest.raises(CreditTooLargeError, match=r"฿9\.00"):
        office.credit(invoice, 901)

    assert office.held() == (49_000, 0)


def test_two_credits_at_once_never_exceed_the_invoice(office, invoice):
    def attempt(_):
        try:
            office.credit(invoice, 20_000)
        except CreditTooLargeError:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 2
    assert office.held() == (40_000, 0)


def test_one_source_is_credited_once(office, invoice):
    office.credit(invoice, 100, source="upgrade:1")

    with pytest.raises(ledger.PostedError):
        office.credit(invoice, 100, source="upgrade:1")

    assert office.held() == (100, 0)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_cannot_be_given_back(office, invoice, amount):
    with pytest.raises(AmountError):
        office.credit(invoice, amount)


def test_lines_that_sum_to_something_else_are_refused(office, invoice):
    lines = (issuing.Line("คืน", "Returned", 99),)
    order = issuing.Credit(invoice.document_id, "c:1", 100, "why", lines)

    with pytest.raises(AmountError):
        office.run(issuing.credit, order, invoice.issued_at)


def test_a_credit_says_why(office, invoice):
    with pytest.raises(ReasonNeededError):
        office.credit(invoice, 100, reason=" ")


def test_a_credit_note_is_not_credited(office, invoice):
    note = office.credit(invoice, 100)

    with pytest.raises(NotFoundError):
        office.credit(note, 50)


def test_another_tenants_invoice_is_not_credited(office, invoice, new_tenant):
    stranger = Office(office.engine, new_tenant(), office.user_id)

    with pytest.raises(NotFoundError):
        stranger.credit(invoice, 100)


def test_a_credit_note_names_the_parties_and_form_of_its_invoice(office, invoice):
    office.register(branch="00002", name_en="Moved Co., Ltd.", form="ABBREVIATED")

    note = office.credit(invoice, 100)

    assert (note.branch, note.form) == ("00000", "FULL")
    assert note.seller == invoice.seller
    assert note.number == "CN-00000-2026-000001"


def test_what_was_charged_without_vat_goes_back_without_it(office):
    office.pay_in(100)
    receipt = office.charge(100)
    office.register()

    note = office.credit(receipt, 100)

    assert (note.form, note.vat) == ("RECEIPT", 0)
    assert office.held() == (100, 0)


def test_the_wallet_shows_a_credit_as_a_refund(office, invoice):
    office.credit(invoice, 100, reason="a day less")

    chosen = wallets.MovementFilter(type="REFUND")
    [(_, moved)] = office.run(wallets.movements, office.user_id, chosen)

    assert (moved.amount, moved.description) == (100, "a day less")


def test_a_credit_and_a_charge_in_one_transaction_stand_or_fall_together(
    office, invoice
):
    lines = (issuing.Line("คืน", "Returned", 33_267),)
    order = issuing.Credit(invoice.document_id, "up:1", 33_267, "upgraded", lines)

    def upgrade():
        with office.transaction() as session:
            issuing.credit(session, office.tenant, order, NOON)
            issuing.charge(session, office.tenant, office.order(99_933), NOON)

    with pytest.raises(ledger.InsufficientFundsError):
        upgrade()

    assert office.held() == (0, 0)
    assert office.credit(invoice, 33_267).number == "CN-00000-2026-000001"
