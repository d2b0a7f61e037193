"""Money that was told of before its top-up could be seen."""

import pytest

from abtpro_saas.billing.topups.service import create_topup
from abtpro_saas.clock import utc_now


@pytest.fixture
def unseen(till):
    """Return a function that accepts notices of a top-up before it can be seen."""

    def make(*notices_of):
        with till.transaction() as session:
            made = create_topup(
                session,
                till.keyring,
                till.tenant,
                till.user_id,
                amount=49_900,
                description="not committed yet",
                now=utc_now(),
            )
            outcomes = [till.accept(told(made)) for told in notices_of]
        return made, outcomes

    return make


def test_money_before_its_topup_could_be_seen_is_claimed(till, unseen):
    early = []
    made, outcomes = unseen(lambda topup: early.append(till.notice(topup)) or early[0])
    (early,) = early

    assert (outcomes, till.balance()) == (["SUSPENSE"], 0)
    standing = till.review(made, seconds=1)
    assert standing.status == "SUCCESS"
    assert (till.accept(early), till.balance()) == ("DUPLICATE", 49_900)
    assert till.sums() == {"WALLET": 49_900, "CLEARING": -49_900}
    assert till.column("SELECT kind FROM incidents WHERE closed_at IS NULL") == []


@pytest.mark.parametrize("odd", [{"currency": "USD"}, {"amount": 1_000_000_000}])
def test_what_a_topup_cannot_take_stays_parked(till, unseen, odd):
    made, outcomes = unseen(lambda topup: till.notice(topup, **odd))

    till.review(made, seconds=1)

    assert outcomes == ["SUSPENSE"]
    assert (till.read(made).status, till.balance()) == ("PENDING", 0)


def test_money_at_another_account_is_not_claimed(till, unseen, open_till):
    open_till()  # from now on the tenant's top-ups are made there
    made, outcomes = unseen(till.notice)

    till.review(made, seconds=1)

    assert outcomes == ["SUSPENSE"]
    assert (till.read(made).status, till.balance()) == ("PENDING", 0)


def test_what_was_refunded_before_its_topup_could_be_seen_is_counted(till, unseen):
    kind = "payment.refunded"
    part = {"gateway_txn_id": "txn_1", "event_type": kind, "amount": 10_000}
    made, outcomes = unseen(
        lambda topup: till.notice(topup, gateway_txn_id="txn_1"),
        lambda topup: till.notice(topup, **part),
    )
    till.review(made, seconds=1)

    seen = till.read(made)
    assert outcomes == ["SUSPENSE", "REFUNDED"]
    assert (seen.status, seen.credited, seen.refunded) == ("SUCCESS", 49_900, 10_000)
    assert (seen.flags, till.balance()) == ([], 39_900)
    assert till.column("SELECT topup_id FROM refunds") == [made.topup_id]
    assert sorted(till.column("SELECT kind FROM notices")) == ["REFUNDED", "TOPUP_PAID"]
    rest = till.notice(made, **part | {"amount": 39_900})
    assert (till.accept(rest), till.sums()) == ("REFUNDED", {})
    assert till.read(made).refunded == 49_900
