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

from abtpro_saas.billing.acceptance import (
    note_acceptance,
    note_refusal,
    noting_refusal,
)
from abtpro_saas.billing.accounts import get_account, live
from abtpro_saas.billing.gateways.calling.limits import while_somebody_waits
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.port import (
    AccountRefusedError,
    GatewayBusyError,
    GatewayPayment,
    GatewayRefusedError,
    GatewayRequest,
    GatewayUnavailableError,
    PaymentStatus,
    days_to_ask,
)
from abtpro_saas.billing.messages import ReviewTopup, TopupStanding
from abtpro_saas.billing.payments.claiming import claim_parked
from abtpro_saas.billing.payments.crediting import Payment, held_as, receive
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups.rules import (
    GRACE,
    LATE_INQUIRIES,
    inquiry_due,
    next_review,
)
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
    with noting_refusal(engine, tenant_id, now), while_somebody_waits():
        _Review(engine, keyring, order).inquire()


class _Review:
    """One look at one top-up."""

    def __init__(self, engine: Engine, keyring: Keyring, order: ReviewTopup) -> None:
        self._engine = engine
        self._tenant_id = TenantId(UUID(order.tenant_id))
        self._topup_id = UUID(order.topup_id)
        self._now = order.at
        self._unheard = self._unasked = False
        self._refusal: AccountRefusedError | None = None
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
            unasked=self._unasked,
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
        for step in (self._register, self._withdraw, self._inquire_if_due):
            try:
                step()
            except AccountRefusedError as error:
                # It may still answer another question, such as whether this is paid.
                self._unheard, self._refusal = True, error
                note_refusal(self._engine, self._tenant_id, error, self._now)
            except GatewayUnavailableError as error:
                self._unheard = True
                self._unasked = isinstance(error, GatewayBusyError)
                return

    def _register(self) -> None:
        topup = self._topup
        if topup.status != TopupStatus.PENDING or topup.registered_at is not None:
            return
        if self._now >= topup.expires_at:
            return
        try:
            self._driver.register(self._account, order_of(topup))
        except GatewayRefusedError:
            self._mark(GatewayRequest.ORDER, status=TopupStatus.FAILED)
        else:
            self._mark(GatewayRequest.ORDER, registered_at=self._now)

    def _withdraw(self) -> None:
        topup = self._topup
        if topup.status != TopupStatus.CANCELLED or topup.withdrawn_at is not None:
            return
        try:
            self._driver.cancel(self._account, topup.reference)
        except GatewayRefusedError:  # it has been paid: the inquiry finds the money
            self.inquire()
        self._mark(GatewayRequest.WITHDRAWAL, withdrawn_at=self._now)

    def _inquire_if_due(self) -> None:
        topup = self._topup
        times = topup.created_at, topup.expires_at, topup.inquired_at
        if topup.status != TopupStatus.SUCCESS and inquiry_due(*times, self._now):
            self.inquire()

    def inquire(self) -> None:
        """Ask the gateway for payments of this reference, and credit them."""
        topup = self._topup
        days = days_to_ask(topup.created_at, self._now)
        for payment in self._driver.inquire(self._account, topup.reference, days):
            if payment.status is not PaymentStatus.FAILED:
                rerun(partial(self._receive, payment))
        self._mark(GatewayRequest.INQUIRY, inquired_at=self._now)

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
        if self._unasked:
            patience += GRACE
        return self._now >= topup.expires_at + patience

    def _mark(self, answered: GatewayRequest, **values: datetime | TopupStatus) -> None:
        """Write what came of a request that the gateway has taken."""
        with self._transaction() as session:
            topup = lock(session, Topup, (self._tenant_id, self._topup_id))
            status = values.pop("status", None)
            if status is not None and topup.status == TopupStatus.PENDING:
                topup.status = str(status)
                self._wake(session, topup)
            for name, value in values.items():
                setattr(topup, name, value)
            note_acceptance(
                session, self._tenant_id, self._account, answered, self._now
            )
        self._topup = topup

    def _wake(self, session: Session, topup: Topup) -> None:
        wake_after_commit(session, "topup", str(self._tenant_id), str(topup.topup_id))
        wake_after_commit(session, "wallet", str(self._tenant_id), str(topup.user_id))

    def _transaction(self) -> AbstractContextManager[Session]:
        return tenant_transaction(self._engine, self._tenant_id)

    def _summary(self, status: TopupStatus) -> str:
        """Return what is to say beside the status."""
        if self._refusal is not None:
            return str(self._refusal)
        if self._unasked:
            return "the gateway has enough to answer: it is asked later"
        if self._unheard:
            return "the gateway does not answer"
        if status is TopupStatus.PENDING:
            waiting = "the bank" if self._driver.confirms != "MANUAL" else "an admin"
            return f"waiting for {waiting}"
        return f"({', '.join(self._topup.flags)})" if self._topup.flags else ""
