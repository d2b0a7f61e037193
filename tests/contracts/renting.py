"""A trader who rents: what a test says of their contract, each call a transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from abtpro_saas.contracts.deals import buying, changing, ending, renewing
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.contracts.entitlements import entitlement
from abtpro_saas.contracts.history import history
from abtpro_saas.contracts.life.review import review_contract
from abtpro_saas.contracts.messages import ReviewContract
from abtpro_saas.contracts.offers.plans import NewPlan
from abtpro_saas.contracts.office import pricing
from abtpro_saas.contracts.terms.standing import status_of
from abtpro_saas.contracts.words import When
from abtpro_saas.money import Satang
from abtpro_saas.notifications.tables import Notice
from tests.billing.office import Office
from tests.conftest import NOON


@dataclass
class Renter:
    """One trader of one tenant. Amounts in satang."""

    office: Office
    admin: UUID

    @property
    def engine(self):
        return self.office.engine

    @property
    def user_id(self):
        return self.office.user_id

    def buy(self, plan="BASIC", now=NOON, **choices):
        order = buying.Purchase(plan, **choices)
        return self.office.run(buying.buy, self.user_id, order, now)

    def renew(self, now, **choices):
        return self.office.run(renewing.renew, self.user_id, now, **choices)

    def preview(self, plan, now, when=When.NOW, **choices):
        wish = changing.Wish(plan, when, **choices)
        return self.office.run(changing.preview, self.user_id, wish, now)

    def change(self, plan, now, when=When.NOW, **choices):
        wish = changing.Wish(plan, when, **choices)
        return self.office.run(changing.change, self.user_id, wish, now)

    def cancel(self, now, when=When.PERIOD_END):
        return self.office.run(ending.cancel, self.user_id, when, now)

    def resume(self, now):
        return self.office.run(ending.resume, self.user_id, now)

    def auto_renew(self, now, *, on):
        return self.office.run(ending.set_auto_renew, self.user_id, now, on=on)

    def contract(self):
        return self.office.run(find_contract, self.user_id)

    def review(self, now: datetime):
        """Let the contract's process look at it."""
        tenant, contract = str(self.office.tenant), str(self.contract().contract_id)
        return review_contract(self.engine, ReviewContract(tenant, contract, now))

    def status(self, now):
        return status_of(self.contract(), now)

    def has(self, feature, now):
        return self.office.run(entitlement, self.user_id, now).allows(feature)

    def events(self):
        """Return the kinds of what happened, oldest first."""
        found = self.office.run(history, self.contract().contract_id)
        return [event.kind for event in reversed(found)]

    def told(self):
        """Return the kinds of what the user was told, oldest first."""
        with self.office.transaction() as session:
            rows = session.query(Notice).filter_by(user_id=self.user_id)
            return [row.kind for row in rows.order_by(Notice.notice_id)]

    def sell(self, code, now=NOON, **terms):
        """Publish a plan, or a new version of one."""
        values = {
            "name_th": "แพ็กเกจ",
            "name_en": "Plan",
            "price": Satang(10_000),
            "features": {"max_bots": 1},
        } | terms
        plan = NewPlan(code, **values)
        return self.office.run(pricing.publish_plan, plan, by=self.admin, now=now)

    def balance(self):
        """Return what the wallet holds, after an audit of all books."""
        return self.office.held()[0]

    def ask(self, query, **values):
        """Return the rows of a query that binds ``:tenant``."""
        with self.office.transaction() as session:
            bound = {"tenant": self.office.tenant} | values
            return session.execute(text(query), bound).all()
