"""Sealing keys are rotated: old values move to the new key, and nothing is lost."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from abtpro_saas.billing import accounts
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.database import make_engine, plain_transaction, tenant_transaction
from abtpro_saas.identity import answers, people, tenants
from abtpro_saas.identity.access import second_factor
from abtpro_saas.identity.operators import renewal
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.platform_tables import OperatorIdempotencyKey
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import IdempotencyKey
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify, seal_context
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.runtime import resealing
from abtpro_saas.sealing import Keyring
from tests.conftest import NOON

OLD, NEW = ("old", b"o" * 32), ("new", b"n" * 32)
BEFORE, BOTH, AFTER = Keyring((OLD,)), Keyring((NEW, OLD)), Keyring((NEW,))
PASSWORD = "quiet-harbour-lantern-9"

IN_CLEAR = {
    # Hashes of what is random or typed: nothing to open.
    "*.token_hash", "*.secret_hash", "*.request_hash", "*.code_hash", "*.subject",
    "settlements.fingerprint",
    # A notice as it was received, to be checked again later.
    "dead_letters.body",
}  # fmt: skip
"""Columns of bytes that hold no sealed value, and why."""

BYTES = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND (udt_name = 'bytea' OR udt_name = '_bytea')
"""


@pytest.fixture
def database(new_database):
    """A database of its own: the other tests' values stay under their key."""
    return new_database()


def _engine(url):
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def app(database):
    yield from _engine(database.app_url)


@pytest.fixture
def owner(database):
    yield from _engine(database.owner_url)


@pytest.fixture
def platform(database):
    yield from _engine(database.operator_url)


class House:
    """A tenant and an operator, with one sealed value of each kind."""

    def __init__(self, app, platform):
        self.app, self.platform = app, platform
        with plain_transaction(platform) as session:
            made = tenants.create_tenant(
                session, slug=f"t{uuid4().hex[:8]}", name="One", hosts=[], now=NOON
            )
            self.tenant_id = made.tenant_id
            self.operator = operators.create_operator(
                session, BEFORE, email="ops@example.com", name="Ops",
                password=PASSWORD, now=NOON,
            )  # fmt: skip
            session.add(self._operators_answer())
        with tenant_transaction(app, self.tenant_id) as session:
            self._fill(session)

    def _fill(self, session):
        tenant_id = self.tenant_id
        user = people.create_user(
            session, tenant_id, email="a@example.com", name="A", role=Role.TRADER,
            now=NOON,
        )  # fmt: skip
        self.user_id = user.user_id
        self.secret = second_factor.begin(
            session, BEFORE, tenant_id, user.user_id, "One"
        ).secret
        merchant = accounts.Merchant(
            f"m-{uuid4().hex[:8]}", base_url="http://g.example"
        )
        account = accounts.open_account(
            session, BEFORE, tenant_id, merchant, secret="first-secret", now=NOON
        )
        self.account_id = account.gateway_account_id
        accounts.rotate_secret(
            session, BEFORE, tenant_id, self.account_id, "second-secret"
        )
        notify(
            session, tenant_id, user.user_id, NoticeKind.INVITED,
            {"brand": "One", "inviter": "Ops"}, NOON,
            sealed_params={"link": "http://one.example/link/1"}, keyring=BEFORE,
        )  # fmt: skip
        session.add(self.answer(b"shown once", keep_forever=False))
        session.add(self.answer(b"paid", keep_forever=True))

    def answer(self, body, *, keep_forever):
        if not keep_forever:
            context = answers.tenant_seal_context(self.tenant_id)
            body = BEFORE.seal(body, context)
        return IdempotencyKey(
            tenant_id=self.tenant_id, principal_id=self.user_id, method="POST",
            route="/x", key=uuid4().hex, request_hash=b"h", status=201, body=body,
            headers={}, created_at=NOON, keep_forever=keep_forever,
        )  # fmt: skip

    def _operators_answer(self):
        operator_id = self.operator.operator_id
        context = answers.operator_seal_context(operator_id)
        return OperatorIdempotencyKey(
            operator_id=operator_id, method="POST", route="/x", key="k",
            request_hash=b"h", status=201, body=BEFORE.seal(b"made", context),
            headers={}, created_at=NOON,
        )  # fmt: skip

    def read(self, keyring):
        """Return every sealed value in clear, as the product opens them."""
        tenant_id, operator_id = self.tenant_id, self.operator.operator_id
        with tenant_transaction(self.app, tenant_id) as session:
            begun = second_factor.begun(
                session, keyring, tenant_id, self.user_id, "One"
            )
            row = session.get(GatewayAccount, (tenant_id, self.account_id))
            mail = session.query(Mail).one()
            kept = session.query(IdempotencyKey).order_by("keep_forever").all()
            context = answers.tenant_seal_context(tenant_id)
            opened = [
                begun.secret,
                accounts.live(keyring, row).secrets,
                keyring.open(mail.sealed, seal_context(tenant_id, mail.mail_id)),
                keyring.open(kept[0].body, context),
                kept[1].body,
            ]
        with plain_transaction(self.platform) as session:
            answer = session.query(OperatorIdempotencyKey).one()
            context = answers.operator_seal_context(operator_id)
            opened.append(keyring.open(answer.body, context))
            secret = self.operator.totp_secret
            opened.append(
                renewal.fits_operator(
                    session, keyring, "ops@example.com", PASSWORD, secret
                )
            )
        return opened


