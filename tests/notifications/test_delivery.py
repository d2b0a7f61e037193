from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.tenants import list_hosts
from abtpro_saas.ids import new_id
from abtpro_saas.notifications.delivery import try_mail
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.mail import (
    FolderPostbox,
    MailRefusedError,
    MailUnavailableError,
)
from abtpro_saas.notifications.messages import TryMail

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)

RESET = NoticeKind.PASSWORD_RESET
LINK = {"link": "https://siam.example/reset/s3cret"}
DUE = {
    "plan_th": "เบสิก",
    "plan_en": "Basic",
    "amount": "499.00",
    "at": NOON.isoformat(),
    "at_end": "2026-11-29T05:00:00+00:00",
    "at_grace_end": "2026-12-02T05:00:00+00:00",
}


class Moody:
    """A postbox that fails as often as it is told, then takes the mail."""

    def __init__(self, *errors):
        self.errors, self.letters = list(errors), []

    def drop(self, letter):
        if self.errors:
            raise self.errors.pop(0)
        self.letters.append(letter)


@pytest.fixture
def send(engine, keyring, settings, tenant, mails):
    """Return a function that tries the tenant's only mail."""

    def run(postbox, at=NOON, **chosen):
        order = TryMail(str(tenant), str(mails()[0].mail_id), at)
        return try_mail(engine, keyring, settings(**chosen), postbox, order)

    return run


@pytest.fixture
def reset(user, tell):
    tell(user(), RESET, {}, sealed_params=LINK)


@pytest.mark.usefixtures("reset")
def test_a_mail_is_sent_once_and_its_secret_forgotten(send, mails):
    box = Moody()

    first, second = send(box), send(box)

    assert [letter.link for letter in box.letters] == [LINK["link"]]
    assert (first.status, first.review_at) == ("SENT", None)
    assert second.status == "SENT"
    assert (mails()[0].sealed, mails()[0].sent_at) == (None, NOON)


@pytest.mark.usefixtures("reset")
def test_a_server_that_is_away_is_asked_again_later_and_later(send, mails):
    box = Moody(*[MailUnavailableError("away")] * 6)

    waits = [(send(box).review_at - NOON).total_seconds() for _ in range(6)]

    assert waits == [15, 60, 300, 900, 900, 900]
    assert mails()[0].tries == 6
    assert send(box).status == "SENT"


@pytest.mark.usefixtures("reset")
def test_a_mail_is_given_up_when_it_is_worth_nothing_any_more(send, mails):
    box = Moody()
    late = NOON + timedelta(hours=1)

    assert send(box, late).status == "FAILED"
    assert (box.letters, mails()[0].sealed) == ([], None)


@pytest.mark.usefixtures("reset")
def test_the_last_wait_ends_when_the_mail_is_given_up(send):
    nearly = NOON + timedelta(minutes=59, seconds=50)

    standing = send(Moody(MailUnavailableError("away")), nearly)

    assert standing.review_at == NOON + timedelta(hours=1)


@pytest.mark.usefixtures("reset")
def test_a_mail_that_is_refused_is_not_tried_again(send, mails):
    box = Moody(MailRefusedError("no such user (550)"))

    assert (send(box).status, send(box).status) == ("FAILED", "FAILED")
    assert box.letters == []
    assert "550" in mails()[0].last_error


def test_the_mail_speaks_the_users_language(user, tell, send, tmp_path):
    params = {"amount": "499.00", "reference": "R", "at": NOON.isoformat()}
    tell(user(locale="en"), NoticeKind.TOPUP_PAID, params)

    send(FolderPostbox(tmp_path, "ABTPro <no-reply@localhost>"))

    (file,) = tmp_path.rglob("*.eml")
    assert "is in your wallet" in file.read_text()


def test_a_stranger_cannot_send_it(engine, keyring, settings, new_tenant, reset, mails):
    order = TryMail(str(new_tenant()), str(mails()[0].mail_id), NOON)

    with pytest.raises(NotFoundError):
        try_mail(engine, keyring, settings(), Moody(), order)


def test_a_mail_that_is_not_there_is_refused(engine, keyring, settings, tenant):
    order = TryMail(str(tenant), str(new_id()), NOON)

    with pytest.raises(NotFoundError):
        try_mail(engine, keyring, settings(), Moody(), order)


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "Renew now"), ("th", "ต่ออายุตอนนี้")]
)
def test_a_mail_leads_to_a_page_of_the_tenants_own_host(
    user, tell, send, engine, tenant, locale, words
):
    tell(user(locale=locale), NoticeKind.RENEWAL_DUE, DUE)
    box = Moody()

    send(box, ABTPRO_BASE_URL="https://elsewhere.example")

    with tenant_transaction(engine, tenant) as session:
        (host,) = list_hosts(session, tenant)
    (letter,) = box.letters
    assert letter.link == f"https://{host}/contract/renewal"
    assert letter.text.action == words
