"""The application over a real database, and clients that speak to it."""

import hashlib
import os
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text

from abtpro_saas.app import create_app
from abtpro_saas.billing import accounts
from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.blueprints.http import openapi
from abtpro_saas.clock import utc_now
from abtpro_saas.database import close_engine, plain_transaction, tenant_transaction
from abtpro_saas.identity import audit, tenants
from abtpro_saas.identity.access import second_factor, sessions, totp
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.roles import SCOPES, Role
from abtpro_saas.identity.tables import User
from abtpro_saas.markets.funding.passport import passport_of_funding
from abtpro_saas.markets.funding.store import FundingStore
from abtpro_saas.markets.inspection.passport import passport
from abtpro_saas.markets.service import NewData, SeriesName, keep_series
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import HOUR, name_of
from abtpro_saas.markets.words import FUNDING
from abtpro_saas.notifications.tables import Mail
from tests import contracts_for
from tests.billing import books
from tests.blueprints import described, payments, probe
from tests.markets.conftest import made
from tests.markets.funding import conftest as funding


class HostClient(FlaskClient):
    """A client of one host that sends one set of headers."""

    host = "127.0.0.1"

    def open(self, *args, **kwargs):
        kwargs.setdefault("base_url", f"http://{self.host}")
        answer = super().open(*args, **kwargs)
        described.check(self.application, answer)
        return answer


@pytest.fixture(scope="session")
def main_tenant(operator_engine, settings):
    """The tenant of direct customers, which the bare host shows."""
    return tenants.ensure_main_tenant(operator_engine, settings(), utc_now())


@pytest.fixture(scope="session")
def make_app(main_tenant, settings):
    """Return a function that makes an application with other settings."""

    made = []

    # All tests come from one address; what tries the limits sets its own.
    wide = {"ABTPRO_ADDRESS_REQUESTS_PER_MINUTE": "1000000"}

    def make(**overrides):
        one = create_app(settings(**wide | overrides))
        one.test_client_class = HostClient
        made.append(one)
        return one

    yield make
    for one in made:
        house = one.extensions[EXTENSION]
        close_engine(house.engine)
        close_engine(house.operator_engine)


@pytest.fixture(scope="session")
def app(make_app):
    """The application, as a local installation runs it."""
    return make_app()


@pytest.fixture
def host_of(operator_engine):
    """Return a function that gives a tenant's own host."""

    def find(tenant_id):
        with plain_transaction(operator_engine) as session:
            return session.scalar(
                text("SELECT host FROM tenant_hosts WHERE tenant_id = :id LIMIT 1"),
                {"id": tenant_id},
            )

    return find


@pytest.fixture
def client(app):
    """Return a function that makes a client of a host, with a key if one is given."""

    def make(host="127.0.0.1", key=None, at=None, **headers):
        made = (at or app).test_client()
        made.host = host
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        for name, value in headers.items():
            wsgi_name = "HTTP_" + name.upper().replace("-", "_")
            made.environ_base[wsgi_name] = value
        return made

    return make


@pytest.fixture
def api_key(engine, tenant, user):
    """Return a function that mints a key for a user, or for a new one of a role.

    A trader gets a contract with API access too, or one of ``plan``, or none.
    """

    def mint(
        user_id=None,
        *,
        role=Role.TRADER,
        tenant_id=None,
        scopes=None,
        plan="ENTERPRISE",
        **values,
    ):
        at = tenant_id or tenant
        user_id = user_id or user(role, at)
        with tenant_transaction(engine, at) as session:
            theirs = SCOPES[Role(session.get(User, (at, user_id)).role)]
            if plan is not None and theirs == SCOPES[Role.TRADER]:
                contracts_for.give(session, at, user_id, plan)
            return keys.mint_key(
                session,
                at,
                user_id,
                name="a program",
                scopes=theirs if scopes is None else scopes,
                limits=KeyLimits(theirs),
                now=values.pop("now", utc_now()),
                **values,
            ).plain

    return mint


@pytest.fixture
def browser(client, engine, host_of, tenant, user, settings):
    """Return a function that signs a user in with a browser at their tenant's host."""

    def sign_in(user_id=None, *, role=Role.TRADER, host=None, at=None, csrf=True):
        user_id = user_id or user(role)
        with tenant_transaction(engine, tenant) as session:
            person = session.get(User, (tenant, user_id))
            origin = Origin("127.0.0.1", "a browser")
            opened = sessions.open_session(session, person, origin, utc_now())
        made = client(host or host_of(tenant), at=at)
        form_token = hashlib.sha1(os.urandom(64)).hexdigest()  # noqa: S324 - as flask-wtf makes it
        with made.session_transaction(base_url=f"http://{made.host}") as cookie:
            cookie["_user_id"] = opened.token
            cookie["csrf_token"] = form_token
        if csrf:
            signer = URLSafeTimedSerializer(
                settings().secret_key, salt="wtf-csrf-token"
            )
            made.environ_base["HTTP_X_CSRFTOKEN"] = signer.dumps(form_token)
        return made

    return sign_in


@pytest.fixture
def enrol(engine, keyring, tenant):
    """Return a function that switches on a second factor, and gives its secret."""

    def switch_on(user_id):
        now = utc_now()
        with tenant_transaction(engine, tenant) as session:
            begun = second_factor.begin(session, keyring, tenant, user_id, "Siam")
            code = totp.code_at(begun.secret, now)
            second_factor.confirm(session, keyring, tenant, user_id, code=code, now=now)
        return begun.secret

    return switch_on


