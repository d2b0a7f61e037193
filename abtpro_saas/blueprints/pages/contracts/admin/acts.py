"""What admins do to a contract: each with a reason, which its owner reads."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.billing import grants
from abtpro_saas.billing.grants import GrantExpiryError
from abtpro_saas.billing.ledger import PostedError
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.pages.contracts.admin.item import draw
from abtpro_saas.blueprints.pages.contracts.admin.lengths import asked_length
from abtpro_saas.blueprints.pages.contracts.agreement import (
    ContractMovedError,
    require_seen,
    tell_moved,
)
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    day_of,
    refused,
    text,
)
from abtpro_saas.clock import bangkok_day
from abtpro_saas.contracts.deals.finding import one_contract
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.office.acts import RentalRefund
from abtpro_saas.contracts.terms.durations import DurationError
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.ids import TenantId
from abtpro_saas.money import baht, parse_baht

KEYED = frozenset({"refund", "credit"})
"""Acts that may be done again: a key in their form tells a repeat."""

FIELDS = {
    "reason_needed": "reason",
    "credit_too_large": "amount",
    "invalid_amount": "amount",
    "invalid_duration": "duration",
    "invalid_grant_expiry": "last_day",
}

blp = Blueprint("acts_page", __name__, url_prefix="/admin/contracts/<uuid:contract_id>")

Act = Callable[[Access], None]


@blp.post("/renewal")
def renew(contract_id: UUID) -> Response:
    """Pay the next period from the member's wallet."""

    def act(access: Access) -> None:
        access.note(action="contract.renew", subject=contract_id, reason=_reason())
        acts.force_renew(
            *_key(access, contract_id), _reason(), by=access.user_id, now=access.now
        )

    return _done(contract_id, "renew", act, _("The next period is paid."))


@blp.post("/extension")
def extend(contract_id: UUID) -> Response:
    """Give the contract time, free of charge."""

    def act(access: Access) -> None:
        length = asked_length("duration")
        if length is None:
            raise DurationError("say how long", "duration")
        access.note(
            action="contract.extend",
            subject=contract_id,
            duration=length,
            reason=_reason(),
        )
        key = _key(access, contract_id)
        acts.give_time(*key, length, _reason(), by=access.user_id, now=access.now)

    return _done(contract_id, "extend", act, _("The time is given."))


@blp.post("/suspension")
def suspend(contract_id: UUID) -> Response:
    """Suspend the contract, whatever is paid."""

    def act(access: Access) -> None:
        access.note(action="contract.suspend", subject=contract_id, reason=_reason())
        key = _key(access, contract_id)
        acts.set_blocked(
            *key, _reason(), blocked=True, by=access.user_id, now=access.now
        )

    return _done(contract_id, "suspend", act, _("The contract is suspended."))


@blp.post("/suspension/end")
def unsuspend(contract_id: UUID) -> Response:
    """Lift a suspension."""

    def act(access: Access) -> None:
        access.note(action="contract.unsuspend", subject=contract_id, reason=_reason())
        key = _key(access, contract_id)
        acts.set_blocked(
            *key, _reason(), blocked=False, by=access.user_id, now=access.now
        )

    return _done(contract_id, "unsuspend", act, _("The suspension is lifted."))


@blp.post("/refund")
def refund(contract_id: UUID) -> Response:
    """Give a part of an invoice back to the wallet, with a credit note."""

    def act(access: Access) -> None:
        amount = parse_baht(text("amount").replace(",", ""))
        order = RentalRefund(
            _document(),
            amount,
            _reason(),
            f"{contract_id}:{access.user_id}:{_form_key()}",
        )
        access.note(
            action="contract.refund",
            subject=contract_id,
            amount=baht(amount),
            document_id=str(order.document_id),
            reason=_reason(),
        )
        acts.refund(
            *_key(access, contract_id), order, by=access.user_id, now=access.now
        )

    return _done(contract_id, "refund", act, _("The refund is in the wallet."))


@blp.post("/credit")
def give_credit(contract_id: UUID) -> Response:
    """Give the member credit, which pays charges before the wallet until it expires."""

    def act(access: Access) -> None:
        member = one_contract(*_key(access, contract_id)).user_id
        amount, expires_at = parse_baht(text("amount").replace(",", "")), _expiry()
        access.note(
            action="credit.grant",
            subject=member,
            amount=baht(amount),
            reason=_reason(),
        )
        grants.grant(
            access.session,
            access.tenant_id,
            member,
            amount,
            expires_at,
            _reason(),
            by=access.user_id,
            now=access.now,
            once=f"{access.user_id}:{_form_key()}",
        )

    return _done(contract_id, "credit", act, _("The credit is given."))


def _expiry() -> datetime:
    """Return the end of the last day on which the credit can be spent."""
    day = day_of(text("last_day"))
    if day is None:
        raise GrantExpiryError("say until when", "last_day")
    return bangkok_day(day)[1].astimezone(UTC)


def _done(contract_id: UUID, dialog: str, act: Act, said: str) -> Response:
    """Do ``act`` for who saw how the contract stands; say so on its page."""
    try:
        with tenant_access(scope="contracts:write") as access:
            contract = one_contract(access.session, access.tenant_id, contract_id)
            if dialog not in KEYED:
                require_seen(contract)
            act(access)
    except (ContractMovedError, PostedError) as error:
        refused(error)  # sent twice: the first one did it
        tell_moved()
    except ANSWERABLE as error:
        return draw(contract_id, refused(error, at=dialog, beside=FIELDS))
    else:
        flash(said)
    return redirect(url_for("contract_item_page.show", contract_id=contract_id), 303)


def _reason() -> str:
    return text("reason")


def _form_key() -> UUID:
    """Return the form's key, by which its repeat is known.

    Raises:
        InvalidError: it is none that a page has made.
    """
    try:
        return UUID(text("key"))
    except ValueError:
        raise InvalidError("open the page again and fill its form", "key") from None


def _document() -> UUID:
    try:
        return UUID(text("document_id"))
    except ValueError:
        raise NotFoundError("there is no such invoice") from None


def _key(access: Access, contract_id: UUID) -> tuple[Session, TenantId, UUID]:
    return access.session, access.tenant_id, contract_id
