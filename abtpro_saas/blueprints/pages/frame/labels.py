"""The words of states, flags, roles and kinds, as people read them.

``said`` is asked with the word itself, which is the same in code, SQL and JSON. A word
without a label is shown as it is: a new state is legible before it is translated.
"""

from flask_babel import lazy_gettext as _l

from abtpro_saas.blueprints.billing.payment_schemas import DESCRIPTION
from abtpro_saas.blueprints.pages.contracts import words

LABELS = {
    # Top-ups
    "PENDING": _l("Waiting for payment"),
    "SUCCESS": _l("Completed"),
    "FAILED": _l("Failed"),
    "EXPIRED": _l("Expired"),
    "CANCELLED": _l("Cancelled"),
    # Runs of backtests, and imports of candles
    "RUNNING": _l("Running"),
    "COMPLETED": _l("Completed"),
    # What was unusual about a top-up's money
    "UNDERPAID": _l("Underpaid"),
    "OVERPAID": _l("Overpaid"),
    "PAID_TWICE": _l("Paid twice"),
    "PAID_LATE": _l("Paid late"),
    "FAILED_AFTER_PAID": _l("Reported failed after payment"),
    "AMOUNT_MISMATCH": _l("Amounts differ"),
    # Movements
    "TOP_UP": _l("Top-up"),
    "DEDUCTION": _l("Charge"),
    "REFUND": _l("Refund"),
    "REFUND_PAID": _l("Refund paid out"),
    "ALLOCATION": _l("Payment assigned"),
    "SETTLEMENT": _l("Settlement"),
    "REVERSAL": _l("Reversal"),
    # Suspense and incidents
    "SUSPENSE": _l("Unassigned"),
    "CREDITED": _l("Credited"),
    "RESOLVED": _l("Resolved"),
    "RETURNED": _l("Returned"),
    "REFUNDED_BY_GATEWAY": _l("Returned by the gateway"),
    "UNKNOWN_REFERENCE": _l("Unknown reference"),
    "WRONG_CURRENCY": _l("Not in baht"),
    "REFUND_SHORTFALL": _l("Refund exceeds the balance"),
    "SETTLEMENT_REJECTED": _l("Settlement file rejected"),
    "SETTLEMENT_MISMATCH": _l("Settlement differs"),
    "MISSING_IN_SETTLEMENT": _l("Missing from the settlement"),
    "REFERENCE_MISMATCH": _l("One payment, two references"),
    "ABOVE_LIMIT": _l("Above the limit"),
    "REFUNDED_UNHEARD": _l("Refunded before we knew of it"),
    "PARKED_REFUND": _l("Refund without its payment"),
    "REFUND_TOLD_AGAIN": _l("Refund that may be told twice"),
    "UNREADABLE_NOTICE": _l("Notice that cannot be used"),
    "GATEWAY_ACCOUNT_REFUSED": _l("The gateway does not accept our account"),
    # Refunds and how a payment became known
    "PARKED": _l("Waiting for its payment"),
    "REQUESTED": _l("Sent to the gateway"),
    "NOTICE": _l("Gateway notice"),
    "INQUIRY": _l("Gateway inquiry"),
    "MANUAL": _l("Confirmed by hand"),
    # Payment gateways
    "generic": _l("Gateway that sends notices"),
    "classic": _l("Gateway of version 1.x"),
    "manual": _l("By hand, from the bank's records"),
    # People and keys
    "trader": _l("Trader"),
    "admin": _l("Administrator"),
    "viewer": _l("Viewer"),
    "ACTIVE": _l("Active"),
    "INVITED": _l("Invited"),
    "DISABLED": _l("Disabled"),
    "REVOKED": _l("Revoked"),
    "SUSPENDED": _l("Suspended"),
    "wallet:read": _l("Read the wallet"),
    "wallet:write": _l("Create top-ups"),
    "rental:read": _l("Read the contract and its documents"),
    "rental:write": _l("Rent, renew, change and cancel"),
    "account:write": _l("Change the own account"),
    "members:read": _l("Read members"),
    "members:write": _l("Manage members"),
    "keys:read": _l("Read API keys"),
    "keys:write": _l("Manage API keys"),
    "audit:read": _l("Read the audit trail"),
    "tenant:read": _l("Read tenant settings"),
    "tenant:write": _l("Change tenant settings"),
    "topups:read": _l("Read everybody's top-ups"),
    "topups:refund": _l("Refund and confirm top-ups"),
    "suspense:read": _l("Read unassigned payments"),
    "suspense:write": _l("Resolve unassigned payments"),
    "contracts:read": _l("Read everybody's contracts"),
    "contracts:write": _l("Act on everybody's contracts"),
    "plans:write": _l("Publish plans and coupons"),
    "notices:read": _l("Read notifications"),
    "notices:write": _l("Mark notifications as read"),
    "backtests:read": _l("Read backtests"),
    "backtests:write": _l("Run and remove backtests"),
    # The audit trail
    "USER": _l("Person"),
    "KEY": _l("API key"),
    "OPERATOR": _l("Operator"),
    "SYSTEM": _l("Platform"),
    "ANONYMOUS": _l("Not signed in"),
    "DONE": _l("Done"),
    "REFUSED": _l("Refused"),
    **words.LABELS,
}