@pytest.fixture
def house(app, platform):
    return House(app, platform)


def test_every_column_of_bytes_is_rotated_or_holds_nothing_sealed(owner):
    listed = {f"{each.table.name}.{each.column.key}" for each in resealing.SEALED}
    with owner.connect() as connection:
        found = connection.execute(text(BYTES)).all()

    unknown = {
        f"{table}.{column}"
        for table, column in found
        if not {f"{table}.{column}", f"*.{column}"} & (listed | IN_CLEAR)
    }
    assert unknown == set()
    assert listed <= {f"{table}.{column}" for table, column in found}


def test_after_a_rotation_the_new_key_alone_opens_everything(house, owner):
    before = house.read(BOTH)

    done = resealing.reseal(owner, BOTH)

    assert (done.values, done.unopened) == (7, 0)
    assert house.read(AFTER) == before
    assert before[-1] is True
    assert before[1] == ("second-secret", "first-secret")
    assert resealing.values_by_key(owner) == {"new": 7}


def test_a_rotation_that_is_repeated_writes_nothing(house, owner):
    resealing.reseal(owner, BOTH)
    with owner.connect() as connection:
        stamp = text("SELECT xmin::text FROM operators")
        written = connection.execute(stamp).all()

    assert resealing.reseal(owner, BOTH).values == 0
    with owner.connect() as connection:
        assert connection.execute(stamp).all() == written


def test_more_rows_than_one_batch_holds_are_all_rotated(house, owner, monkeypatch):
    monkeypatch.setattr(resealing, "BATCH", 2)
    context = answers.tenant_seal_context(house.tenant_id)
    with tenant_transaction(house.app, house.tenant_id) as session:
        for _ in range(5):
            session.add(house.answer(b"more", keep_forever=False))

    assert resealing.reseal(owner, BOTH).values == 12
    with tenant_transaction(house.app, house.tenant_id) as session:
        kept = session.query(IdempotencyKey).filter_by(keep_forever=False).all()
        assert {AFTER.open(row.body, context) for row in kept} == {
            b"more",
            b"shown once",
        }


def test_a_row_that_somebody_holds_is_left_and_nobody_waits(house, owner):
    with tenant_transaction(house.app, house.tenant_id) as session:
        key = (house.tenant_id, house.account_id)
        session.get(GatewayAccount, key, with_for_update=True)

        assert resealing.reseal(owner, BOTH).values == 5
        assert resealing.values_by_key(owner) == {"new": 5, "old": 2}
    assert resealing.reseal(owner, BOTH).values == 2


def test_what_no_key_opens_is_counted_and_stays_as_it_is(house, owner):
    before = house.read(BEFORE)

    done = resealing.reseal(owner, AFTER)

    assert (done.values, done.unopened) == (0, 6)
    assert house.read(BEFORE) == before
