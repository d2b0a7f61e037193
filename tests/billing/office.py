"""A tenant that sells: what its documents and grants need, each call a transaction."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from abtpro_saas.billing import grants, ledger, wallets
from abtpro_saas.billing.invoices import issuing, parties
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import new_id
from abtpro_saas.reruns import rerun
from tests.billing import books
from tests.conftest import NOON

TAX_ID, OTHER_TAX_ID = "0105561000011", "0994000160097"
SELLER = parties.Seller(
    "บริษัท สยามอัลโก จำกัด",
    "Siam Algo Co., Ltd.",
    "99 ถนนพระราม 4\nแขวงคลองเตย กรุงเทพมหานคร 10110",
    "99 Rama IV Road\nKhlong Toei, Bangkok 10110",
    TAX_ID,
    registered_since=date(2026, 1, 1),
)


@dataclass
class Office:
    """A tenant's services for one of its users; amounts in satang."""

    engine: object
    tenant: UUID
    user_id: UUID

    def transaction(self):
        return tenant_transaction(self.engine, self.tenant)

    def run(self, work, *args, **named):
        """Call a service in a transaction of its own."""

        def once():
            with self.transaction() as session:
                return work(session, self.tenant, *args, **named)

        return rerun(once)

    def register(self, now=NOON, **changes):
        """Name the seller, who is registered for VAT."""
        values = SELLER.__dict__ | changes
        return self.run(parties.set_seller, parties.Seller(**values), now)

    def name_buyer(self, **changes):
        """Say whom the user's documents are made out to."""
        values = {"name": "บริษัท ผู้ซื้อ จำกัด", "address": "1 ถนนสุขุมวิท กรุงเทพฯ"}
        buyer = parties.Buyer(**values | changes)
        return self.run(parties.set_buyer, self.user_id, buyer, NOON)

    def pay_in(self, amount, user_id=None):
        """Put money into the wallet, as a top-up does."""
        user_id = user_id or self.user_id
        with self.transaction() as session:
            kind, owner = AccountKind.CLEARING, new_id()
            clearing = ledger.account(session, self.tenant, kind, owner, NOON)
            wallet = ledger.wallet(session, self.tenant, user_id, NOON)
            legs = (Leg(clearing, -amount), Leg(wallet.account_id, amount))
            draft = Draft(JournalKind.TOP_UP, f"paid:{owner}", legs, "paid in")
            ledger.post(session, self.tenant, draft, NOON)

    def charge(self, *amounts, source=None, now=NOON, user_id=None):
        order = self.order(*amounts, source=source, user_id=user_id)
        return self.run(issuing.charge, order, now)

    def order(self, *amounts, source=None, user_id=None):
        """Return a charge with a line for each amount."""
        lines = tuple(issuing.Line("ค่าเช่า", "Rent", amount) for amount in amounts)
        source = source or f"rent:{new_id()}"
        return issuing.Charge(user_id or self.user_id, source, "contract:1", lines)

    def credit(self, document, amount, *, source=None, reason="upgraded", now=NOON):
        lines = (issuing.Line("คืนค่าเช่า", "Rent returned", amount),)
        source = source or f"credit:{new_id()}"
        order = issuing.Credit(document.document_id, source, amount, reason, lines)
        return self.run(issuing.credit, order, now)

    def grant(self, amount, now=NOON, user_id=None, **life):
        """Give credit that lasts so long, or 30 days."""
        expires_at = now + timedelta(**life or {"days": 30})
        user_id = user_id or self.user_id
        args = (user_id, amount, expires_at, "welcome")
        return self.run(grants.grant, *args, by=user_id, now=now)

    def expire(self, now):
        return self.run(grants.expire_due, now)

    def granted(self, now=NOON):
        return self.run(grants.granted_balance, self.user_id, now)

    def held(self, now=NOON):
        """Return the wallet's balance and the granted credit, after an audit."""
        self.sums()
        balance = self.run(wallets.balance, self.user_id).balance
        return balance, self.granted(now)

    def sums(self):
        """Return the books' sums by account kind, after an audit."""
        found = books.check(self.engine, self.tenant)
        return {kind: total for (kind, _currency), total in found.items()}

    def column(self, query, **values):
        return books.scalars(self.engine, self.tenant, query, **values)