TONES = {
    "PENDING": ("info", "clock"),
    "SUCCESS": ("good", "check"),
    "RUNNING": ("info", "clock"),
    "COMPLETED": ("good", "check"),
    "FAILED": ("bad", "close"),
    "EXPIRED": ("", "clock"),
    "CANCELLED": ("", "ban"),
    "CREDITED": ("good", "check"),
    "RESOLVED": ("good", "check"),
    "RETURNED": ("", "refund"),
    "REFUNDED_BY_GATEWAY": ("", "refund"),
    "SUSPENSE": ("warn", "suspense"),
    "PARKED": ("warn", "clock"),
    "REQUESTED": ("info", "clock"),
    "DONE": ("good", "check"),
    "REFUSED": ("bad", "ban"),
    "ACTIVE": ("good", "check"),
    "INVITED": ("info", "mail"),
    "DISABLED": ("", "ban"),
    "REVOKED": ("", "ban"),
    "SUSPENDED": ("bad", "ban"),
    "FAILED_AFTER_PAID": ("bad", "flag"),
    "AMOUNT_MISMATCH": ("bad", "flag"),
    "UNDERPAID": ("warn", "flag"),
    "OVERPAID": ("warn", "flag"),
    "PAID_TWICE": ("warn", "flag"),
    "PAID_LATE": ("warn", "flag"),
    **words.TONES,
}
"""How a state looks: the tone of its colour, and the sign that says the same."""


FLAG_MEANINGS = {
    "UNDERPAID": _l("Less was paid than asked for. All that arrived is credited."),
    "OVERPAID": _l("More was paid than asked for. All that arrived is credited."),
    "PAID_TWICE": _l("This QR was paid more than once. Each payment is credited."),
    "PAID_LATE": _l("The money came after the QR had ended. It is credited."),
    "FAILED_AFTER_PAID": _l(
        "The bank reported a failure after the payment. The money stays credited"
        " while we look into it."
    ),
    "AMOUNT_MISMATCH": _l(
        "The bank reported two different amounts for one payment. The first one is"
        " credited while we look into it."
    ),
}


def flag_meaning(flag: str) -> str:
    """Return what a flag means to who paid."""
    return str(FLAG_MEANINGS.get(str(flag), ""))


def described(text: str) -> str:
    """Return what was written of a top-up; what stands for nothing, in words."""
    return str(_l("Account top-up")) if text == DESCRIPTION else text


def said(word: str) -> str:
    """Return ``word`` as people read it, in the language of the page."""
    return str(LABELS.get(str(word), word))


def tone(word: str) -> str:
    """Return the tone of a state: ``good``, ``bad``, ``warn``, ``info`` or nothing."""
    return TONES.get(str(word), ("", ""))[0]


def tone_icon(word: str) -> str:
    """Return the name of a state's icon, or nothing."""
    return TONES.get(str(word), ("", ""))[1]
