import csv
import io
import re

import pytest

from abtpro_saas.blueprints.pages.contracts.admin import contracts
from abtpro_saas.clock import utc_now
from abtpro_saas.ids import new_id
from tests.blueprints.pages.contracts.conftest import PAGE, act, item, words_of


def listed(page):
    return re.findall(rf'href="({PAGE}/[0-9a-f-]{{36}})"', page)


def test_contracts_are_listed_newest_first(staff, rented):
    old, new = rented(), rented("PREMIUM")

    assert listed(staff.html(PAGE)) == [item(new), item(old)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "GRACE"}, ["late"]),
        ({"status": "ACTIVE"}, ["rich", "soon"]),
        ({"status": "nonsense"}, ["late", "rich", "soon"]),
        ({"plan": "PREMIUM"}, ["rich"]),
        ({"due": "7"}, ["late", "soon"]),
        ({"due": "1"}, ["late"]),
    ],
)
def test_filters_narrow_the_list_and_its_csv(staff, rented, query, found):
    them = {
        "late": rented(days=32),
        "soon": rented(days=26),
        "rich": rented("PREMIUM"),
    }
    wanted = {item(them[name]) for name in found}
    assert set(listed(staff.html(PAGE, **query))) == wanted

    file = staff.get(f"{PAGE}/contracts.csv", **query)
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert {f"{PAGE}/{row['contract_id']}" for row in rows} == wanted


def test_a_member_is_found_by_their_address(staff, rented):
    one, _other = rented(), rented()
    page = staff.html(PAGE)
    email = re.search(rf'{item(one)}">([^<]+)<', page).group(1)

    assert listed(staff.html(PAGE, email=email.upper())) == [item(one)]
    assert "Nothing fits these filters" in staff.text(PAGE, email="no@example.com")


def test_what_was_replaced_is_shown_where_it_is_asked_for(staff, rented):
    renter = rented(days=40)
    before = item(renter)
    renter.buy("PREMIUM", utc_now())

    assert listed(staff.html(PAGE)) == [item(renter)]
    assert set(listed(staff.html(PAGE, closed="yes"))) == {before, item(renter)}
    assert "A later contract has taken its place" in staff.text(before)


def test_the_list_is_read_by_pages(staff, rented, monkeypatch):
    for _ in range(3):
        rented()
    monkeypatch.setattr(contracts, "ON_A_PAGE", 2)
    page = staff.html(PAGE)
    older = re.search(r'href="(/admin/contracts\?cursor=[^"]+)"', page).group(1)

    assert len(listed(page)) == 2
    assert len(listed(staff.html(older))) == 1


def test_before_anybody_rents_the_list_says_so(staff):
    assert "No contracts yet" in staff.text(PAGE)


def test_a_contract_shows_events_charges_and_messages(staff, rented):
    renter = rented("PREMIUM", days=10)
    page = staff.text(item(renter))

    assert "Premium began; ฿1,499.00 paid" in page
    assert re.search(r"INV-00000-\d{4}-000001 · ฿1,499.00", page)
    assert "Premium is yours" in page


def entries(page):
    """Return the timeline's entries as text, newest first."""
    found = re.findall(r'<li class="timeline-item">(.*?)</li>', page, re.DOTALL)
    return [words_of(each) for each in found]


def test_an_act_is_one_entry_with_its_document_and_its_message(staff, rented):
    renter = rented("PREMIUM", days=10)
    act(staff, renter, "extension", duration="7", duration_unit="P1D")
    page = staff.html(item(renter))

    given, began = entries(page)
    assert "7 days given" in given
    assert "asked by phone" in given
    assert "Message: Your contract is extended until" in given
    assert "Premium began; ฿1,499.00 paid" in began
    assert re.search(r"INV-00000-\d{4}-000001 · ฿1,499.00", began)
    assert "Message: Premium is yours" in began


def test_a_change_has_its_invoice_and_its_credit_note_and_both_can_be_read(
    staff, rented
):
    renter = rented("BASIC", days=10)
    renter.change("PREMIUM", utc_now())
    page = staff.html(item(renter))

    changed, _began = entries(page)
    links = re.findall(r'<a class="mono" href="(/admin/[^"]+\.pdf)">(\S+)</a>', page)
    assert {number[:2] for _, number in links if number in changed} == {"IN", "CN"}
    assert "You are on Premium now" in changed
    for link, _number in links:
        assert staff.get(link).data.startswith(b"%PDF")


