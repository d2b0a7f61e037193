"""The mails of a local installation, which leave it for nowhere."""

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path

from flask import Blueprint
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import current_host
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import NotFoundError

SHOWN = 100

blp = Blueprint("mailbox_page", __name__, url_prefix="/mailbox")


@dataclass(frozen=True)
class LocalMail:
    """A mail as the page shows it."""

    name: str
    to: str
    subject: str
    text: str
    written_at: datetime


@blp.get("")
def show() -> Response:
    """Show this host's tenant's mails, newest first, to whoever is at the machine."""
    files = sorted(_folder().glob("*.eml"), key=_written, reverse=True)[:SHOWN]
    return render("mailbox/show.html", mails=[_read(file) for file in files])


@blp.get("/<uuid:name>")
def item(name: object) -> Response:
    """Show one mail."""
    file = _folder() / f"{name}.eml"
    if not file.is_file():
        raise NotFoundError("there is no such mail")
    return render("mailbox/item.html", mail=_read(file))


def _folder() -> Path:
    tenant = current_host().tenant
    if tenant is None:
        raise NotFoundError("there is nothing here")
    return house().settings.home / "mailbox" / tenant.slug


def _read(file: Path) -> LocalMail:
    letter = email.message_from_bytes(file.read_bytes(), policy=default)
    body = letter.get_body(("plain",))
    return LocalMail(
        name=file.stem,
        to=str(letter["To"]),
        subject=str(letter["Subject"]),
        text=str(body.get_content()) if body else "",
        written_at=datetime.fromtimestamp(_written(file), UTC),
    )


def _written(file: Path) -> float:
    return file.stat().st_mtime
