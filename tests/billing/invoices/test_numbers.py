"""Numbers without gaps, whoever issues at once and whatever is undone."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from abtpro_saas.billing.invoices import issuing
from tests.billing.office import Office
from tests.conftest import NOON

COUNTED = text("UPDATE document_counters SET last = 999999")


class UndoneError(Exception):
    """What a caller raises after its document was written."""


def undo_if(undone):
    if undone:
        raise UndoneError


def test_of_50_concurrent_invoices_10_rolled_back_leave_no_gap(office, user):
    offices = [Office(office.engine, office.tenant, user()) for _ in range(10)]
    for each in offices:
        each.pay_in(500)

    def attempt(turn):
        buyer = offices[turn % 10]
        try:
            with buyer.transaction() as session:
                issuing.charge(session, buyer.tenant, buyer.order(100), NOON)
                undo_if(turn < 10)
        except UndoneError:
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(50))) == 40

    numbers = office.column("SELECT number FROM documents ORDER BY number")
    assert numbers == [f"INV-00000-2026-{n:06d}" for n in range(1, 41)]
    assert office.sums()["REVENUE"] == 4000


def test_invoices_and_credit_notes_are_numbered_apart(office):
    office.pay_in(300)
    first, second = office.charge(100), office.charge(100)

    notes = [office.credit(each, 50).number for each in (first, second)]

    assert [first.number, second.number] == [
        "INV-00000-2026-000001",
        "INV-00000-2026-000002",
    ]
    assert notes == ["CN-00000-2026-000001", "CN-00000-2026-000002"]


def test_each_tenant_has_numbers_of_its_own(office, new_tenant, user):
    tenant_id = new_tenant()
    other = Office(office.engine, tenant_id, user(tenant_id=tenant_id))
    for each in (office, other):
        each.pay_in(100)

    assert office.charge(100).number == other.charge(100).number


def test_the_year_after_the_millionth_document_has_wider_numbers(office):
    office.pay_in(200)
    office.charge(100)
    with office.transaction() as session:
        session.execute(COUNTED)

    assert office.charge(100).number == "INV-00000-2026-1000000"
