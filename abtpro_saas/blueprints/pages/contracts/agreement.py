"""What somebody saw when they agreed: nobody pays, or does, what they did not see.

A form carries the amount that it showed, and a mark of how the contract stood. Sent
twice, or late, it meets another mark, and the page shows how things stand instead.
"""

from hashlib import sha256

from flask import flash, url_for
from flask_babel import gettext as _

from abtpro_saas.blueprints.pages.frame.forms import text
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.errors import ConflictError
from abtpro_saas.money import Satang, baht


class PriceChangedError(ConflictError):
    """The amount is another one than the form showed."""

    code = "price_changed"


class ContractMovedError(ConflictError):
    """The contract stands otherwise than it did when the form was shown."""

    code = "contract_moved"


def mark_of(contract: Contract) -> str:
    """Return a mark of all on which a decision about ``contract`` rests."""
    parts = (
        contract.contract_id,
        contract.plan_id,
        contract.billing,
        contract.period_end.isoformat(),
        contract.next_plan_id,
        contract.next_billing,
        contract.cancelled_at,
        contract.blocked_at,
        contract.closed_at,
    )
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:24]


def require_seen(contract: Contract) -> None:
    """Refuse a form that was shown when the contract stood otherwise.

    Raises:
        ContractMovedError: it did, or this form was sent before.
    """
    if text("seen") != mark_of(contract):
        raise ContractMovedError("the contract has changed since this was shown")


def require_agreed(amount: Satang) -> None:
    """Refuse to take another amount than the form showed.

    Raises:
        PriceChangedError: it showed another.
    """
    if text("agreed") != baht(amount):
        raise PriceChangedError(f"this costs ฿{baht(amount)} now: look again")


def tell_moved() -> None:
    """Say above the next page why nothing was done by this form."""
    flash(_("It had changed before this arrived. This is how it stands now."))


def topup_url(missing: Satang, back: str) -> str:
    """Return where to top up what is missing, and come ``back`` from there."""
    return url_for("topups_page.begin", amount=baht(missing), next=back)
