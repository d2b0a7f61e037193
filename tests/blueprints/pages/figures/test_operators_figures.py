"""What operators see of tenants' figures: sums, and no row that they are made of."""

import csv
import io
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.figures.months import Months, month_of
from abtpro_saas.contracts.figures.reading import read_figures, read_tenants
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.access import passwords, totp
from abtpro_saas.identity.operators import service as operators
from tests.blueprints.pages.conftest import PASSWORD

PAGE = "/operators/figures"


@pytest.fixture
def operator(client, settings, operator_engine, keyring, submit):
    """A browser in which an operator is signed in, who reads English."""
    email = f"{uuid4().hex[:8]}@example.test"
    with plain_transaction(operator_engine) as session:
        made = operators.create_operator(
            session, keyring, email=email, name="Op", password=PASSWORD,
            now=utc_now(), profile=passwords.QUICK,
        )  # fmt: skip
    browser = client(settings().operators_host)
    browser.set_cookie("abtpro_language", "en", domain=browser.host)
    code = totp.code_at(made.totp_secret, utc_now())
    entered = submit(
        browser, "/operators/sign-in", email=email, password=PASSWORD, code=code
    )
    assert entered.status_code == 302
    return browser


@pytest.fixture
def slug(operator_engine, tenant):
    with plain_transaction(operator_engine) as session:
        query = text("SELECT slug FROM tenants WHERE tenant_id = :id")
        return session.scalar(query, {"id": tenant})


def test_a_tenants_page_is_what_its_admins_see(operator, rented, slug, month):
    page = operator.get(f"{PAGE}/{slug}", query_string={"from": str(month)})

    assert page.status_code == 200
    assert '<p class="answer-figure num">฿499.00</p>' in page.text
    assert f"{PAGE}/{slug}/figures.csv?from={month}" in page.text


def test_the_csv_holds_each_tenant_and_month(operator, rented, slug, month):
    answer = operator.get(f"{PAGE}/figures.csv", query_string={"from": str(month)})
    rows = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    mine = [row for row in rows if row["tenant"] == slug]

    assert [row["mrr_closing"] for row in mine] == ["499.00", "499.00"]
    one = operator.get(f"{PAGE}/{slug}/figures.csv", query_string={"from": str(month)})
    assert [
        row["mrr_closing"]
        for row in csv.DictReader(io.StringIO(one.text.removeprefix("\ufeff")))
    ] == ["499.00", "499.00"]


def test_tenants_are_listed_with_their_figures(operator, rented, slug):
    found, address = "", PAGE
    while address and slug not in found:
        found = operator.get(address).text
        following = [part for part in found.split('href="') if "cursor=" in part[:200]]
        address = following[-1].split('"')[0].replace("&amp;", "&") if following else ""

    row = found.partition(f"{PAGE}/{slug}?")[2].partition("</tr>")[0]
    assert '<data class="num" value="499.00">฿499.00</data>' in row


def test_figures_are_the_tenants_own(operator_engine, rented, new_tenant, month):
    other, own = new_tenant(), rented.office.tenant
    months = Months(month, month.plus(1), utc_now())
    with plain_transaction(operator_engine) as session:
        found = read_tenants(session, [own, other], months)

    assert found[own] == rented.office.run(read_figures, months)
    assert found[own].mrr.closing == 49_900
    assert found[other].mrr.closing == found[other].revenue.net == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM contract_periods",
        "SELECT * FROM contract_events",
        "SELECT * FROM documents",
        "SELECT * FROM postings",
        "SELECT * FROM business_figures('{}', '{}', now())",
        "SELECT * FROM contract_standings('{}', '{}')",
    ],
)
def test_operators_role_reads_no_row_behind_them(operator_engine, query):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        plain_transaction(operator_engine) as session,
    ):
        session.execute(text(query))


def test_the_applications_role_has_no_way_to_all_tenants(engine):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        plain_transaction(engine) as session,
    ):
        session.execute(text("SELECT * FROM tenants_figures('{}', '{}', now())"))


def test_tenants_hosts_and_strangers_see_nothing(client, browser, settings, slug):
    assert browser().get(PAGE).status_code == 404
    stranger = client(settings().operators_host)
    for path in (PAGE, f"{PAGE}/{slug}", f"{PAGE}/figures.csv"):
        assert stranger.get(path).status_code in {302, 303, 401}


def test_a_tenant_that_is_not_there_has_none(operator):
    assert operator.get(f"{PAGE}/nobody-here").status_code == 404


def test_the_present_month_is_the_last(operator):
    assert f'<option value="{month_of(utc_now())}" selected' in operator.get(PAGE).text
