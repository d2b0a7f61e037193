"""Business figures over the API: JSON, CSV, and who may ask."""

import csv
import io
from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.figures.months import month_of
from abtpro_saas.identity.roles import Role
from tests.contracts.renting import Renter

FIGURES = "/figures"


@pytest.fixture
def month():
    """The month before the present one."""
    return month_of(utc_now()).plus(-1)


@pytest.fixture
def rented(renter, admin, month):
    """A trader who rents BASIC since the middle of that month, and has paid two."""
    them = Renter(renter.office, admin.user_id)
    begun = month.start + timedelta(days=14)
    them.buy("BASIC", now=begun, auto_renew=True)
    them.review(them.contract().period_end)
    return them


def satang(text):
    return int(text.replace(".", ""))


def test_the_figures_of_each_month_and_of_all(admin, rented, month):
    found = admin.done(admin.get(FIGURES, **{"from": str(month)}))

    first = found["months"][0]
    assert (found["from"], found["to"]) == (str(month), str(month.plus(1)))
    assert found["currency"] == "THB"
    assert (first["month"], first["is_over"]) == (str(month), True)
    assert first["mrr"]["new"] == first["mrr"]["closing"] == "499.00"
    assert first["renters"] == {"paying": 1, "with_access": 1}
    assert first["revenue"]["net"] == "499.00"
    assert found["total"]["mrr"]["opening"] == "0.00"
    assert found["total"]["revenue"]["agrees"] is True
    assert found["cohorts"][0] == {
        "month": str(month), "size": 1, "kept": [], "kept_bps": [],
    }  # fmt: skip


def test_the_movements_explain_every_closing(admin, rented):
    for line in admin.done(admin.get(FIGURES))["months"]:
        mrr = {name: satang(text) for name, text in line["mrr"].items()}
        gains = mrr["new"] + mrr["reactivation"] + mrr["expansion"]
        losses = mrr["contraction"] + mrr["churn"]
        assert mrr["opening"] + gains - losses == mrr["closing"]


def test_without_months_it_is_the_last_twelve(admin):
    found = admin.done(admin.get(FIGURES))

    assert len(found["months"]) == len(found["cohorts"]) == 12
    assert found["months"][-1]["is_over"] is False


def test_the_csv_says_what_the_json_says(admin, rented, month):
    asked = {"from": str(month.plus(-2))}
    answer = admin.get(FIGURES, **asked, format="csv")
    lines = admin.done(admin.get(FIGURES, **asked))
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.mimetype == "text/csv"
    assert (
        f'figures-{month.plus(-2)}-{month.plus(1)}.csv"'
        in answer.headers["Content-Disposition"]
    )
    assert len(rows) == 4
    for row, line, cohort in zip(rows, lines["months"], lines["cohorts"], strict=True):
        assert row == flat(line, cohort, len(rows))


def flat(line, cohort, months):
    """Return a month of the JSON as the cells of a row."""
    parts = {"month": line["month"], "is_over": line["is_over"]}
    for name in ("mrr", "renters", "topups", "renewals", "revenue", "enforcement"):
        parts |= {f"{name}_{key}": value for key, value in line[name].items()}
    short = line["short"]
    parts |= {"short_periods": short["periods"], "short_paid": short["paid"]}
    del parts["revenue_agrees"]
    parts["cohort_size"] = cohort["size"]
    kept = [*cohort["kept"], *[None] * months]
    parts |= {f"kept_{n}": kept[n - 1] for n in range(1, months)}
    return {name: written(value) for name, value in parts.items()}


def written(value):
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-13"}, "invalid"),
        ({"to": "2026-1"}, "invalid"),
        ({"from": "2020-02", "to": "2020-01"}, "invalid_months"),
        ({"from": "2020-01", "to": "2023-01"}, "invalid_months"),
        ({"from": "2199-01"}, "invalid_months"),
        ({"since": "2026-01"}, "invalid"),
        ({"format": "xml"}, "invalid"),
    ],
)
def test_what_are_no_months_is_refused(admin, query, code):
    assert admin.code(admin.get(FIGURES, **query), 422) == code


def test_viewers_see_them_too(asker, rented, month):
    viewer = asker(Role.VIEWER, below="/api/v1/admin")

    found = viewer.done(viewer.get(FIGURES, **{"from": str(month)}))

    assert found["months"][0]["mrr"]["closing"] == "499.00"


def test_traders_and_strangers_see_none(asker, client):
    trader = asker(below="/api/v1/admin")

    assert trader.code(trader.get(FIGURES), 403) == "wrong_role"
    assert client().get("/api/v1/admin/figures").status_code == 401


def test_a_key_without_the_scope_sees_none(asker):
    narrow = asker(Role.ADMIN, below="/api/v1/admin", scopes={"topups:read"})

    assert narrow.code(narrow.get(FIGURES), 403) == "missing_scope"


def test_another_tenant_counts_its_own(asker, rented, new_tenant, month):
    other = asker(Role.ADMIN, below="/api/v1/admin", tenant_id=new_tenant())

    found = other.done(other.get(FIGURES, **{"from": str(month)}))

    assert (
        found["total"]["mrr"]["closing"] == found["total"]["revenue"]["net"] == "0.00"
    )
