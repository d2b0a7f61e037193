"""Paid top-ups, and money on its way back."""

import pytest

from abtpro_saas.billing import ledger
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import new_id


@pytest.fixture
def refund(admin):
    """Return a function that asks for a refund of a top-up."""

    def ask(topup, amount="499.00", reason="asked by phone", **headers):
        path = f"/api/v1/admin/topups/{topup['id']}/refund"
        body = {"amount": amount, "reason": reason}
        return admin.post(path, json=body, headers=headers)

    return ask


@pytest.fixture
def paid(topup, pay):
    """Return a function that gives a paid top-up."""

    def make(amount="499.00", **changes):
        made = topup(amount)
        assert pay(made, **changes).json["outcome"] == "CREDITED"
        return made

    return make


@pytest.fixture
def told(pay):
    """Return a function that lets the gateway tell of a refund of ``txn_1``."""

    def tell(topup, amount, **changes):
        body = {"event_type": "payment.refunded", "transaction_id": "txn_1"}
        return pay(topup, amount=amount, **body | changes).json["outcome"]

    return tell


@pytest.fixture
def spend(engine, tenant, look_up):
    """Return a function that takes money out of the only wallet."""

    def run(satang):
        (wallet,) = look_up("SELECT account_id FROM wallets")
        now = utc_now()
        with tenant_transaction(engine, tenant) as session:
            kind = AccountKind.BANK
            sink = ledger.account(session, tenant, kind, new_id(), now)
            legs = (Leg(wallet, -satang), Leg(sink, satang))
            draft = Draft(JournalKind.DEDUCTION, str(new_id()), legs, "spent")
            ledger.post(session, tenant, draft, now)

    return run
