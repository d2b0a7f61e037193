"""One try to send one mail, safe to repeat: its row decides."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abtpro_saas.database import existing, lock, tenant_transaction
from abtpro_saas.identity.tables import Tenant, User
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications.kinds import MailState, NoticeKind
from abtpro_saas.notifications.links import link_of, tenant_origin
from abtpro_saas.notifications.mail import (
    Brand,
    Letter,
    MailRefusedError,
    MailUnavailableError,
    Postbox,
)
from abtpro_saas.notifications.messages import MailStanding, TryMail
from abtpro_saas.notifications.service import seal_context
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.notifications.texts import write
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings
from abtpro_saas.telemetry import MAILS

WAITS_S = (15, 60, 300, 900)
"""After the first tries; from then on the last of them."""


def try_mail(
    engine: Engine,
    keyring: Keyring,
    settings: Settings,
    postbox: Postbox,
    order: TryMail,
) -> MailStanding:
    """Send the mail unless it has left or is given up; tell when to try again.

    A crash between the mail server's yes and our mark sends it again under the same
    Message-ID, which mail programs show once.
    """
    tenant_id, mail_id = TenantId(UUID(order.tenant_id)), UUID(order.mail_id)
    with tenant_transaction(engine, tenant_id) as session:
        mail = lock(session, Mail, (tenant_id, mail_id))
        if mail.state == MailState.PENDING and order.at >= mail.give_up_at:
            _give_up(mail, mail.last_error or "it came too late")
        if mail.state != MailState.PENDING:
            return _standing(mail, None)
        letter = _letter(session, keyring, settings, mail)
    # No transaction is open while the mail server is asked.
    error: MailRefusedError | MailUnavailableError | None = None
    try:
        postbox.drop(letter)
    except (MailRefusedError, MailUnavailableError) as refusal:
        error = refusal
    with tenant_transaction(engine, tenant_id) as session:
        mail = lock(session, Mail, (tenant_id, mail_id))
        return _record(mail, error, order.at)


def _record(
    mail: Mail,
    error: MailRefusedError | MailUnavailableError | None,
    now: datetime,
) -> MailStanding:
    mail.tries += 1
    if error is None:
        mail.state, mail.sent_at, mail.sealed = MailState.SENT, now, None
        mail.last_error = None
        MAILS.labels(mail.kind, "sent").inc()
        return _standing(mail, None)
    if isinstance(error, MailRefusedError):
        _give_up(mail, str(error))
        return _standing(mail, None)
    mail.last_error = str(error)
    MAILS.labels(mail.kind, "put_off").inc()
    wait = timedelta(seconds=WAITS_S[min(mail.tries, len(WAITS_S)) - 1])
    return _standing(mail, min(now + wait, mail.give_up_at))


def _give_up(mail: Mail, reason: str) -> None:
    mail.state, mail.last_error, mail.sealed = MailState.FAILED, reason, None
    MAILS.labels(mail.kind, "failed").inc()


def _standing(mail: Mail, review_at: datetime | None) -> MailStanding:
    summary = {
        MailState.PENDING: f"put off {mail.tries} times ({mail.last_error})",
        MailState.SENT: "",
        MailState.FAILED: f"given up ({mail.last_error})",
    }[MailState(mail.state)]
    return MailStanding(mail.state, summary, review_at, str(mail.user_id))


def _letter(
    session: Session, keyring: Keyring, settings: Settings, mail: Mail
) -> Letter:
    tenant = existing(session.get(Tenant, mail.tenant_id))
    user = existing(session.get(User, (mail.tenant_id, mail.user_id)))
    secret: dict[str, str] = {}
    if mail.sealed is not None:
        context = seal_context(mail.tenant_id, mail.mail_id)
        secret = json.loads(keyring.open(mail.sealed, context))
    kind = NoticeKind(mail.kind)
    text = write(kind, user.locale, {"brand": tenant.name, **mail.params, **secret})
    link = secret.get("link")
    if page := link_of(kind, mail.params):
        link = tenant_origin(session, mail.tenant_id, settings) + page.path
        text = replace(text, action=page.words[user.locale])
    return Letter(
        name=str(mail.mail_id),
        to=mail.address,
        to_name=user.name,
        locale=user.locale,
        text=text,
        link=link,
        brand=Brand(tenant.slug, tenant.name, tenant.accent),
        written_at=mail.created_at,
    )
