import re
from string import Formatter

import pytest

from abtpro_saas.billing.words import Flag
from abtpro_saas.notifications.kinds import WAYS, NoticeKind
from abtpro_saas.notifications.paid import told_of_payment
from abtpro_saas.notifications.texts import CLOSING, FLAGS, GREETING, TEXTS, write
from abtpro_saas.notifications.wording import told_of_access

PARAMS = {
    "brand": "Siam Trading",
    "inviter": "Somsri",
    "address": "203.0.113.7",
    "device": "Firefox on Linux",
    "at": "2026-11-22T05:00:00+00:00",
    "amount": "1499.50",
    "reference": "ABT1234567890",
    "flag": "PAID_LATE",
    "reason": "paid twice",
    "keys_revoked": "2",
    "keys_left": "1",
    "by": "Somsri",
    "plan": "PREMIUM",
    "document": "INV-00000-2026-000001",
    "at_end": "2026-12-22T05:00:00+00:00",
    "at_grace_end": "2026-12-25T05:00:00+00:00",
    "amount_missing": "100.00",
    "missing": "100.00",
    "left": "129600",
}
BOTH = [(kind, locale) for kind in NoticeKind for locale in ("th", "en")]


@pytest.mark.parametrize(("kind", "locale"), BOTH)
def test_every_kind_reads_well_in_both_languages(kind, locale):
    text = write(kind, locale, PARAMS)

    for part in (text.title, text.body, text.action):
        assert "!" not in part
        assert "{" not in part
    assert text.title
    assert text.body
    assert bool(re.search("[ก-๙]", TEXTS[kind][locale].title)) is (locale == "th")


@pytest.mark.parametrize("kind", NoticeKind)
def test_both_languages_say_the_same_facts(kind):
    def names(locale):
        text = TEXTS[kind][locale]
        parsed = Formatter().parse(text.title + text.body)
        return {name for _, name, _, _ in parsed if name}

    told = told_of_payment(PARAMS, "en") | told_of_access(PARAMS, "en")
    assert names("th") == names("en") <= set(PARAMS) | set(told)
    assert bool(TEXTS[kind]["th"].action) is bool(TEXTS[kind]["en"].action)


def test_every_kind_has_a_way_and_goes_some_way():
    assert set(WAYS) == set(NoticeKind)
    assert all(way.listed or way.mailed_for for way in WAYS.values())


def test_what_has_a_link_is_never_listed():
    for kind, way in WAYS.items():
        assert not (way.listed and TEXTS[kind]["en"].action)


def test_every_flag_of_a_top_up_has_words():
    assert set(FLAGS) == set(Flag)


def test_money_and_time_are_written_as_people_read_them():
    english = write(NoticeKind.TOPUP_PAID, "en", PARAMS)
    thai = write(NoticeKind.TOPUP_PAID, "th", PARAMS)

    assert "฿1,499.50" in english.title
    assert "2026 12:00" in english.body
    assert "2569 12:00" in thai.body


def test_a_new_password_says_what_became_of_the_keys():
    def told(**counts):
        texts = (
            write(NoticeKind.PASSWORD_CHANGED, locale, PARAMS | counts)
            for locale in ("en", "th")
        )
        return [text.body for text in texts]

    english, thai = told(keys_revoked="2", keys_left="1")
    assert "7. 2 API keys were revoked. 1 API key still works" in english
    assert "เพิกถอนคีย์ API แล้ว 2 คีย์ คีย์ API ยังใช้ได้อีก 1 คีย์" in thai
    assert not any("API" in body for body in told(keys_revoked="0", keys_left="0"))


def test_what_was_written_before_keys_were_counted_still_reads():
    before = {"at": PARAMS["at"], "address": PARAMS["address"]}
    assert "API" not in write(NoticeKind.PASSWORD_CHANGED, "en", before).body


def test_the_frame_has_both_languages():
    assert set(GREETING) == set(CLOSING) == {"th", "en"}


def test_a_charge_without_a_document_tells_of_none():
    params = PARAMS | {"document": ""}

    assert "INV-" in write(NoticeKind.CONTRACT_RENEWED, "en", PARAMS).body
    assert "document" not in write(NoticeKind.CONTRACT_RENEWED, "en", params).body


def test_grace_says_how_long_is_left_and_what_is_missing():
    last = write(NoticeKind.GRACE_ENDS, "en", PARAMS)
    later = write(NoticeKind.GRACE_GOES_ON, "th", PARAMS)

    assert last.title.startswith("Last notice: your access ends on 25")
    assert "36\xa0hours left" in last.body
    assert "Your wallet is ฿100.00 short." in last.body
    assert "36\xa0ชั่วโมง" in later.title
    assert "กระเป๋าเงินของคุณขาดอีก ฿100.00" in later.body