def test_periods_that_were_paid_at_one_look_have_each_their_own(staff, new_renter):
    renter = new_renter()
    renter.sell("DAYS", renter.ago(days=9), period="P1D", grace_period="P5D")
    renter.buy("DAYS", renter.ago(days=2, hours=1), auto_renew=True)
    renter.review(utc_now())

    found = entries(staff.html(item(renter)))
    renewed = [each for each in found if each.strip().startswith("Renewed")]
    numbers = [re.findall(r"INV-\S+", each) for each in renewed]
    assert [len(each) for each in numbers] == [1, 1]
    assert numbers[0] != numbers[1]
    assert all(each.count("Plan is renewed") == 1 for each in renewed)


def test_what_the_next_contract_is_told_is_not_told_of_the_one_before(staff, rented):
    renter = rented(days=40)
    before = item(renter)
    renter.buy("PREMIUM", utc_now())

    assert "Premium is yours" not in staff.text(before)
    assert "Premium is yours" in staff.text(item(renter))


def test_an_admin_renews_from_the_members_wallet(staff, rented, trail):
    renter = rented(days=32)
    answer = act(staff, renter, "renewal")

    assert answer.location == item(renter)
    assert renter.status(utc_now()) == "ACTIVE"
    assert renter.balance() == 1_000_000 - 2 * 49_900
    assert trail(action="contract.renew")[0].detail["reason"] == "asked by phone"


def test_an_empty_wallet_is_told_in_the_dialog(staff, rented):
    renter = rented(days=32, paid_in=49_900)
    answer = act(staff, renter, "renewal")

    assert answer.status_code == 402
    assert '<dialog class="dialog" id="renew" aria-labelledby="renew-title" open>' in (
        answer.text
    )
    assert "asked by phone" in answer.text


def test_time_is_given(staff, rented):
    renter = rented()
    end = renter.contract().period_end
    act(staff, renter, "extension", duration="7", duration_unit="P1D")

    assert (renter.contract().period_end - end).days == 7
    assert "7 days given" in staff.text(item(renter))


@pytest.mark.parametrize("typed", ["0", "x", "", "99999"])
def test_no_time_is_no_gift(staff, rented, typed):
    renter = rented()
    end = renter.contract().period_end
    days = {"duration": typed, "duration_unit": "P1D"}
    answer = act(staff, renter, "extension", **days)

    assert answer.status_code == 422
    assert 'id="error-duration"' in answer.text
    assert renter.contract().period_end == end


def test_a_contract_is_suspended_and_lifted_again(staff, rented, trail):
    renter = rented()
    act(staff, renter, "suspension")
    assert renter.status(utc_now()) == "SUSPENDED"
    assert "asked by phone" in renter.reader.html("/contract")

    act(staff, renter, "suspension/end", reason="it was paid")
    assert renter.status(utc_now()) == "ACTIVE"
    assert trail(action="contract.suspend")
    assert trail(action="contract.unsuspend")


def test_a_part_of_an_invoice_goes_back_to_the_wallet(staff, rented):
    renter = rented()
    document = renter.ask("SELECT document_id FROM documents")[0].document_id
    typed = {"amount": "100.50", "document_id": str(document)}
    answer = act(staff, renter, "refund", **typed)

    assert answer.location == item(renter)
    assert renter.balance() == 950_100 + 10_050
    page = staff.text(item(renter))
    assert "฿100.50 refunded to the wallet, credit note CN-00000-" in page
    assert "000001 · ฿398.50" in page


@pytest.mark.parametrize("amount", ["499.01", "0", "-5", "x"])
def test_no_more_goes_back_than_was_paid(staff, rented, amount):
    renter = rented()
    document = renter.ask("SELECT document_id FROM documents")[0].document_id
    typed = {"amount": amount, "document_id": str(document)}
    answer = act(staff, renter, "refund", **typed)

    assert answer.status_code in {409, 422}
    assert 'id="error-refund-amount"' in answer.text
    assert renter.balance() == 950_100


