"""Who sells, who buys, and which form of document that allows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from abtpro_saas.billing.invoices import parties
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.tenants import update_tenant
from tests.billing.office import OTHER_TAX_ID, TAX_ID, Office
from tests.conftest import NOON

FORMS = [
    ("FULL", None, "FULL"),
    ("FULL", OTHER_TAX_ID, "FULL"),
    ("ABBREVIATED", None, "ABBREVIATED"),
    ("ABBREVIATED", OTHER_TAX_ID, "FULL"),
]


@pytest.mark.parametrize(("chosen", "tax_id", "form"), FORMS)
def test_who_can_deduct_vat_gets_a_full_invoice(office, chosen, tax_id, form):
    office.register(form=parties.DocumentForm(chosen))
    office.name_buyer(tax_id=tax_id)
    office.pay_in(100)

    assert office.charge(100).form == form


@pytest.mark.parametrize("tax_id", [None, OTHER_TAX_ID])
def test_who_is_not_registered_issues_receipts_alone(office, tax_id):
    office.register(registered_since=None)
    office.name_buyer(tax_id=tax_id)
    office.pay_in(100)

    assert office.charge(100).form == "RECEIPT"


def test_without_a_profile_the_names_are_the_tenants_and_the_accounts(office):
    office.pay_in(100)

    document = office.charge(100)

    name = office.column("SELECT name FROM tenants")[0]
    assert document.seller["name_th"] == document.seller["name_en"] == name
    assert document.buyer["name"] == "Somchai Jaidee"
    assert document.buyer["tax_id"] is None


def test_a_seller_is_changed_in_place_or_moves(office):
    office.register()
    office.register(name_en="Renamed")
    office.register(branch="00007")

    assert office.run(parties.get_seller).branch == "00007"
    kept = office.column("SELECT name_en FROM seller_profiles WHERE NOT active")
    assert kept == ["Renamed"]


def test_of_sellers_named_at_once_one_is_active(office):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: office.register(branch=f"{n:05d}"), range(4)))

    assert len(office.column("SELECT 1 FROM seller_profiles WHERE active")) == 1
    assert len(office.column("SELECT 1 FROM seller_profiles")) == 4


def test_a_buyer_is_named_anew(office):
    office.name_buyer(name="ร้านแรก")
    office.name_buyer(name="  ร้าน   สอง ", address=" 1 ถนน  สุขุมวิท \n\n กรุงเทพฯ ")

    found = office.run(parties.get_buyer, office.user_id)

    assert (found.name, found.address) == ("ร้าน สอง", "1 ถนน สุขุมวิท\nกรุงเทพฯ")


@pytest.mark.parametrize(
    "changes",
    [
        {"tax_id": "0105561000012"},
        {"tax_id": "010556100001"},
        {"tax_id": "\N{THAI DIGIT ZERO}105561000011"},
        {"branch": "1"},
        {"name_th": " "},
        {"name_en": "x" * 201},
        {"address_en": "x" * 401},
        {"address_th": "\x07"},
        {"tax_id": None},
        {"form": parties.DocumentForm.RECEIPT},
    ],
)
def test_a_seller_that_no_document_can_show_is_refused(office, changes):
    with pytest.raises(parties.PartyError):
        office.register(**changes)
    assert office.run(parties.get_seller) is None


@pytest.mark.parametrize(
    "changes",
    [{"tax_id": "1" * 13}, {"branch": "00000"}, {"name": ""}, {"address": "\n"}],
)
def test_a_buyer_that_no_document_can_show_is_refused(office, changes):
    with pytest.raises(parties.PartyError):
        office.name_buyer(**changes)


def test_a_stranger_is_no_buyer_here(office, new_tenant, user):
    stranger = Office(office.engine, office.tenant, user(tenant_id=new_tenant()))

    with pytest.raises(NotFoundError):
        stranger.name_buyer()


def test_only_a_registered_seller_adds_vat_to_a_price(office):
    office.run(update_tenant, prices_include_vat=False)
    unregistered = office.run(parties.gross_price, 49_900, NOON)
    office.register()

    assert unregistered == 49_900
    assert office.run(parties.gross_price, 49_900, NOON) == 53_393
    office.run(update_tenant, prices_include_vat=True)
    assert office.run(parties.gross_price, 49_900, NOON) == 49_900


def test_the_rate_is_zero_before_registration(office):
    office.register(registered_since=date(2027, 1, 1))

    assert office.run(parties.vat_rate, NOON) == 0
    assert office.run(parties.vat_rate, NOON.replace(year=2027)) == 700


def test_a_tax_id_of_the_seller_stands_on_its_receipts_too(office):
    office.register(registered_since=None)
    office.pay_in(100)

    assert office.charge(100).seller["tax_id"] == TAX_ID
