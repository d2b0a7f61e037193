"""No gateway: the payer transfers to the tenant's PromptPay ID and shows the slip.

Nothing confirms such a payment by itself: an admin compares the slip with the bank
statement, and each slip counts once (see ``billing.slips``).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Literal

from abtpro_saas.billing.gateways.port import (
    GatewayAccount,
    GatewayPayment,
    GatewaySetupError,
    GatewayUnavailableError,
    Hint,
    NoNoticesError,
    Notice,
    NoticeHeaders,
    QrIssued,
    QrOrder,
)
from abtpro_saas.billing.gateways.settlement import Settlement
from abtpro_saas.billing.qr import emvco
from abtpro_saas.billing.qr.promptpay import IdKind, promptpay_id
from abtpro_saas.money import Satang


class ManualGateway:
    """Makes QR codes, and knows nothing of payments."""

    issues_qr: ClassVar[bool] = False
    confirms: ClassVar[Literal["AUTOMATIC", "MANUAL", "HINT"]] = "MANUAL"

    def payload(
        self, account: GatewayAccount, reference: str, amount: Satang
    ) -> str | None:
        """Return a transfer to the PromptPay ID, or else a bill payment."""
        if account.promptpay_id and account.promptpay_id_kind:
            kind = IdKind(account.promptpay_id_kind)
            target = promptpay_id(kind, account.promptpay_id)
            return emvco.credit_transfer(target, amount)
        if account.biller_id:
            return emvco.bill_payment(account.biller_id, reference, amount)
        raise GatewaySetupError("the account has neither PromptPay ID nor biller ID")

    def register(self, account: GatewayAccount, order: QrOrder) -> QrIssued | None:
        """Tell nobody."""
        return None

    def cancel(self, account: GatewayAccount, reference: str) -> None:
        """Tell nobody: the QR itself cannot be withdrawn."""

    def inquire(
        self,
        account: GatewayAccount,
        reference: str,
        days: Sequence[date],
    ) -> list[GatewayPayment]:
        """Return nothing: only the bank statement knows."""
        return []

    def read_notice(
        self,
        account: GatewayAccount,
        raw: bytes,
        headers: NoticeHeaders,
        now: datetime,
    ) -> Notice | Hint:
        """Refuse: whoever sends a notice here is not a gateway of ours."""
        raise NoNoticesError("payments to this account are confirmed by hand")

    def settlement(self, account: GatewayAccount, day: date) -> Settlement:
        """Refuse: nobody settles."""
        raise GatewayUnavailableError("an account without gateway has no settlements")
