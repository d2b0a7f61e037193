"""What billing asks of a payment gateway, whichever it is.

A driver turns one gateway's words into these. It never touches a row: billing decides
what a payment does. A gateway that cannot be reached has said nothing at all, so its
silence is an error of its own and never a failed payment. The same holds for one that
does not accept our account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from abtpro_saas.billing.gateways.settlement import Settlement
from abtpro_saas.clock import bangkok_date
from abtpro_saas.errors import ConflictError, InvalidError, UnavailableError
from abtpro_saas.money import Satang


class GatewayUnavailableError(UnavailableError):
    """The gateway did not answer, or not sensibly: what it knows stays unknown."""

    code = "gateway_unavailable"


class GatewaySilentError(GatewayUnavailableError):
    """It was asked, and the time for its answer ran out."""


class GatewayPausedError(GatewayUnavailableError):
    """It was not asked, because it has been silent; in a moment it is tried again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("the payment gateway has not answered lately")
        self.retry_after_s = retry_after_s


class GatewayBusyError(GatewayUnavailableError):
    """It was not asked, because enough calls are under way: that says nothing of it."""

    retry_after_s: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__("the payment gateway has enough to answer: ask again")


class GatewayRequest(StrEnum):
    """What a gateway is asked for."""

    ORDER = "ORDER"
    WITHDRAWAL = "WITHDRAWAL"
    INQUIRY = "INQUIRY"
    SETTLEMENT = "SETTLEMENT"


class AccountRefusedError(GatewayUnavailableError):
    """The gateway did not take a request of ours, whatever it asked for.

    A secret is wrong, the merchant unknown or closed, or the address not a gateway's:
    a person must put the account right. Of the order itself nothing was said, so it is
    as unknown as if there had been no answer.
    """

    code = "gateway_account_refused"

    def __init__(
        self, account: "GatewayAccount", request: GatewayRequest, status: int
    ) -> None:
        theirs = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        what = "our credentials" if theirs else "our requests"
        super().__init__(f"the payment gateway refuses {what} ({status})")
        self.account_id, self.merchant_id = account.account_id, account.merchant_id
        self.request, self.status = request, status


class GatewayRefusedError(ConflictError):
    """The gateway refused the order itself with ``status``: asking again is no help."""

    code = "gateway_refused"

    def __init__(self, status: int) -> None:
        super().__init__(f"the payment gateway refuses with {status}")
        self.status = status


class GatewaySetupError(ConflictError):
    """The account lacks what its QR needs, such as a biller ID."""

    code = "gateway_not_set_up"


class NoNoticesError(InvalidError):
    """This gateway sends no notices: an admin confirms its payments."""

    code = "notices_not_expected"


class EventType(StrEnum):
    """What a signed notice can say."""

    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"
    EXPIRED = "payment.expired"
    REFUNDED = "payment.refunded"


class PaymentStatus(StrEnum):
    """What an inquiry can say about one payment."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True)
class GatewayAccount:
    """A tenant's account at a gateway. ``secrets`` are the live ones, newest first."""

    account_id: UUID
    merchant_id: str
    driver: str
    base_url: str
    biller_id: str | None
    promptpay_id: str | None
    promptpay_id_kind: str | None
    secrets: tuple[str, ...] = field(repr=False)
    least: Satang
    most: Satang
    qr_life: timedelta


@dataclass(frozen=True)
class QrOrder:
    """A QR to make known. The same ``request_id`` may be sent any number of times."""

    reference: str
    amount: Satang
    expires_at: datetime
    request_id: str
    callback_url: str | None = None


@dataclass(frozen=True)
class QrIssued:
    """What the gateway made of an order: its payload, if it makes one."""

    reference: str
    payload: str | None
    expires_at: datetime


@dataclass(frozen=True)
class Notice:
    """A signed notice, checked. ``amount`` counts hundredths of ``currency``.

    ``gateway_txn_id`` of ``payment.refunded`` is that of the payment given back,
    ``refund_id`` the gateway's number for the refund, where it has one.
    """

    event_id: str
    event_type: EventType
    gateway_txn_id: str
    reference: str
    amount: Satang
    currency: str
    paid_at: datetime | None
    created_at: datetime
    livemode: bool
    refund_id: str | None = None


@dataclass(frozen=True)
class Hint:
    """Somebody with the secret says: look at this reference. It moves no money."""

    reference: str
    status: str


@dataclass(frozen=True)
class GatewayPayment:
    """One payment as the gateway's inquiry tells it."""

    gateway_txn_id: str
    reference: str
    amount: Satang
    currency: str
    paid_at: datetime
    status: PaymentStatus


class NoticeHeaders(Protocol):
    """The headers of a request, found without regard to case."""

    def get(self, key: str, /) -> str | None:
        """Return the value of one header."""
        ...


class PaymentGateway(Protocol):
    """One kind of gateway; an object serves every account of its kind."""

    issues_qr: ClassVar[bool]
    """True: the QR must come from ``register``, before the payer sees it."""

    confirms: ClassVar[Literal["AUTOMATIC", "MANUAL", "HINT"]]
    """How a payment becomes known: a signed notice, an admin, or a notice to ask."""

    def payload(
        self, account: GatewayAccount, reference: str, amount: Satang
    ) -> str | None:
        """Return the QR's text as it is made here, or None where the gateway's is used.

        Raises:
            GatewaySetupError: the account lacks what the QR needs.
        """
        ...

    def register(self, account: GatewayAccount, order: QrOrder) -> QrIssued | None:
        """Make an order known to the gateway; repeating it changes nothing.

        Raises:
            GatewayUnavailableError: unknown whether it arrived; ask again.
            AccountRefusedError: not even looked at; ask again, and tell a person.
            GatewayRefusedError: the reference is taken, or the order is not allowed.
        """
        ...

    def cancel(self, account: GatewayAccount, reference: str) -> None:
        """Withdraw a QR, known or not. A payment may still come.

        Raises:
            GatewayUnavailableError: unknown whether it arrived; ask again.
            AccountRefusedError: not even looked at; ask again, and tell a person.
            GatewayRefusedError: it has been paid.
        """
        ...

    def inquire(
        self, account: GatewayAccount, reference: str, days: Sequence[date]
    ) -> list[GatewayPayment]:
        """Return the payments of a reference on these Bangkok days, oldest first.

        Raises:
            GatewayUnavailableError: nothing is known; nothing has failed.
            AccountRefusedError: the same, and a person must be told.
        """
        ...

    def read_notice(
        self, account: GatewayAccount, raw: bytes, headers: NoticeHeaders, now: datetime
    ) -> Notice | Hint:
        """Return what a notice says, its signature verified over the raw bytes first.

        Raises:
            UnauthenticatedError: not signed by this account's gateway, now.
            InvalidError: signed, but not a notice that can be believed.
        """
        ...

    def settlement(self, account: GatewayAccount, day: date) -> Settlement:
        """Return what the gateway settled for one Bangkok day.

        Raises:
            GatewayUnavailableError: no answer, or the day's file is not there yet.
            AccountRefusedError: no answer to us; a person must be told.
            SettlementError: the file contradicts itself; none of it counts.
        """
        ...


def days_to_ask(since: datetime, until: datetime) -> tuple[date, ...]:
    """Return every Bangkok day from ``since`` to ``until``, both included.

    An inquiry names a day: around midnight the payment may stand in yesterday's.
    """
    first, last = bangkok_date(since), bangkok_date(until)
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