def test_another_contracts_invoice_is_not_refunded_here(staff, rented):
    renter, other = rented(), rented()
    query = "SELECT document_id FROM documents WHERE user_id = :user"
    theirs = renter.ask(query, user=other.user_id)[0].document_id
    typed = {"amount": "5", "document_id": str(theirs)}

    assert act(staff, renter, "refund", **typed).status_code == 409
    assert act(staff, renter, "refund", amount="5", document_id="x").status_code == 404
    assert other.balance() == 950_100


@pytest.mark.parametrize(
    ("deed", "typed", "days"),
    [
        ("renewal", {}, 32),
        ("extension", {"duration": "7", "duration_unit": "P1D"}, 3),
        ("suspension", {}, 3),
        ("refund", {"amount": "10"}, 3),
    ],
)
def test_an_act_that_is_sent_twice_is_done_once(staff, rented, deed, typed, days):
    renter = rented(days=days)
    document = renter.ask("SELECT document_id FROM documents")[0].document_id
    path = f"{item(renter)}/{deed}"
    shown = staff.form(item(renter), path) | {"reason": "twice"} | typed
    shown |= {"document_id": str(document)}

    sent = [staff.browser.post(path, data=shown) for _ in range(2)]

    assert {each.location for each in sent} == {item(renter)}
    kind = {
        "renewal": "RENEWED",
        "extension": "EXTENDED",
        "suspension": "BLOCKED",
        "refund": "REFUNDED",
    }[deed]
    assert renter.events().count(kind) == 1


@pytest.mark.parametrize("deed", ["renewal", "extension", "suspension", "refund"])
def test_every_act_says_why(staff, rented, deed):
    renter = rented(days=32)
    document = renter.ask("SELECT document_id FROM documents")[0].document_id
    typed = {"duration": "7", "duration_unit": "P1D", "amount": "5"}
    typed |= {"document_id": str(document), "reason": " "}
    answer = act(staff, renter, deed, **typed)

    assert answer.status_code == 422
    assert "-reason" in re.search(r'id="error-(\w+-reason)"', answer.text).group(1)
    assert renter.balance() == 950_100


def test_what_does_not_fit_the_state_is_not_offered(staff, rented):
    paid_ahead = rented(days=26)
    paid_ahead.renew(utc_now())
    cancelled = rented()
    cancelled.cancel(utc_now())

    assert 'id="renew"' not in staff.html(item(paid_ahead))
    page = staff.html(item(cancelled))
    assert 'id="renew"' not in page
    assert 'id="extend"' not in page
    assert 'id="suspend"' in page


def test_staff_read_every_document(staff, viewer, rented, stranger):
    renter = rented()
    page = staff.html(item(renter))
    link = re.search(r'href="(/admin/contracts/documents/[^"]+\.pdf)"', page).group(1)

    assert staff.get(link).data.startswith(b"%PDF")
    assert viewer.get(link, locale="en").status_code == 200
    assert renter.reader.get(link).status_code == 403
    assert stranger.get(link).status_code == 303


def test_a_viewer_sees_all_and_does_nothing(viewer, rented):
    renter = rented()
    page = viewer.html(item(renter))
    assert "<dialog" not in page.partition("<main")[2]

    deeds = "renewal", "extension", "suspension", "suspension/end", "refund", "credit"
    for deed in deeds:
        answer = viewer.browser.post(f"{item(renter)}/{deed}", data={"reason": "x"})
        assert answer.status_code == 403, deed
    assert renter.status(utc_now()) == "ACTIVE"


def test_traders_and_strangers_stay_outside(rented, stranger):
    renter = rented()
    for path in (PAGE, item(renter), f"{PAGE}/contracts.csv"):
        assert renter.reader.get(path).status_code == 403
        assert stranger.get(path).location.startswith("/sign-in")


def test_a_contract_that_is_not_there_is_not_found(staff):
    assert staff.get(f"{PAGE}/{new_id()}").status_code == 404
    path = f"{PAGE}/{new_id()}/suspension"
    assert staff.browser.post(path, data={"reason": "x"}).status_code == 404


def test_suspending_says_what_it_does(staff, rented):
    page = words_of(staff.html(item(rented())))
    assert "loses access at once, whatever is paid" in page
