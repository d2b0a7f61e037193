import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.mail import MailUnavailableError
from abtpro_saas.notifications.messages import DeliverMail
from abtpro_saas.notifications.service import notify
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.workflows.activities.notifications import MailActivities
from abtpro_saas.workflows.notifications import MailDelivery
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS


class Moody:
    """A postbox that is away as often as it is told, then takes the mail."""

    def __init__(self, away=0):
        self.away, self.letters = away, []

    def drop(self, letter):
        if self.away:
            self.away -= 1
            raise MailUnavailableError("the mail server is away")
        self.letters.append(letter)


@pytest.fixture
def play(engine, keyring, settings, tenant, user, skipping, running):
    """Return a function that mails a receipt through its process."""

    def run(postbox, times=1):
        with tenant_transaction(engine, tenant) as session:
            params = {"amount": "499.00", "reference": "R", "at": "2026-11-22T05:00Z"}
            notify(session, tenant, user(), NoticeKind.TOPUP_PAID, params, utc_now())
            mail = session.scalars(select(Mail)).one()
        order = DeliverMail(str(tenant), str(mail.mail_id), str(mail.user_id))

        async def go():
            activities = MailActivities(engine, keyring, settings(), postbox)
            async with (
                skipping(keyring) as env,
                running(env.client, [MailDelivery], [activities.try_mail]),
            ):
                for _ in range(times):
                    process = await env.client.start_workflow(
                        MailDelivery.run,
                        order,
                        id=order.process_id,
                        task_queue=QUEUE_WORKFLOWS,
                    )
                    result = await asyncio.wait_for(process.result(), 30)
                seen = await process.describe()
                return result, seen.close_time - seen.start_time

        return asyncio.run(go())

    return run


def test_a_mail_is_delivered(play):
    box = Moody()

    state, _ = play(box)

    assert (state, len(box.letters)) == ("SENT", 1)


def test_a_mail_whose_process_runs_twice_is_delivered_once(play):
    box = Moody()

    state, _ = play(box, times=2)

    assert (state, len(box.letters)) == ("SENT", 1)


def test_a_mail_waits_for_a_server_that_is_away(play):
    box = Moody(away=4)

    state, lived = play(box)

    assert (state, len(box.letters)) == ("SENT", 1)
    assert timedelta(minutes=20) < lived < timedelta(minutes=25)


def test_a_mail_is_given_up_after_days(play):
    state, lived = play(Moody(away=10_000))

    assert state == "FAILED"
    assert timedelta(days=2.9) < lived < timedelta(days=3.1)
