import re
from datetime import timedelta

import pytest

from abtpro_saas.clock import bangkok_date, utc_now

PAGE = "/admin/coupons"
TYPED = {
    "code": "welcome-1", "off": "50", "kind": "percent", "periods": "2", "most": "10",
    "last_day": "",
}  # fmt: skip


def today(days=0):
    return (bangkok_date(utc_now()) + timedelta(days=days)).isoformat()


def test_a_coupon_is_made_and_used(staff, renter, trail):
    assert "No coupons yet" in staff.text(PAGE)
    answer = staff.send(PAGE, PAGE, **TYPED, plans=["PREMIUM"])
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert trail(action="coupon.create")[0].subject == "WELCOME-1"

    renter.buy("PREMIUM", utc_now(), coupon="welcome-1")

    assert renter.balance() == 1_000_000 - 74_950
    page = staff.text(PAGE)
    assert "WELCOME-1" in page
    assert "50% 2 1 of 10 PREMIUM No end" in page


def test_an_amount_is_taken_off_in_baht(staff, renter):
    staff.send(PAGE, PAGE, **TYPED | {"kind": "amount", "off": "1,000.50"})
    assert "฿1,000.50" in staff.text(PAGE)

    renter.buy("PREMIUM", utc_now(), coupon="WELCOME-1")
    assert renter.balance() == 1_000_000 - 49_850


def test_a_coupon_is_good_until_the_end_of_its_last_day(staff):
    staff.send(PAGE, PAGE, **TYPED | {"last_day": today()})
    assert "Usable" in staff.text(PAGE)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"code": "x"}, "code"),
        ({"code": "no spaces"}, "code"),
        ({"off": "0"}, "off"),
        ({"off": "101"}, "off"),
        ({"off": "ten"}, "off"),
        ({"kind": "amount", "off": "0"}, "off"),
        ({"kind": "amount", "off": "1.001"}, "off"),
        ({"periods": "0"}, "periods"),
        ({"most": "x"}, "most"),
        ({"most": "1000001"}, "most"),
        ({"last_day": today(-1)}, "last_day"),
        ({"last_day": "soon"}, "last_day"),
    ],
)
def test_what_is_no_coupon_is_told_beside_its_field(staff, typed, field):
    answer = staff.send(PAGE, PAGE, **TYPED | typed)

    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert "No coupons yet" in staff.text(PAGE)


def test_a_code_is_made_once(staff):
    first, second = (staff.send(PAGE, PAGE, **TYPED) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert 'id="error-code"' in second.text


def test_a_withdrawn_coupon_helps_nobody_new(staff, renter, trail):
    staff.send(PAGE, PAGE, **TYPED)
    path = re.search(rf'action="({PAGE}/[0-9a-f-]+/withdrawal)"', staff.html(PAGE))
    for _ in range(2):
        assert staff.browser.post(path.group(1)).location == PAGE

    assert "Withdrawn" in staff.text(PAGE)
    assert trail(action="coupon.withdraw")
    answer = renter.reader.get("/pricing/BASIC", coupon="WELCOME-1")
    assert answer.status_code == 422


def test_only_an_admin_makes_and_withdraws(staff, viewer, renter, stranger):
    staff.send(PAGE, PAGE, **TYPED)
    path = re.search(rf'action="({PAGE}/[0-9a-f-]+/withdrawal)"', staff.html(PAGE))

    assert "WELCOME-1" in viewer.text(PAGE)
    assert "withdrawal" not in viewer.html(PAGE)
    for one in (viewer, renter.reader):
        assert one.browser.post(PAGE, data=TYPED).status_code == 403
        assert one.browser.post(path.group(1)).status_code == 403
    assert renter.reader.get(PAGE).status_code == 403
    assert stranger.get(PAGE).location.startswith("/sign-in")