def test_whose_wallet_holds_enough_is_not_told_to_top_up():
    enough = PARAMS | {"missing": "0.00"}

    assert "holds enough." in write(NoticeKind.GRACE_GOES_ON, "en", enough).body


def test_what_was_told_of_grace_before_it_named_what_is_missing_still_reads():
    before = {
        n: v for n, v in PARAMS.items() if n in {"amount", "plan", "at_grace_end"}
    }

    assert "is not paid. Renew" in write(NoticeKind.CONTRACT_GRACE, "en", before).body


def test_seconds_are_shown_of_periods_that_are_counted_in_them():
    text = write(NoticeKind.CONTRACT_RENEWED, "en", PARAMS | {"exact": "yes"})

    assert "2026 12:00:00." in text.body


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_plan_s_name_stands_apart_from_thai_letters(kind):
    text = TEXTS[kind]["th"]
    beside = re.compile(r"[ก-๙]\{(plan|left)\}|\{(plan|left)\}[ก-๙]")

    assert not beside.search(f"{text.title}\n{text.body}")


@pytest.mark.parametrize(("kind", "locale"), BOTH)
def test_what_somebody_wrote_ends_the_text(kind, locale):
    """Else it runs into the next sentence, whose beginning nobody sees."""
    body = TEXTS[kind][locale].body

    assert "{reason}" not in body or body.endswith("{reason}")


@pytest.mark.parametrize(
    ("granted", "en", "th"),
    [
        ("0.00", "We took ฿1,499.50 from your wallet.", "หักเงิน ฿1,499.50"),
        ("1499.50", "Your granted credit paid ฿1,499.50; your wallet", "ทั้งหมด"),
        (
            "499.50",
            "credit paid ฿499.50 and your wallet ฿1,000.00.",
            "หักจากกระเป๋าเงิน ฿1,000.00",
        ),
    ],
)
def test_a_charge_says_what_the_wallet_and_what_credit_paid(granted, en, th):
    params = PARAMS | {"amount_granted": granted}

    for kind in (NoticeKind.CONTRACT_STARTED, NoticeKind.CONTRACT_RENEWED):
        assert en in write(kind, "en", params).body
        assert th in write(kind, "th", params).body


def test_a_charge_of_nothing_says_so():
    params = PARAMS | {"amount": "0.00", "document": ""}

    assert "nothing to pay" in write(NoticeKind.CONTRACT_RENEWED, "en", params).body


def test_what_was_told_before_it_named_credit_and_notes_still_reads():
    changed = write(NoticeKind.CONTRACT_CHANGED, "en", PARAMS).body
    planned = {n: v for n, v in PARAMS.items() if n != "amount"}

    assert "gave back what was unused of your former plan." in changed
    assert (
        "stays. You can"
        in write(NoticeKind.CONTRACT_CHANGE_PLANNED, "en", planned).body
    )


def test_a_refund_says_where_it_has_gone():
    both = write(
        NoticeKind.RENTAL_REFUNDED, "en", PARAMS | {"amount_granted": "499.50"}
    )
    credit = write(
        NoticeKind.RENTAL_REFUNDED, "en", PARAMS | {"amount_granted": "1499.50"}
    )

    assert "฿1,000.00 is in your wallet, and ฿499.50" in both.body
    assert "it is granted credit again" in credit.body
    assert "wallet" not in credit.title + credit.body


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (NoticeKind.RENEWAL_COMES, "It costs you nothing."),
        (NoticeKind.RENEWAL_DUE, "Renew it, free of charge,"),
    ],
)
def test_what_costs_nothing_announces_no_debit(kind, says):
    text = write(kind, "en", PARAMS | {"amount": "0.00"})

    assert says in text.body
    assert "฿" not in text.title + text.body


@pytest.mark.parametrize(
    ("at_end", "says"),
    [
        (PARAMS["at_end"], "Your access ends on 22\xa0Dec\xa02026 12:00."),
        (PARAMS["at"], "Your access has ended."),
    ],
)
def test_a_cancellation_says_whether_access_has_ended(at_end, says):
    params = PARAMS | {"at_end": at_end}

    assert says in write(NoticeKind.CONTRACT_CANCELLED, "en", params).body


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "Your access is back, until 25\xa0Dec\xa02026 12:00. Reason:"),
        (
            {"at_access_end": PARAMS["at_end"], "exact": "yes"},
            "Your access is back, until 22\xa0Dec\xa02026 12:00:00. Reason:",
        ),
        ({"at_access_end": PARAMS["at"]}, "Its time has run out meanwhile: renew"),
    ],
)
def test_a_lifted_suspension_says_until_when_access_is_back(more, says):
    text = write(NoticeKind.CONTRACT_UNBLOCKED, "en", PARAMS | more)

    assert text.body.startswith(says)
