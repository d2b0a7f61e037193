"""What happened to a contract, in words."""

from datetime import timedelta

import pytest
from flask_babel import force_locale

from abtpro_saas.blueprints.pages.contracts.story import stories
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.tables import Event
from abtpro_saas.contracts.words import EventKind
from tests.blueprints.pages.contracts.conftest import DAY

PAGE = "/contract"


def test_what_happened_is_told_in_words_newest_first(renter):
    renter.buy("BASIC", renter.ago(days=10))
    renter.change("PREMIUM", renter.ago(days=5))
    renter.cancel(renter.ago(days=2))
    page = renter.reader.text(PAGE).partition("What happened")[2]

    order = ["Cancelled; access until", "Changed from Basic to Premium", "Basic began"]
    assert sorted(order, key=page.index) == order


@pytest.mark.parametrize("locale", ["th", "en"])
def test_every_kind_of_event_has_words(app, locale):
    at = utc_now().isoformat()
    detail = {"plan": "BASIC", "from": "X", "ends": at, "until": at, "duration": "P7D"}
    special = {EventKind.PRICE_TOLD: {"from": 49_900, "to": 59_900}}
    events = [
        Event(kind=kind, happened_at=utc_now(), detail=special.get(kind, detail))
        for kind in EventKind
    ]
    with app.test_request_context(), force_locale(locale):
        told = stories(events, {"BASIC": "Basic"}, to_staff=True)

    assert len(told) == len(EventKind)
    for kind, line in zip(EventKind, told, strict=True):
        assert line.text != kind
        assert line.icon != "info", kind


def test_what_our_processes_were_late_for_is_told_to_staff_alone(app):
    late = Event(kind=EventKind.MISSED, happened_at=utc_now(), detail={})
    with app.test_request_context():
        assert stories([late], {}) == []
        assert len(stories([late], {}, to_staff=True)) == 1


def test_long_histories_fold_what_is_older(renter):
    renter.buy("BASIC", renter.ago(days=20))
    for turn in range(14):
        renter.auto_renew(
            renter.ago(days=19) + turn * timedelta(hours=1), on=turn % 2 == 0
        )

    assert "3 earlier events" in renter.reader.text(PAGE)
    assert renter.contract().period_end > utc_now() + DAY
