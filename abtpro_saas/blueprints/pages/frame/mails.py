"""The addresses in mails: one page for every purpose, named by a secret."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import request, url_for
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.guard.callers import origin
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, bare_host, current_host
from abtpro_saas.blueprints.pages.frame.readers import brand
from abtpro_saas.identity.access.tokens import IssuedToken
from abtpro_saas.identity.words import Purpose
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify

KINDS = {
    Purpose.RESET_PASSWORD: NoticeKind.PASSWORD_RESET,
    Purpose.VERIFY_EMAIL: NoticeKind.VERIFY_EMAIL,
    Purpose.INVITE: NoticeKind.INVITED,
}


def mail_link(
    session: Session,
    issued: IssuedToken,
    now: datetime,
    inviter: str = "",
    *,
    back: str | None = None,
) -> None:
    """Mail a fresh link to whom it is for, in the transaction that made it.

    ``back`` is the page that its reader was on the way to.
    """
    params = {"brand": brand().name, "address": origin().address}
    notify(
        session,
        issued.tenant_id,
        issued.user_id,
        KINDS[issued.purpose],
        params | ({"inviter": inviter} if inviter else {}),
        now,
        sealed_params={"link": link_url(issued, back)},
        keyring=house().keyring,
        address=issued.email,
    )


def link_url(issued: IssuedToken, back: str | None = None) -> str:
    """Return the address that opens a link, at the host that this request came to.

    Scheme and port are the installation's: anybody may ask for a link to be mailed to
    somebody else, and name any port in ``Host``.
    """
    settings, host = house().settings, current_host()
    name = host.name if host.kind is HostKind.TENANT else bare_host(settings)
    base = urlsplit(settings.base_url)
    port = base.port if base.scheme else settings.port
    origin = f"{base.scheme or request.scheme}://{name}{f':{port}' if port else ''}"
    return origin + url_for("links_page.open_link", link=issued.plain, next=back)
