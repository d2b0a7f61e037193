"""A charge takes money and issues its document, or neither happens."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from abtpro_saas.billing import ledger, wallets
from abtpro_saas.billing.invoices import issuing
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.tenants import update_tenant
from abtpro_saas.money import AmountError
from tests.billing.office import OTHER_TAX_ID, TAX_ID, Office
from tests.conftest import NOON


def test_a_registered_seller_charges_vat_and_owes_it(office):
    office.register()
    office.pay_in(200_000)

    document = office.charge(149_900)

    assert (document.net, document.vat, document.total) == (140_093, 9807, 149_900)
    assert (document.kind, document.form) == ("INVOICE", "FULL")
    assert document.number == "INV-00000-2026-000001"
    assert office.held() == (50_100, 0)
    sums = office.sums()
    assert (sums["REVENUE"], sums["OUTPUT_VAT"]) == (140_093, 9807)


def test_who_is_not_registered_charges_no_vat(office):
    office.pay_in(49_900)

    document = office.charge(49_900)

    assert (document.form, document.vat, document.net) == ("RECEIPT", 0, 49_900)
    assert document.vat_basis_points == 0
    assert "OUTPUT_VAT" not in office.sums()


def test_vat_begins_on_the_day_of_registration_in_bangkok(office):
    office.register(registered_since=date(2026, 11, 23))
    office.pay_in(1000)
    midnight = datetime(2026, 11, 22, 17, tzinfo=UTC)

    before = office.charge(100, now=midnight.replace(hour=16, minute=59))
    after = office.charge(100, now=midnight)

    assert (before.form, before.vat) == ("RECEIPT", 0)
    assert (after.form, after.vat) == ("FULL", 7)


def test_the_tenants_rate_counts(office):
    office.register()
    office.run(update_tenant, vat_basis_points=1000)
    office.pay_in(1100)

    document = office.charge(1100)

    assert (document.vat, document.vat_basis_points) == (100, 1000)


def test_a_document_keeps_what_it_said(office):
    office.register()
    office.pay_in(300)
    first = office.charge(100, 200)
    office.register(name_en="Renamed Co., Ltd.", branch="00001")

    kept = office.run(issuing.get_document, first.document_id)

    assert kept.seller["name_en"] == "Siam Algo Co., Ltd."
    assert kept.seller["tax_id"] == TAX_ID
    assert [line["amount"] for line in kept.lines] == [100, 200]
    assert kept.lines[0] | {"quantity": 1, "th": "ค่าเช่า"} == kept.lines[0]


def test_another_place_of_business_has_numbers_of_its_own(office):
    office.register()
    office.pay_in(300)
    office.charge(100)
    office.register(branch="00001")

    assert office.charge(100).number == "INV-00001-2026-000001"


def test_numbers_begin_anew_in_bangkoks_new_year(office):
    office.pay_in(300)
    office.charge(100, now=datetime(2026, 12, 31, 16, 59, tzinfo=UTC))

    document = office.charge(100, now=datetime(2026, 12, 31, 17, tzinfo=UTC))

    assert (document.number, document.year) == ("INV-00000-2027-000001", 2027)


def test_nothing_is_charged_without_money_and_the_transaction_goes_on(office):
    office.pay_in(99)

    with office.transaction() as session:
        with pytest.raises(ledger.InsufficientFundsError):
            issuing.charge(session, office.tenant, office.order(100), NOON)
        document = issuing.charge(session, office.tenant, office.order(99), NOON)

    assert document.number.endswith("000001")
    assert office.held() == (0, 0)


def test_one_source_is_charged_once(office):
    office.pay_in(300)
    first = office.charge(100, source="rent:march")

    with pytest.raises(ledger.PostedError):
        office.charge(100, source="rent:march")

    assert office.held() == (200, 0)
    found = office.run(issuing.find_document, "rent:march")
    assert found.document_id == first.document_id
    assert office.run(issuing.find_document, "rent:april") is None


def test_one_source_at_once_is_charged_once(office):
    office.pay_in(1000)

    def attempt(_):
        try:
            office.charge(100, source="rent:march")
        except ledger.PostedError:
            return "posted"
        return "charged"

    with ThreadPoolExecutor(6) as pool:
        found = sorted(pool.map(attempt, range(6)))

    assert found == ["charged"] + 5 * ["posted"]
    assert office.held() == (900, 0)


def test_of_two_charges_of_one_balance_one_is_made(office):
    office.pay_in(49_900)

    def attempt(_):
        try:
            office.charge(49_900)
        except ledger.InsufficientFundsError:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(attempt, range(2))) == 1
    assert office.held() == (0, 0)


@pytest.mark.parametrize("amounts", [(), (0,), (100, -100)])
def test_nothing_to_pay_is_no_document(office, amounts):
    assert office.charge(*amounts) is None
    assert office.column("SELECT number FROM documents") == []


def test_a_reduction_stands_in_a_line_of_its_own(office):
    office.pay_in(100)

    document = office.charge(120, -20)

    assert document.total == 100
    assert [line["amount"] for line in document.lines] == [120, -20]


def test_reductions_above_the_price_and_lines_of_nothing_are_refused(office):
    nothing = replace(office.order(), lines=(issuing.Line("ก", "a", 5, 0),))

    with pytest.raises(AmountError):
        office.charge(100, -101)
    with pytest.raises(AmountError):
        office.run(issuing.charge, nothing, NOON)


def test_a_charge_says_what_it_was_for_in_the_users_language(engine, tenant, user):
    for locale, said in (("th", "ค่าเช่า"), ("en", "Rent")):
        office = Office(engine, tenant, user(locale=locale))
        office.pay_in(100)
        office.charge(100)
        chosen = wallets.MovementFilter(type="DEDUCTION")
        moved = office.run(wallets.movements, office.user_id, chosen)
        assert [each.description for _, each in moved] == [said]


def test_a_stranger_of_another_tenant_is_not_charged(office, new_tenant, user):
    stranger = user(tenant_id=new_tenant())

    with pytest.raises(NotFoundError):
        office.charge(100, user_id=stranger)


def test_documents_are_listed_newest_first_in_pages(office, user):
    other = user()
    office.pay_in(500)
    office.pay_in(500, user_id=other)
    office.charge(1, now=NOON)
    office.charge(2, now=NOON.replace(hour=6))
    office.charge(3, now=NOON.replace(hour=7), user_id=other)

    def listed(*args, **named):
        found = office.run(issuing.documents_of, *args, **named)
        return [each.total for each in found]

    first = office.run(issuing.documents_of, limit=1)[0]
    place = (first.issued_at, first.document_id)
    assert listed() == [3, 2, 1]
    assert listed(office.user_id) == [2, 1]
    assert listed(before=place, limit=1) == [2]
    assert listed(subject="contract:1") == [3, 2, 1]
    assert listed(subject="contract:2") == []


def test_a_document_is_read_by_its_user_and_tenant_alone(office, user, new_tenant):
    office.pay_in(100)
    document_id = office.charge(100).document_id
    stranger = Office(office.engine, new_tenant(), office.user_id)

    assert office.run(issuing.get_document, document_id, office.user_id)
    for asker, user_id in ((office, user()), (stranger, None), (office, uuid4())):
        with pytest.raises(NotFoundError):
            asker.run(issuing.get_document, document_id, user_id)
    assert stranger.run(issuing.documents_of) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET total = 1",
        "DELETE FROM documents",
        "UPDATE grants SET amount = 1",
        "UPDATE grant_uses SET amount = 1",
        "DELETE FROM document_counters",
    ],
)
def test_the_application_cannot_change_what_was_issued(office, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_transaction(office.engine, office.tenant) as session,
    ):
        session.execute(text(statement))


def test_who_gave_a_tax_id_is_named_with_it(office):
    office.register()
    office.pay_in(100)
    office.name_buyer(tax_id=OTHER_TAX_ID, branch="00000")

    buyer = office.charge(100).buyer

    assert buyer["tax_id"] == OTHER_TAX_ID
    assert buyer["name"] == "บริษัท ผู้ซื้อ จำกัด"
