"""What a refusal means to somebody in front of a page, in their language.

Rules speak English, to developers as well. A page speaks by the code, which never
changes; a code without words of its own speaks by its status.
"""

from flask_babel import lazy_gettext as _l

TITLES = {
    400: _l("This request cannot be read"),
    401: _l("Please sign in"),
    402: _l("This needs another plan"),
    403: _l("This is not open to you"),
    404: _l("There is nothing here"),
    408: _l("That did not reach us in time"),
    409: _l("That is not possible now"),
    413: _l("That is too large"),
    422: _l("Something is not filled in right"),
    429: _l("Too many attempts"),
    500: _l("Something went wrong on our side"),
    503: _l("We cannot answer just now"),
}

EXPLANATIONS = {
    402: _l("Nothing was changed and nothing was charged."),
    400: _l("Nothing was changed. Go back, load the page anew and try again."),
    403: _l(
        "Your role does not allow this page or action."
        " Nothing was changed. An administrator of your tenant can help."
    ),
    404: _l("The address is wrong, or what stood here is gone. Nothing was changed."),
    408: _l("Nothing was changed. The connection was too slow. Go back and try again."),
    409: _l("It has changed meanwhile. Nothing was changed; look again and decide."),
    413: _l(
        "Nothing was changed. What you sent is larger than we take; a picture may have"
        " 48 kB. Go back and choose a smaller one."
    ),
    422: _l("Nothing was changed. Look at what you entered and try again."),
    429: _l("Nothing was changed. Wait a little and try again."),
    500: _l(
        "The fault has been recorded. Your money is safe: what was paid is credited"
        " even while a page fails."
    ),
    503: _l(
        "A part of the platform is being restarted. Your money is safe, and payments"
        " already made are credited. Try again in a moment."
    ),
}


CLOSED = {"tenant_suspended": _l("This service is closed for the time being")}
"""Refusals of every page of a host: each with its headline, and no way back."""


def title(code: str, status: int) -> str:
    """Return the headline of a refusal."""
    if code in CLOSED:
        return str(CLOSED[code])
    return str(TITLES.get(status, TITLES[500 if status >= 500 else 422]))  # noqa: PLR2004 - the first server error


def explanation(code: str, status: int) -> str:
    """Return what happened, what it means for the user's money, and what to do."""
    if code in WHOLE_PAGES:
        return str(MESSAGES[code])
    return str(EXPLANATIONS.get(status, EXPLANATIONS[500 if status >= 500 else 422]))  # noqa: PLR2004 - the first server error


