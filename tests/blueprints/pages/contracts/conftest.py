"""Traders who rent, and their tenant's staff, in front of pages."""

import html
import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.roles import Role
from tests.billing.office import Office
from tests.contracts.renting import Renter

DAY = timedelta(days=1)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
TAG = re.compile(r"<[^>]+>")
PAGE = "/admin/contracts"


@dataclass
class Reader:
    """Somebody's browser: pages as text, forms sent with what they showed."""

    browser: object
    seen: dict = field(default_factory=dict)

    def get(self, path, **query):
        return self.browser.get(path, query_string=query or None)

    def html(self, path, **query):
        answer = self.get(path, **query)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return answer.text

    def text(self, path, **query):
        """Return what a page says, without its markup."""
        return words_of(self.html(path, **query))

    def form(self, path, action, number=0, **query):
        """Return what the page's form of this address holds, hidden.

        Without its token: the browser's own header proves where a form comes from.
        """
        page = self.html(path, **query)
        begins = rf'<form[^>]*method="post" action="{re.escape(action)}"[^>]*>'
        found = re.findall(f"{begins}(.*?)</form>", page, re.DOTALL)
        assert len(found) > number, (action, words_of(page)[-500:])
        hidden = HIDDEN.findall(found[number])
        shown = {name: html.unescape(value) for name, value in hidden}
        assert shown.pop("csrf_token")
        return shown

    def send(self, path, action, number=0, query=None, **typed):
        """Send the form as the page shows it, with what is typed into it."""
        shown = self.form(path, action, number, **(query or {}))
        return self.browser.post(action, data=shown | typed)


@dataclass
class PageRenter(Renter):
    """A trader who rents by the pages."""

    reader: Reader = None

    def pay_in(self, amount):
        self.office.pay_in(amount)

    def ago(self, **length):
        return utc_now() - timedelta(**length)


def words_of(page):
    main = page.partition("<main")[2] or page
    return re.sub(r"\s+", " ", html.unescape(TAG.sub(" ", main)))


@pytest.fixture
def reads(browser, user):
    """Return a function that puts somebody of a role in front of pages, in English."""

    def sit(user_id=None, role=Role.TRADER):
        return Reader(browser(user_id or user(role, locale="en")))

    return sit


@pytest.fixture
def stranger(client, host_of, tenant):
    """A browser in which nobody is signed in."""
    return Reader(client(host_of(tenant)))


@pytest.fixture
def new_renter(engine, tenant, user, reads):
    """Return a function that makes a trader with so much in the wallet, in satang."""
    admin = user(Role.ADMIN)

    def make(paid_in=1_000_000, locale="en"):
        office = Office(engine, tenant, user(locale=locale))
        if paid_in:
            office.pay_in(paid_in)
        return PageRenter(office, admin, reads(office.user_id))

    return make


@pytest.fixture
def renter(new_renter):
    """A trader with ฿10,000.00 in the wallet."""
    return new_renter()


@pytest.fixture
def staff(reads):
    """An admin of the same tenant."""
    return reads(role=Role.ADMIN)


@pytest.fixture
def viewer(reads):
    """Somebody who sees everything and changes nothing."""
    return reads(role=Role.VIEWER)


@pytest.fixture
def rented(new_renter):
    """Return a function that makes a trader who rented so many days ago."""

    def make(plan="BASIC", days=3, paid_in=1_000_000, **choices):
        renter = new_renter(paid_in)
        renter.buy(plan, renter.ago(days=days), **choices)
        return renter

    return make


def item(renter):
    return f"{PAGE}/{renter.contract().contract_id}"


def act(staff, renter, deed, **typed):
    path = item(renter)
    typed = {"reason": "asked by phone"} | typed
    return staff.send(path, f"{path}/{deed}", **typed)
