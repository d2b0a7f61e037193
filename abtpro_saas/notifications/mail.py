"""Mails as bytes (RFC 5322), and the two ways that they leave: SMTP or a folder."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from abtpro_saas.errors import InvalidError, UnavailableError
from abtpro_saas.notifications.texts import CLOSING, GREETING
from abtpro_saas.notifications.wording import Text
from abtpro_saas.settings import Settings

LIMIT_S = 20
IMPLICIT_TLS = 465
SUBMISSION = 587


class MailUnavailableError(UnavailableError):
    """The mail server did not answer, or asks to come back later."""

    code = "mail_unavailable"


class MailRefusedError(InvalidError):
    """The mail server will never take this mail."""

    code = "mail_refused"


@dataclass(frozen=True)
class Brand:
    """Whose mail it is."""

    slug: str
    name: str
    accent: str


@dataclass(frozen=True)
class Letter:
    """All that a mail is made of."""

    name: str
    to: str
    to_name: str
    locale: str
    text: Text
    link: str | None
    brand: Brand
    written_at: datetime


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the mail; the same letter always has the same Message-ID."""
    address = parseaddr(sender)[1]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_one_line(letter.brand.name), addr_spec=address)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = _one_line(letter.text.title)
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.name}@{address.partition('@')[2]}>"
    message["Content-Language"] = letter.locale
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(letter))
    message.add_alternative(_html(letter), subtype="html")
    return message


def _one_line(text: str) -> str:
    """Return ``text`` without line breaks: they would begin another header."""
    return " ".join(text.split())


def _frame(letter: Letter) -> tuple[str, str]:
    greeting = GREETING[letter.locale].format(name=letter.to_name)
    return greeting, CLOSING[letter.locale].format(brand=letter.brand.name)


def _plain(letter: Letter) -> str:
    greeting, closing = _frame(letter)
    link = [f"{letter.text.action}:\n{letter.link}"] if letter.link else []
    parts = [greeting, letter.text.body, *link, f"-- \n{closing}"]
    return "\n\n".join(parts) + "\n"


def _html(letter: Letter) -> str:
    greeting, closing = map(escape, _frame(letter))
    accent = escape(letter.brand.accent)
    button = (
        f'<p><a href="{escape(letter.link)}" style="background:{accent};color:#fff;'
        "padding:12px 20px;border-radius:6px;text-decoration:none;"
        f'display:inline-block">{escape(letter.text.action)}</a></p>'
        if letter.link
        else ""
    )
    return (
        f'<!doctype html><html lang="{letter.locale}"><meta charset="utf-8">'
        f'<body style="font:16px/1.6 sans-serif;color:#1b1f23;max-width:36rem">'
        f'<p style="color:{accent};font-weight:600">{escape(letter.brand.name)}</p>'
        f'<h1 style="font-size:1.25rem">{escape(letter.text.title)}</h1>'
        f"<p>{greeting}</p><p>{escape(letter.text.body)}</p>{button}"
        f'<hr style="border:0;border-top:1px solid #ddd">'
        f'<p style="font-size:.85rem;color:#57606a">{closing}</p></body></html>\n'
    )


class Postbox(Protocol):
    """Where a mail is dropped; repeating a drop does no more harm than a copy."""

    def drop(self, letter: Letter) -> None:
        """Hand the mail over.

        Raises:
            MailUnavailableError: it may be taken later.
            MailRefusedError: it will never be taken.
        """


def postbox(settings: Settings) -> Postbox:
    """Return the postbox that ``SMTP_URL`` names; without one, mails wait."""
    url = urlsplit(settings.smtp_url)
    if url.scheme == "mailbox":
        return FolderPostbox(settings.home / "mailbox", settings.mail_from)
    if url.scheme:
        return SmtpPostbox(url, settings.mail_from)
    return ClosedPostbox()


class ClosedPostbox:
    """No mail server is set up yet."""

    def drop(self, letter: Letter) -> None:
        """Refuse for now."""
        raise MailUnavailableError(f"SMTP_URL is not set: {letter.name} waits")


@dataclass(frozen=True)
class FolderPostbox:
    """Files for the local mailbox page: ``<folder>/<tenant>/<name>.eml``."""

    folder: Path
    sender: str

    def drop(self, letter: Letter) -> None:
        """Write the file whole or not at all; again, it is the same file."""
        target = self.folder / letter.brand.slug / f"{letter.name}.eml"
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        partial.write_bytes(compose(letter, self.sender).as_bytes())
        partial.replace(target)


@dataclass(frozen=True)
class SmtpPostbox:
    """``smtps://user:password@host:465`` or ``smtp://…:587``, which turns on TLS.

    Over plain ``smtp`` a password is sent only once TLS is on.
    """

    url: SplitResult
    sender: str

    def drop(self, letter: Letter) -> None:
        """Send over a connection of its own."""
        try:
            with self._connected() as server:
                server.send_message(compose(letter, self.sender))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _answer(codes[0], "the recipient") from None
        except smtplib.SMTPResponseException as error:
            raise _answer(error.smtp_code, "the mail") from None
        except (OSError, smtplib.SMTPException) as error:
            # The error's text may quote the address; its name is enough.
            name = type(error).__name__
            raise MailUnavailableError(f"the mail server: {name}") from None

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        host = self.url.hostname or "localhost"
        context = ssl.create_default_context()
        if self.url.scheme == "smtps":
            port = self.url.port or IMPLICIT_TLS
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=LIMIT_S, context=context
            )
        else:
            server = smtplib.SMTP(host, self.url.port or SUBMISSION, timeout=LIMIT_S)
        with server:
            server.ehlo()
            if self.url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if self.url.username:
                self._sign_in(server)
            yield server

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not isinstance(server.sock, ssl.SSLSocket):
            raise MailUnavailableError("the mail server offers no TLS: no sign-in")
        server.login(unquote(self.url.username or ""), unquote(self.url.password or ""))


PERMANENT = 500
SIGN_IN_CODES = (530, 534, 535, 538)
"""The server refuses us, not the mail: an operator mends that."""


def _answer(code: int, subject: str) -> MailUnavailableError | MailRefusedError:
    if code >= PERMANENT and code not in SIGN_IN_CODES:
        return MailRefusedError(f"the mail server refused {subject} ({code})")
    return MailUnavailableError(f"the mail server put off {subject} ({code})")
