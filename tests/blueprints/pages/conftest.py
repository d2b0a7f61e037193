"""People in front of pages: forms are sent as browsers send them."""

import json
import re
from uuid import uuid4

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.access import passwords
from abtpro_saas.identity.roles import Role
from abtpro_saas.notifications.service import seal_context
from abtpro_saas.notifications.tables import Mail

PASSWORD = "ม้าแก้ว correct battery"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def person(user):
    """Return a function that adds somebody who signs in with PASSWORD."""

    def make(role=Role.TRADER, **values):
        email = values.pop("email", f"{uuid4().hex[:8]}@example.com")
        user(role, email=email, password=PASSWORD, profile=passwords.QUICK, **values)
        return email

    return make


@pytest.fixture
def visitor(client, host_of, tenant):
    """A browser at the tenant's host in which nobody is signed in."""
    return client(host_of(tenant))


@pytest.fixture
def submit():
    """Return a function that sends a page's form with the page's own token."""

    def send(browser, path, at=None, **fields):
        shown = browser.get(at or path)
        token = TOKEN.search(shown.text).group(1)
        return browser.post(path, data={"csrf_token": token, **fields})

    return send


@pytest.fixture
def sign_in(visitor, submit):
    """Return a function that signs somebody in with the form."""

    def enter(email, password=PASSWORD, **fields):
        answer = submit(visitor, "/sign-in", email=email, password=password, **fields)
        return visitor, answer

    return enter


@pytest.fixture
def mailed_link(engine, keyring, tenant):
    """Return a function that opens the link of the newest mail to an address."""

    def find(address, *, whole=False):
        with tenant_transaction(engine, tenant) as session:
            mails = session.query(Mail).filter_by(tenant_id=tenant, address=address)
            mail = mails.order_by(Mail.mail_id.desc()).first()
            if mail is None:
                return None
            sealed = keyring.open(mail.sealed, seal_context(tenant, mail.mail_id))
        link = json.loads(sealed)["link"]
        return link if whole else "/link/" + link.rpartition("/link/")[2]

    return find
