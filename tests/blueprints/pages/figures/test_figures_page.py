"""The page of a tenant's figures: what it shows, and to whom."""

import re
from datetime import timedelta

import pytest

from abtpro_saas.billing import ledger
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.blueprints.pages.figures.view import share
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.figures.months import month_of
from abtpro_saas.contracts.life.missed import note_missed
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.words import When
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import new_id
from tests.blueprints.pages.contracts.conftest import words_of

PAGE = "/admin/figures"
CELLS = re.compile(r'<td[^>]*data-label="([^"]+)"[^>]*>(.*?)</td>', re.DOTALL)
VALUE = re.compile(r'<data[^>]* value="([^"]+)"')


@pytest.fixture
def admin(browser, user):
    """An admin's browser that reads English."""
    return browser(user(Role.ADMIN, locale="en"))


def table(page, caption):
    """Return the rows of a table, each as values by the column's name."""
    found = re.search(
        f"<caption[^>]*>{caption}</caption>.*?<tbody>(.*?)</tbody>", page, re.DOTALL
    )
    return [
        {
            label: value.group(1) if (value := VALUE.search(cell)) else None
            for label, cell in CELLS.findall(row)
        }
        for row in found.group(1).split("</tr>")[:-1]
    ]


def test_every_table_says_what_the_api_says(admin, rented, month):
    asked = {"from": str(month.plus(-1))}
    page = admin.get(PAGE, query_string=asked).text
    told = admin.get("/api/v1/admin/figures", query_string=asked).json["months"]

    for row, line in zip(table(page, "Movements of MRR"), told, strict=True):
        mrr = line["mrr"]
        for label, name in [
            ("Opening", "opening"),
            ("New", "new"),
            ("Closing", "closing"),
        ]:
            assert row[label] == mrr[name]
        assert float(row["Churn"]) == -float(mrr["churn"])
    for row, line in zip(table(page, "Revenue"), told, strict=True):
        assert (row["Revenue"], row["VAT"]) == (
            line["revenue"]["net"],
            line["revenue"]["vat"],
        )
    for row, line in zip(table(page, "Renewals and top-ups"), told, strict=True):
        assert row["Came due"] == str(line["renewals"]["due"])
        assert row["Renewal rate"] == (
            None
            if line["renewals"]["rate_bps"] is None
            else str(line["renewals"]["rate_bps"])
        )
    for row, line in zip(table(page, "MRR"), told, strict=True):
        assert row["Paying renters"] == str(line["renters"]["paying"])


def test_the_answer_is_what_is_paid_a_month_now(admin, rented):
    page = admin.get(PAGE).text

    assert '<p class="answer-figure num">฿499.00</p>' in page
    assert page.count('<svg class="plot-room"') == 4
    assert "(so far)" in page


def test_each_bar_tells_what_it_stands_for(admin, rented, month):
    page = admin.get(PAGE, query_string={"from": str(month)}).text

    assert re.search(r"<title>New: [A-Z][a-z]+\s\d{4}: \+฿499\.00</title>", page)


def test_of_few_a_rate_has_no_decimals_and_the_counts_beside(admin, new_rented):
    for auto_renew in (True, False):  # the second period of the first one lapsed too
        new_rented(utc_now() - timedelta(days=100), auto_renew=auto_renew)
    page = words_of(admin.get(PAGE).text)

    assert "33% 1 of 3 periods, all months" in page
    assert "33.33%" not in page


def test_what_can_still_be_paid_is_told_apart(admin, rented, month):
    page = admin.get(PAGE, query_string={"from": str(month)}).text

    rows = table(page, "Renewals and top-ups")
    assert {row["Top-ups still open"] for row in rows} == {"0"}


def test_months_before_the_first_renter_are_no_cohorts(admin, rented, month):
    page = admin.get(PAGE).text
    heat = page.partition('class="table table-heat"')[2].partition("</table>")[0]

    assert heat.count('<th scope="row">') == 2
    assert "+1 mo." in heat
    assert "+2 mo." not in heat


def test_short_periods_are_told_beside_mrr(admin, rented):
    assert "Periods of less than a day" not in admin.get(PAGE).text
    rented.sell("BLINK", utc_now(), period="PT20S", price=150)
    rented.cancel(utc_now(), When.NOW)
    rented.buy("BLINK", now=utc_now())
    page = admin.get(PAGE).text

    assert '<p class="answer-figure num">฿0.00</p>' in page
    assert "In all months 1 of them were paid, with ฿1.50." in words_of(page)
    assert table(page, "MRR")[-1]["Paid for them"] == "1.50"


@pytest.mark.parametrize(
    ("bps", "whole", "written"),
    [(3333, 3, "33%"), (6667, 3, "67%"), (50, 99, "1%"), (3333, 100, "33.33%")],
)
def test_of_a_hundred_on_a_share_has_decimals(bps, whole, written):
    assert share(bps, whole) == written


def test_the_csv_is_the_apis(admin, rented, month):
    asked = {"from": str(month), "to": str(month)}
    mine = admin.get(f"{PAGE}/figures.csv", query_string=asked)
    told = admin.get("/api/v1/admin/figures", query_string=asked | {"format": "csv"})

    assert mine.mimetype == "text/csv"
    assert mine.data == told.data


def test_a_tenant_without_contracts_is_told_so(admin):
    page = admin.get(PAGE).text

    assert "Nothing was rented in these months" in page
    assert "plot-room" not in page


@pytest.mark.parametrize("asked", ["2026-13", "2199-01", "x"])
def test_other_months_show_the_usual_ones(admin, rented, asked):
    page = admin.get(PAGE, query_string={"from": asked})

    assert page.status_code == 200
    first = month_of(utc_now()).plus(-11)
    assert f'<option value="{first}" selected' in page.text


def test_viewers_see_it_and_traders_do_not(browser, rented):
    assert browser(role=Role.VIEWER).get(PAGE).status_code == 200
    trader = browser()
    assert trader.get(PAGE).status_code == 403
    assert trader.get(f"{PAGE}/figures.csv").status_code == 403
    assert PAGE not in trader.get("/").text


def test_a_stranger_is_asked_to_sign_in(visitor):
    assert visitor.get(PAGE).status_code in {302, 303}


def test_in_thai_months_are_thai(browser, rented):
    page = browser(role=Role.ADMIN).get(PAGE).text

    assert str(utc_now().year + 543) in page
    assert "฿499.00" in page


def test_what_the_sweep_found_and_what_the_ledger_holds_is_said(admin, rented, month):
    good = admin.get(PAGE).text
    with rented.office.transaction() as session:
        key = (rented.office.tenant, rented.contract().contract_id)
        session.get_one(Contract, key).review_at = month.start
        session.flush()
        note_missed(session, *key, utc_now())
        kinds = (
            (AccountKind.REVENUE, rented.office.tenant),
            (AccountKind.BANK, new_id()),
        )
        revenue, bank = (
            ledger.account(session, key[0], *each, utc_now()) for each in kinds
        )
        legs = (Leg(revenue, 1), Leg(bank, -1))
        draft = Draft(JournalKind.DEDUCTION, "by hand", legs, "wrong")
        ledger.post(session, key[0], draft, utc_now())

    bad = admin.get(PAGE).text

    for words in ("The ledger and the documents differ", "found by the sweep"):
        assert words in bad
        assert words not in good