MESSAGES = {
    "wrong_credentials": _l("E-mail or password is wrong."),
    "wrong_second_factor": _l("This code does not fit. Wait for the next one."),
    "wrong_code": _l("This code does not fit. Wait for the next one."),
    "sign_in_expired": _l("That took too long. Sign in with your password again."),
    "account_disabled": _l(
        "This account is disabled. An administrator of your tenant can help."
    ),
    "locked_out": _l(
        "Too many attempts failed, so signing in is closed for a while."
        " Wait, or set a new password."
    ),
    "weak_password": _l(
        "This password is too easily guessed. Take at least 10 characters, not the"
        " same few over and over; a sentence is easier to remember than a word."
    ),
    "password_names_owner": _l(
        "This password holds the name in your e-mail address, which a guesser tries"
        " first. Leave it out."
    ),
    "invalid_link": _l("This link was used or is too old. Ask for a new one."),
    "invalid_email": _l("This is not an e-mail address."),
    "email_taken": _l("Somebody here has this e-mail address already."),
    "invalid_name": _l("A name has 1 to 100 characters."),
    "sign_up_closed": _l("New accounts are by invitation only."),
    "last_admin": _l("The tenant needs an administrator. Name another one first."),
    "invalid_scope": _l("Choose at least one thing that the key may do."),
    "invalid_expiry": _l("The expiry must lie in the future."),
    "invalid_grant_expiry": _l("The expiry must lie in the future."),
    "invalid_network": _l("Write one address or network on each line: 203.0.113.7"),
    "too_many_keys": _l("You have as many keys as one may have. Revoke one first."),
    "key_ended": _l("This key has ended or was replaced already."),
    "second_factor_state": _l("The second step is already in that state."),
    "invalid_amount": _l("This amount cannot be paid. Look at the limits."),
    "invalid_gateway_account": _l("This cannot be used: look at the help below."),
    "merchant_taken": _l("This merchant is connected already."),
    "gateway_not_set_up": _l("Connect a payment gateway first."),
    "unknown_gateway": _l("There is no such kind of gateway here."),
    "no_payment_gateway": _l("Top-ups are not set up yet. Nothing was charged."),
    "invalid_description": _l("The description is too long."),
    "too_many_open_topups": _l(
        "You have many unpaid top-ups. Pay or cancel one, or wait until they expire."
    ),
    "topup_not_pending": _l("This top-up is no longer waiting for payment."),
    "refund_too_large": _l("That is more than can still be refunded."),
    "insufficient_funds": _l("The wallet no longer holds that much."),
    "unknown_member": _l("Nobody here has this e-mail address."),
    "suspense_resolved": _l(
        "Somebody has resolved this payment meanwhile. Nothing was changed."
    ),
    "foreign_currency": _l("Only baht can be credited. Return this payment."),
    "not_confirmed_by_hand": _l("The gateway confirms this top-up by itself."),
    "invalid_slip": _l("This is not a slip's reference."),
    "wrong_receiver": _l("This transfer went to somebody else."),
    "invalid_instant": _l("Give the day and the time."),
    "slip_used": _l("This slip has confirmed a top-up already."),
    "gateway_unavailable": _l(
        "The payment gateway does not answer. Nothing was charged; try again soon."
    ),
    "gateway_account_refused": _l(
        "Top-ups do not work at the moment. Nothing was charged, and those who can mend"
        " it have been told."
    ),
    "invalid_brand": _l("This cannot be shown: look at the help below the field."),
    "invalid_host": _l("This is not a host name that you can use."),
    "host_taken": _l("Another tenant has this host name."),
    "invalid_slug": _l("Take 1 to 32 of a-z, 0-9 and hyphens."),
    "slug_taken": _l("There is a tenant with this short name already."),
    "invalid_vat": _l("VAT is a percentage from 0 to 100."),
    "tenant_changed": _l("Somebody else changed this meanwhile. Look again."),
    "export_too_large": _l(
        "More entries were found than one file holds. Choose a shorter period."
    ),
    "tenant_suspended": _l(
        "Nobody can sign in until it is opened again. Your money is safe, and payments"
        " that arrive are credited."
    ),
    "balance_short": _l("Your wallet does not hold enough. Nothing was charged."),
    "feature_needed": _l("Your plan does not have this, or is not running."),
    "limit_reached": _l("Your plan allows no more of these. Another one does."),
    "no_contract": _l("You have no contract. Choose a plan first."),
    "contract_state": _l("The contract does not stand so that this could be done."),
    "contract_runs": _l("You have a contract already. Change its plan, or renew it."),
    "contract_blocked": _l("An administrator has suspended this contract."),
    "contract_moved": _l("It had changed before this arrived. Look again and decide."),
    "price_changed": _l("The amount has changed. Nothing was charged; look again."),
    "unknown_plan": _l("This plan is not sold."),
    "invalid_plan": _l("A plan cannot be sold like this: look at the help below."),
    "plan_moved": _l("Somebody else published a version meanwhile. Look again."),
    "invalid_coupon": _l("This coupon does not exist, or does not work here."),
    "coupon_exists": _l("There is a coupon with this code already."),
    "renewal_too_early": _l(
        "The next period can be paid in the last days of this one."
    ),
    "same_plan": _l("This is your plan already."),
    "cheaper_at_period_end": _l(
        "This would cost less than what you have paid for, so it begins when the paid"
        " period ends."
    ),
    "not_running": _l("The contract is not running: renew it first."),
    "not_now": _l(
        "Time beyond this period is paid for or given, so the change comes at its end."
    ),
    "invalid_duration": _l("Write a length such as P7D (7 days) or P1M (a month)."),
    "unknown_feature": _l("This is no value that the feature can have."),
    "reason_needed": _l("Say why, in a few words."),
    "credit_too_large": _l("That is more than was paid and not given back yet."),
    "invalid_tax_details": _l("A document cannot show this: look at the help below."),
    "too_many_backtests": _l("Many of your backtests wait or run. Cancel some first."),
    "too_many_imports": _l("Five imports are under way: wait for one of them."),
    "too_many_series": _l("As many series are kept as one may have."),
    "invalid_comparison": _l("Tick two to five that are completed."),
    "rate_limited": _l("Too many requests. Wait a minute and try again."),
}


WHOLE_PAGES = frozenset({"tenant_suspended", "export_too_large", "invalid_comparison"})
"""Refusals of whole pages whose own words say more than their status does."""


def message(code: str, status: int) -> str:
    """Return what a form says above or below a field for a refusal's code."""
    return str(MESSAGES.get(code) or explanation(code, status))
