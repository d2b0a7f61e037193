"""Follow a top-up until nothing more can come of it.

A review does what is due at an instant: make the reference known to the gateway, ask
it, withdraw a cancelled QR, expire, tell the user. It reads the row, calls out between
transactions, and writes what it learned; a review that was cut short is done again.
"""

from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abtpro_saas.billing.accounts import get_account, live
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.port import (
    GatewayPayment,
    GatewayRefusedError,
    GatewayUnavailableError,
    PaymentStatus,
    days_to_ask,
)
from abtpro_saas.billing.messages import ReviewTopup, TopupStanding
from abtpro_saas.billing.payments.claiming import claim_parked
from abtpro_saas.billing.payments.crediting import Payment, held_as, receive
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups.rules import LATE_INQUIRIES, inquiry_due, next_review
from abtpro_saas.billing.topups.service import get_topup, order_of
from abtpro_saas.billing.topups.telling import tell_expired, tell_user
from abtpro_saas.billing.words import Source, TopupStatus
from abtpro_saas.database import lock, tenant_transaction
from abtpro_saas.identity.tenants import get_tenant
from abtpro_saas.ids import TenantId
from abtpro_saas.reruns import rerun
from abtpro_saas.sealing import Keyring
from abtpro_saas.wakes import wake_after_commit


def review_topup(engine: Engine, keyring: Keyring, order: ReviewTopup) -> TopupStanding:
    """Do what is due for a top-up at ``order.at``; return how it stands then.

    Raises:
        NotFoundError: the tenant has no such top-up.
    """
    return _Review(engine, keyring, order).run()


def ask_gateway(
    engine: Engine, keyring: Keyring, tenant_id: TenantId, topup_id: UUID, now: datetime
) -> None:
    """Ask the gateway about a top-up now, and credit what it says was paid.

    Raises:
        GatewayUnavailableError: it did not answer; nothing is known.
    """
    order = ReviewTopup(str(tenant_id), str(topup_id), now)
    _Review(engine, keyring, order).inquire()


class _Review:
    """One look at one top-up."""

    def __init__(self, engine: Engine, keyring: Keyring, order: ReviewTopup) -> None:
        self._engine = engine
        self._tenant_id = TenantId(UUID(order.tenant_id))
        self._topup_id = UUID(order.topup_id)
        self._now = order.at
        self._unheard = False
        self._refused: int | None = None
        with self._transaction() as session:
            self._topup = get_topup(session, self._tenant_id, self._topup_id)
            row = get_account(session, self._tenant_id, self._topup.gateway_account_id)
            self._account = live(keyring, row)
            self._slug = get_tenant(session, self._tenant_id).slug
        self._driver = gateway(row.driver)

    def run(self) -> TopupStanding:
        if self._driver.confirms != "MANUAL":
            self._talk()
        self._conclude()
        status = TopupStatus(self._topup.status)
        review_at = next_review(
            status,
            self._topup.created_at,
            self._topup.expires_at,
            self._now,
            unheard=self._unheard,
        )
        return TopupStanding(
            status,
            self._summary(status),
            review_at,
            str(self._topup.user_id),
            self._slug,
        )

    def _talk(self) -> None:
        """Say and ask what is due; a gateway that is silent is asked again later."""
        try:
            if self._topup.status == TopupStatus.PENDING:
                self._register()
            if self._topup.status == TopupStatus.CANCELLED:
                self._withdraw()
            if self._is_inquiry_due():
                self.inquire()
        except GatewayUnavailableError:
            self._unheard = True
        except GatewayRefusedError as error:
            # A refused question is no answer either: a secret may be wrong just now.
            self._unheard, self._refused = True, error.status

    def _is_inquiry_due(self) -> bool:
        topup = self._topup
        if topup.status == TopupStatus.SUCCESS:
            return False
        return inquiry_due(
            topup.created_at, topup.expires_at, topup.inquired_at, self._now
        )

    def _register(self) -> None:
        known = self._topup.registered_at is not None
        if known or self._now >= self._topup.expires_at:
            return
        try:
            self._driver.register(self._account, order_of(self._topup))
        except GatewayRefusedError:
            self._mark(status=TopupStatus.FAILED)
        else:
            self._mark(registered_at=self._now)

    def _withdraw(self) -> None:
        if self._topup.withdrawn_at is not None:
            return
        try:
            self._driver.cancel(self._account, self._topup.reference)
        except GatewayRefusedError:  # it has been paid: the inquiry finds the money
            self.inquire()
        self._mark(withdrawn_at=self._now)

    def inquire(self) -> None:
        """Ask the gateway for payments of this reference, and credit them."""
        topup = self._topup
        days = days_to_ask(topup.created_at, self._now)
        for payment in self._driver.inquire(self._account, topup.reference, days):
            if payment.status is not PaymentStatus.FAILED:
                rerun(partial(self._receive, payment))
        self._mark(inquired_at=self._now)

    def _receive(self, found: GatewayPayment) -> None:
        payment = Payment(
            self._account.account_id,
            found.gateway_txn_id,
            found.reference,
            found.amount,
            found.currency,
            found.paid_at,
            Source.INQUIRY,
            hold=held_as(found.status),
        )
        with self._transaction() as session:
            receive(session, self._tenant_id, payment, self._now)

    def _conclude(self) -> None:
        """Expire what ran out unpaid, and tell the user what is new."""
        with self._transaction() as session:
            topup = lock(session, Topup, (self._tenant_id, self._topup_id))
            if topup.status != TopupStatus.SUCCESS:
                claim_parked(session, topup, self._account.most, self._now)
            if topup.status == TopupStatus.PENDING and self._is_over(topup):
                topup.status = TopupStatus.EXPIRED
                tell_expired(session, topup, self._now)
                self._wake(session, topup)
            tell_user(session, topup, self._now)
        self._topup = topup

    def _is_over(self, topup: Topup) -> bool:
        """Tell whether the QR ran out, and the gateway has said that it is unpaid.

        Silence is no answer: only at the end of the watch it counts as one.
        """
        patience = LATE_INQUIRIES[-1] if self._unheard else LATE_INQUIRIES[0]
        return self._now >= topup.expires_at + patience

    def _mark(self, **values: datetime | TopupStatus) -> None:
        with self._transaction() as session:
            topup = lock(session, Topup, (self._tenant_id, self._topup_id))
            status = values.pop("status", None)
            if status is not None and topup.status == TopupStatus.PENDING:
                topup.status = str(status)
                self._wake(session, topup)
            for name, value in values.items():
                setattr(topup, name, value)
        self._topup = topup

    def _wake(self, session: Session, topup: Topup) -> None:
        wake_after_commit(session, "topup", str(self._tenant_id), str(topup.topup_id))
        wake_after_commit(session, "wallet", str(self._tenant_id), str(topup.user_id))

    def _transaction(self) -> AbstractContextManager[Session]:
        return tenant_transaction(self._engine, self._tenant_id)

    def _summary(self, status: TopupStatus) -> str:
        if self._refused is not None:
            return f"{status}: the gateway refuses with {self._refused}"
        if self._unheard:
            return f"{status}: the gateway does not answer"
        if status is TopupStatus.PENDING:
            waiting = "the bank" if self._driver.confirms != "MANUAL" else "an admin"
            return f"{status}: waiting for {waiting}"
        flags = f" ({', '.join(self._topup.flags)})" if self._topup.flags else ""
        return f"{status}{flags}"
