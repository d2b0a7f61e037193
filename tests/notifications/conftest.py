import socketserver
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from abtpro_saas.database import tenant_transaction
from abtpro_saas.notifications.service import notify
from abtpro_saas.notifications.tables import Mail

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def tell(engine, tenant, keyring):
    """Return a function that notifies in a transaction of its own."""

    def run(user_id, kind, params, now=NOON, **options):
        with tenant_transaction(engine, tenant) as session:
            notify(
                session, tenant, user_id, kind, params, now, keyring=keyring, **options
            )

    return run


@pytest.fixture
def mails(engine, tenant):
    """Return a function that reads the tenant's mails."""

    def read():
        with tenant_transaction(engine, tenant) as session:
            return list(session.scalars(select(Mail).order_by(Mail.mail_id)))

    return read


@pytest.fixture
def new_mail_server():
    """Return a function that starts a mail server; with a context, it offers TLS."""
    started = []

    def start(context=None):
        server = MailServer(context)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def mail_server(new_mail_server):
    return new_mail_server()


class MailServer:
    """Speaks enough SMTP for one mail; ``answers`` replaces what it says."""

    def __init__(self, context=None):
        self.taken, self.heard, self.answers = [], b"", {}
        self.context = context
        outer = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                with suppress(OSError):  # who distrusts us hangs up
                    outer.serve(self)
                self.connection.close()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def start(self):
        self._thread.start()

    def stop(self):
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def say(self, session, text):
        session.wfile.write(text.encode() + b"\r\n")

    def serve(self, session):
        self.say(session, self.answers.get("greeting", "220 ready"))
        while line := session.rfile.readline():
            self.heard += line
            verb = line.split()[0].upper().decode() if line.split() else ""
            if verb in ("EHLO", "HELO"):
                self.say(session, self.hello(session))
            elif verb == "STARTTLS":
                self.say(session, "220 go on")
                self.encrypt(session)
            elif verb == "RCPT":
                self.say(session, self.answers.get("rcpt", "250 ok"))
            elif verb == "DATA":
                self.take(session)
            elif verb == "AUTH":
                self.say(session, self.answers.get("auth", "235 welcome"))
            elif verb == "QUIT":
                self.say(session, "221 bye")
                return
            else:
                self.say(session, "250 ok")

    def hello(self, session):
        offers = ["AUTH PLAIN LOGIN"]
        if self.context and not hasattr(session.connection, "context"):
            offers.append("STARTTLS")
        first = [f"250-{each}" for each in ("here", *offers[:-1])]
        return "\r\n".join([*first, f"250 {offers[-1]}"])

    def encrypt(self, session):
        session.connection = self.context.wrap_socket(
            session.connection, server_side=True
        )
        session.rfile = session.connection.makefile("rb", 0)
        session.wfile = session.connection.makefile("wb", 0)

    def take(self, session):
        self.say(session, "354 go on")
        body = b""
        while (line := session.rfile.readline()) not in (b".\r\n", b""):
            body += line
        answer = self.answers.get("data", "250 taken")
        if answer.startswith("250"):
            self.taken.append(body)
        self.say(session, answer)
