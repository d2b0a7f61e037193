"""Billing's states and kinds: one word for one thing in code, SQL and JSON."""

from enum import StrEnum


class TopupStatus(StrEnum):
    """Where a top-up stands."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class Flag(StrEnum):
    """What was unusual about a top-up's money."""

    UNDERPAID = "UNDERPAID"
    OVERPAID = "OVERPAID"
    PAID_TWICE = "PAID_TWICE"
    PAID_LATE = "PAID_LATE"
    FAILED_AFTER_PAID = "FAILED_AFTER_PAID"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"


class AccountKind(StrEnum):
    """What a ledger account stands for. Credits raise what the tenant owes.

    WALLET is owed to a user, SUSPENSE to a payer yet unknown, REFUNDS_PAYABLE to a
    user who is being refunded. CLEARING is money at the gateway, BANK money that it
    paid out, FEES and FEE_VAT what it kept, RECEIVABLE what a user owes. REVENUE is
    what was charged without its VAT, OUTPUT_VAT the VAT that is owed to the Revenue
    Department. GRANTED is credit that a user got as a gift, PROMOTIONS what the gifts
    cost the tenant.
    """

    WALLET = "WALLET"
    CLEARING = "CLEARING"
    BANK = "BANK"
    FEES = "FEES"
    FEE_VAT = "FEE_VAT"
    SUSPENSE = "SUSPENSE"
    REFUNDS_PAYABLE = "REFUNDS_PAYABLE"
    RECEIVABLE = "RECEIVABLE"
    REVENUE = "REVENUE"
    OUTPUT_VAT = "OUTPUT_VAT"
    GRANTED = "GRANTED"
    PROMOTIONS = "PROMOTIONS"


class JournalKind(StrEnum):
    """Why money moved."""

    TOP_UP = "TOP_UP"
    DEDUCTION = "DEDUCTION"
    REFUND = "REFUND"
    REFUND_PAID = "REFUND_PAID"
    SUSPENSE = "SUSPENSE"
    ALLOCATION = "ALLOCATION"
    SETTLEMENT = "SETTLEMENT"
    REVERSAL = "REVERSAL"
    CREDIT_NOTE = "CREDIT_NOTE"
    GRANT = "GRANT"
    GRANT_EXPIRY = "GRANT_EXPIRY"


class Source(StrEnum):
    """How a payment became known."""

    NOTICE = "NOTICE"
    INQUIRY = "INQUIRY"
    SETTLEMENT = "SETTLEMENT"
    MANUAL = "MANUAL"


class PaymentState(StrEnum):
    """Where a gateway's payment went."""

    CREDITED = "CREDITED"
    SUSPENSE = "SUSPENSE"
    RESOLVED = "RESOLVED"


class Outcome(StrEnum):
    """What a gateway's notice did."""

    CREDITED = "CREDITED"
    DUPLICATE = "DUPLICATE"
    SUSPENSE = "SUSPENSE"
    MISMATCH = "MISMATCH"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    FLAGGED = "FLAGGED"
    IGNORED = "IGNORED"
    REFUNDED = "REFUNDED"
    PARKED = "PARKED"


class RefundState(StrEnum):
    """PARKED waits for its payment; REQUESTED for the gateway's confirmation."""

    PARKED = "PARKED"
    REQUESTED = "REQUESTED"
    DONE = "DONE"


class RefundSource(StrEnum):
    """Who began a refund."""

    ADMIN = "ADMIN"
    GATEWAY = "GATEWAY"


class IncidentKind(StrEnum):
    """What somebody must look at."""

    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    FAILED_AFTER_PAID = "FAILED_AFTER_PAID"
    REFUND_SHORTFALL = "REFUND_SHORTFALL"
    SETTLEMENT_REJECTED = "SETTLEMENT_REJECTED"
    SETTLEMENT_MISMATCH = "SETTLEMENT_MISMATCH"
    MISSING_IN_SETTLEMENT = "MISSING_IN_SETTLEMENT"
    REFERENCE_MISMATCH = "REFERENCE_MISMATCH"
    ABOVE_LIMIT = "ABOVE_LIMIT"
    REFUNDED_UNHEARD = "REFUNDED_UNHEARD"
    PARKED_REFUND = "PARKED_REFUND"
    REFUND_TOLD_AGAIN = "REFUND_TOLD_AGAIN"
    UNREADABLE_NOTICE = "UNREADABLE_NOTICE"
    GATEWAY_ACCOUNT_REFUSED = "GATEWAY_ACCOUNT_REFUSED"


class DocumentKind(StrEnum):
    """What a document does: it charges, or it takes a charge back in part or whole."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class DocumentForm(StrEnum):
    """How much the law lets a document claim.

    FULL names its buyer, who may deduct the VAT; ABBREVIATED shows no VAT that anybody
    could deduct; RECEIPT is no tax document at all.
    """

    FULL = "FULL"
    ABBREVIATED = "ABBREVIATED"
    RECEIPT = "RECEIPT"


class SettlementState(StrEnum):
    """Whether a settlement file was believed."""

    RECONCILED = "RECONCILED"
    REJECTED = "REJECTED"