@pytest.fixture
def mails(engine, tenant):
    """Return a function that gives the tenant's mails of a kind, the oldest first."""

    def read(kind):
        with tenant_transaction(engine, tenant) as session:
            chosen = session.query(Mail).filter_by(tenant_id=tenant, kind=kind)
            return chosen.order_by(Mail.mail_id).all()

    return read


@pytest.fixture
def trail(engine, tenant):
    """Return a function that reads the tenant's audit trail, the newest first."""

    def read(tenant_id=None, **wanted):
        at = tenant_id or tenant
        with tenant_transaction(engine, at) as session:
            return audit.search(session, at, audit.Filter(**wanted), limit=500)

    return read


@pytest.fixture(scope="session")
def probed(make_app):
    """Return a function that makes an application with the throwaway resources."""

    def make(**overrides):
        app = make_app(**overrides)
        api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
        api.register_blueprint(probe.blp)
        app.extensions["openapi"] = openapi.describe(app, api)
        return app

    return make


@pytest.fixture(scope="session")
def probe_app(probed):
    return probed()


@pytest.fixture
def open_merchant(engine, keyring, tenant):
    """Return a function that gives a tenant a merchant at a gateway."""

    def make(tenant_id=None, **values):
        at = tenant_id or tenant
        merchant_id = values.pop("merchant_id", f"m-{os.urandom(8).hex()}")
        values.setdefault("biller_id", payments.BILLER)
        wanted = accounts.Merchant(merchant_id, **values)
        with tenant_transaction(engine, at) as session:
            row = accounts.open_account(
                session, keyring, at, wanted, secret=payments.SECRET, now=utc_now()
            )
        return payments.Merchant(at, row.gateway_account_id, merchant_id)

    return make


@pytest.fixture
def new_series(engine, tenant, settings):
    """Return a function that gives a tenant, or a trader, candles; gives their id."""
    store = CandleStore(settings().backtest_data_path)

    def make(candles=None, *, exchange="okx", owner=None, tenant_id=None):
        at = tenant_id or tenant
        candles = candles or made(48, step=HOUR)
        place = f"tests/{uuid4().hex}"
        new = NewData(
            place,
            store.write(place, candles),
            int(candles.time[0]),
            int(candles.time[-1]) + candles.step,
            len(candles),
            passport(candles, "a test"),
        )
        frame = name_of(candles.step)
        name = SeriesName(exchange, candles.symbol, frame, owner)
        with tenant_transaction(engine, at) as session:
            return keep_series(session, at, name, new, utc_now()).series_id

    return make


@pytest.fixture
def new_funding(engine, tenant, settings):
    """Return a function that gives a tenant, or a trader, funding; gives its id."""
    store = FundingStore(settings().backtest_data_path)

    def make(rates=None, *, exchange="okx", owner=None, tenant_id=None):
        at, rates = tenant_id or tenant, rates or funding.made(6)
        place = f"tests/{uuid4().hex}"
        new = NewData(
            place,
            store.write(place, rates),
            int(rates.time[0]),
            int(rates.time[-1]) + 1,
            len(rates),
            passport_of_funding(rates, "a test"),
        )
        name = SeriesName(exchange, funding.PERPETUAL, FUNDING, owner)
        with tenant_transaction(engine, at) as session:
            return keep_series(session, at, name, new, utc_now()).series_id

    return make


@pytest.fixture
def merchant(open_merchant):
    """The tenant's merchant at a gateway that nobody answers for."""
    return open_merchant(base_url="http://127.0.0.1:9")


@pytest.fixture
def trader(client, api_key, merchant):
    """A client with a trader's key, at a tenant that takes payments."""
    return client(key=api_key())


@pytest.fixture
def topup(trader):
    """Return a function that begins a top-up and gives the answer's body."""

    def make(amount="499.00", **body):
        answer = trader.post(
            "/api/v1/payment/promptpay/create", json={"amount": amount, **body}
        )
        assert answer.status_code == 201, answer.text
        return answer.json

    return make


@pytest.fixture
def balance(trader):
    """Return a function that reads the trader's balance."""
    return lambda: trader.get("/api/v1/payment/wallet").json["balance"]


@pytest.fixture
def standing(trader):
    """Return a function that reads how a top-up stands."""
    return lambda topup: trader.get(f"/api/v1/payment/topups/{topup['id']}").json


@pytest.fixture
def admin(client, api_key, merchant):
    """A client with an admin's key, at the same tenant."""
    return client(key=api_key(role=Role.ADMIN))


@pytest.fixture
def gateway(merchant, client):
    """Return a function that sends a notice of the tenant's gateway."""
    return lambda body, **how: merchant.send(client(), body, **how)


@pytest.fixture
def pay(merchant, gateway):
    """Return a function that pays a top-up by notice; gives the notice's answer."""
    return lambda topup, **changes: gateway(merchant.event(topup, **changes))


@pytest.fixture
def sums(engine, tenant):
    """Return a function that checks the tenant's books and gives their sums in baht."""

    def read(tenant_id=None):
        found = books.check(engine, tenant_id or tenant)
        return {kind: total for (kind, currency), total in found.items()}

    return read


@pytest.fixture
def look_up(engine, tenant):
    """Return a function that gives the first column of a query's rows."""
    return lambda query, **values: books.scalars(engine, tenant, query, **values)
