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

ACTIONS = {
    "backtest.run": _l("Run a backtest"),
    "backtest.cancel": _l("Cancel a backtest"),
    "backtest.remove": _l("Remove a backtest"),
    "account.sign_in": _l("Sign in"),
    "account.sign_out": _l("Sign out"),
    "account.change": _l("Change the own account"),
    "account.change_password": _l("Change the password"),
    "account.choose_password": _l("Choose a password by link"),
    "account.verify_email": _l("Confirm an e-mail address"),
    "profile.change": _l("Change the profile"),
    "profile.preferences": _l("Choose language or theme"),
    "second_factor.begin": _l("Begin to set up the second step"),
    "second_factor.confirm": _l("Switch the second step on"),
    "second_factor.switch_off": _l("Switch the second step off"),
    "second_factor.renew_codes": _l("Make new recovery codes"),
    "session.end": _l("Sign out a device"),
    "session.end_others": _l("Sign out all other devices"),
    "key.create": _l("Make an API key"),
    "key.rotate": _l("Replace an API key"),
    "key.revoke": _l("Revoke an API key"),
    "topup.create": _l("Create a top-up"),
    "topup.cancel": _l("Cancel a top-up"),
    "topup.confirm": _l("Confirm a top-up by hand"),
    "topup.refund": _l("Refund a top-up"),
    "rental.rent": _l("Rent a plan"),
    "rental.renew": _l("Renew the contract"),
    "rental.change": _l("Change the plan"),
    "rental.auto_renew": _l("Switch automatic renewal"),
    "rental.cancel": _l("Cancel the contract"),
    "rental.resume": _l("Take a cancellation back"),
    "contract.renew": _l("Renew somebody's contract"),
    "contract.extend": _l("Give a contract time"),
    "contract.suspend": _l("Suspend a contract"),
    "contract.unsuspend": _l("Lift a contract's suspension"),
    "contract.refund": _l("Refund a rental"),
    "plan.publish": _l("Publish a plan"),
    "coupon.create": _l("Make a coupon"),
    "coupon.withdraw": _l("Withdraw a coupon"),
    "credit.grant": _l("Give credit"),
    "tax_profile.set": _l("Say whom documents are made out to"),
    "suspense.assign": _l("Assign a payment"),
    "suspense.return": _l("Book a payment as returned"),
    "incident.close": _l("Close an incident"),
    "gateway.set": _l("Connect a gateway"),
    "gateway.rotate_secret": _l("Replace the gateway's secret"),
    "member.invite": _l("Invite a member"),
    "member.change": _l("Change a member"),
    "member.change_role": _l("Change a member's role"),
    "member.disable": _l("Disable a member"),
    "member.enable": _l("Let a member in again"),
    "member.remove_second_factor": _l("Remove a member's second step"),
    "tenant.change": _l("Change tenant settings"),
    "tenant.change_hosts": _l("Change host names"),
    "tenant.tax_profile": _l("Say who issues documents"),
    "notices.read": _l("Mark notifications as read"),
    "live.ticket": _l("Watch for changes"),
}
"""What the tenant's trail tells, in the order in which its filter offers them."""

AREAS = {
    "backtest": _l("Backtests"),
    "backtests": _l("Backtests"),
    "backtest_order": _l("Backtests"),
    "market": _l("Market data"),
    "account": _l("Account"),
    "acts": _l("Contracts"),
    "admin_contracts": _l("Contracts"),
    "admin_figures": _l("Business figures"),
    "admin_gateway": _l("Payment gateway"),
    "admin_payment": _l("Top-ups and suspense"),
    "admin_plans": _l("Plans and coupons"),
    "audit": _l("Audit trail"),
    "change": _l("Change of plan"),
    "contract": _l("Rental contract"),
    "contract_item": _l("Contracts"),
    "contracts": _l("Contracts"),
    "coupons": _l("Coupons"),
    "figures": _l("Business figures"),
    "gateway": _l("Payment gateway"),
    "invoices": _l("Documents"),
    "keys": _l("API keys"),
    "links": _l("Links by mail"),
    "live": _l("Live updates"),
    "members": _l("Members"),
    "notices": _l("Notifications"),
    "operator_tenants": _l("Operators"),
    "operators": _l("Operators"),
    "operators_figures": _l("Operators"),
    "payment": _l("Payments"),
    "payments": _l("Top-ups"),
    "preferences": _l("Language and theme"),
    "plans": _l("Plans"),
    "pricing": _l("Plans"),
    "reference": _l("API reference"),
    "renewal": _l("Rental contract"),
    "rental": _l("Rental contract"),
    "rental_features": _l("Rental contract"),
    "rental_plans": _l("Plans"),
    "security": _l("Security"),
    "signin": _l("Sign in"),
    "statement": _l("Statement"),
    "suspense": _l("Suspense"),
    "tax": _l("Documents"),
    "tax_profiles": _l("Documents"),
    "tenant": _l("Tenant settings"),
    "topups": _l("Top-ups"),
    "wallet": _l("Wallet"),
    "webhook": _l("Payment gateway"),
}
"""Where something was refused before it said what it is: its endpoint is told."""

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


def deed(action: str) -> str:
    """Return what an entry of the trail tells, or in which part of the product."""
    area = action.partition(".")[0].removesuffix("_page")
    return str(ACTIONS.get(action) or AREAS.get(area) or action)


def is_deed(action: str) -> bool:
    """Tell whether an action is one of the trail's words, and no endpoint's name."""
    return action in ACTIONS


def deeds() -> list[tuple[str, str]]:
    """Return every action of the trail with its words, as a field's choices."""
    return [(action, str(words)) for action, words in ACTIONS.items()]


def tone(word: str) -> str:
    """Return the tone of a state: ``good``, ``bad``, ``warn``, ``info`` or nothing."""
    return TONES.get(str(word), ("", ""))[0]


def tone_icon(word: str) -> str:
    """Return the name of a state's icon, or nothing."""
    return TONES.get(str(word), ("", ""))[1]
