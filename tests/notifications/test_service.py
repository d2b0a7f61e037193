from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.notifications import service
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.outbox import OutboxRow
from abtpro_saas.workflows.registry import PROCESSES

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)

PAID = {"amount": "499.00", "reference": "REF1", "at": NOON.isoformat()}


@pytest.fixture
def ask(engine, tenant):
    """Return a function that calls a service in a transaction of its own."""

    def run(function, *arguments, as_tenant=tenant, **options):
        with tenant_transaction(engine, as_tenant) as session:
            return function(session, as_tenant, *arguments, **options)

    return run


@pytest.fixture
def outbox(engine, tenant):
    def read():
        with tenant_transaction(engine, tenant) as session:
            return list(
                session.scalars(select(OutboxRow).order_by(OutboxRow.outbox_id))
            )

    return read


def test_a_receipt_is_listed_and_mailed(user, tell, ask, mails, outbox):
    payer = user()

    tell(payer, NoticeKind.TOPUP_PAID, PAID)

    (notice,) = ask(service.list_notices, payer)
    (mail,) = mails()
    (row,) = outbox()
    assert (notice.kind, notice.params) == ("TOPUP_PAID", PAID)
    assert mail.state == "PENDING"
    assert row.process_id == f"mail:{mail.tenant_id}:{mail.mail_id}"


def test_an_expired_qr_is_listed_without_a_mail(user, tell, ask, mails, outbox):
    payer = user()

    tell(payer, NoticeKind.TOPUP_EXPIRED, PAID)

    assert len(ask(service.list_notices, payer)) == 1
    assert (mails(), outbox()) == ([], [])


def test_a_secret_link_is_mailed_sealed_and_listed_nowhere(user, tell, ask, mails):
    forgetful = user()

    tell(
        forgetful,
        NoticeKind.PASSWORD_RESET,
        {},
        sealed_params={"link": "https://siam/reset/s3cret"},
    )

    (mail,) = mails()
    assert b"s3cret" not in mail.sealed
    assert "s3cret" not in str(mail.params)
    assert ask(service.list_notices, forgetful) == []


def test_no_secret_is_in_what_the_process_is_told(user, tell, outbox):
    tell(
        user(), NoticeKind.PASSWORD_RESET, {}, sealed_params={"link": "https://s3cret"}
    )

    assert "s3cret" not in str(outbox()[0].message)


def test_a_link_somebody_waits_for_goes_before_news(user, tell, outbox):
    reader = user()

    tell(reader, NoticeKind.TOPUP_PAID, PAID)
    tell(reader, NoticeKind.PASSWORD_RESET, {}, sealed_params={"link": "https://x"})

    news, link = (PROCESSES[row.kind] for row in outbox())
    contract = PROCESSES["contract.watch"]
    assert link.urgency < contract.urgency < news.urgency
    assert news.workflow == link.workflow


def test_a_secret_without_a_keyring_is_refused(user, engine, tenant):
    person = user()

    with (
        pytest.raises(ValueError, match="keyring"),
        tenant_transaction(engine, tenant) as session,
    ):
        service.notify(
            session,
            tenant,
            person,
            NoticeKind.INVITED,
            {"inviter": "Somsri"},
            NOON,
            sealed_params={"link": "x"},
        )


def test_a_mail_can_go_to_an_address_that_is_not_yet_the_users(user, tell, mails):
    tell(
        user(),
        NoticeKind.VERIFY_EMAIL,
        {},
        sealed_params={"link": "https://x"},
        address="new@example.com",
    )

    assert mails()[0].address == "new@example.com"


def test_what_is_rolled_back_tells_nobody(user, engine, tenant, mails, outbox):
    payer = user()

    with tenant_transaction(engine, tenant) as session:
        service.notify(session, tenant, payer, NoticeKind.TOPUP_PAID, PAID, NOON)
        session.flush()
        session.rollback()

    assert (mails(), outbox()) == ([], [])


def test_nobody_is_told_who_is_not_there(tell):
    with pytest.raises(NotFoundError):
        tell(UserId(new_id()), NoticeKind.TOPUP_PAID, PAID)


def test_notices_come_newest_first_and_page_by_page(user, tell, ask):
    reader = user()
    for kind in ("TOPUP_PAID", "TOPUP_EXPIRED", "TOPUP_PAID"):
        tell(reader, NoticeKind(kind), PAID)

    first = ask(service.list_notices, reader, limit=2)
    rest = ask(service.list_notices, reader, limit=2, before=first[-1].notice_id)

    assert [notice.kind for notice in first] == ["TOPUP_PAID", "TOPUP_EXPIRED"]
    assert len(rest) == 1
    assert rest[0].notice_id < first[-1].notice_id


def test_reading_marks_only_what_was_on_the_screen(user, tell, ask):
    reader, other = user(), user()
    for each in (reader, reader, other):
        tell(each, NoticeKind.TOPUP_EXPIRED, PAID)
    newest, oldest = ask(service.list_notices, reader)

    ask(service.mark_read, reader, NOON, up_to=oldest.notice_id)
    assert ask(service.count_unread, reader) == 1

    ask(service.mark_read, reader, NOON)
    assert ask(service.count_unread, reader) == 0
    assert ask(service.count_unread, other) == 1
    assert newest.notice_id > oldest.notice_id


def test_a_stranger_sees_no_notice(user, tell, ask, new_tenant):
    reader = user()
    tell(reader, NoticeKind.TOPUP_EXPIRED, PAID)

    assert ask(service.list_notices, reader, as_tenant=new_tenant()) == []
