"""The reader's contract: how it stands, what it gives, what comes next, what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing.grants import granted_balance
from abtpro_saas.billing.invoices import issuing
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.pages.contracts.agreement import (
    ContractMovedError,
    PriceChangedError,
    mark_of,
    require_agreed,
    require_seen,
    tell_moved,
)
from abtpro_saas.blueprints.pages.contracts.offers import given, limits_of
from abtpro_saas.blueprints.pages.contracts.outlook import Outlook, find_outlook
from abtpro_saas.blueprints.pages.contracts.story import stories
from abtpro_saas.blueprints.pages.contracts.wording import plan_names
from abtpro_saas.blueprints.pages.frame.forms import EMPTY, Form, refused, text
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.claims import used_limits
from abtpro_saas.contracts.deals.due import taken_at_once
from abtpro_saas.contracts.deals.ending import cancel, resume, set_auto_renew
from abtpro_saas.contracts.deals.finding import ContractStateError, own_contract
from abtpro_saas.contracts.history import TOPIC, history
from abtpro_saas.contracts.office.listing import periods_of
from abtpro_saas.contracts.tables import Event, Period, Plan
from abtpro_saas.contracts.terms.standing import status_of
from abtpro_saas.contracts.words import ContractStatus, EventKind, When
from abtpro_saas.identity.people import get_user
from abtpro_saas.ids import UserId
from abtpro_saas.money import Satang

RECENT = 12
"""Events that are shown at once; older ones are behind a fold."""

AUTO_RENEWAL = "auto-renewal"
"""The dialog that asks before a switch takes money."""

blp = Blueprint("contract_page", __name__, url_prefix="/contract")


@blp.get("")
def show() -> Response:
    """Show the reader's contract; a renewal that is due is tried first."""
    return _page(EMPTY)


@blp.post("/auto-renewal")
def auto_renewal() -> Response:
    """Let the contract renew itself from the wallet, or not.

    What that takes at once, because a period has ended unpaid, is asked first.
    """
    on = text("on") == "yes"
    try:
        with tenant_access(scope="rental:write") as access:
            key = access.session, access.tenant_id, access.user_id
            asks = on and not _is_agreed(access)
            if not asks:
                set_auto_renew(*key, access.now, on=on)
                access.note(action="rental.auto_renew", on=on)
    except ContractMovedError as error:
        refused(error)
        tell_moved()
        return redirect(url_for("contract_page.show"), 303)
    except PriceChangedError as error:
        return _page(refused(error, at=AUTO_RENEWAL))
    if asks:
        return _page(Form(at=AUTO_RENEWAL))
    said = _("Your plan renews itself.") if on else _("Your plan is renewed by hand.")
    return _back(said)


def _is_agreed(access: Access) -> bool:
    """Tell whether the form showed what switching it on takes at once, if anything.

    Raises:
        PriceChangedError: it showed another amount.
        ContractMovedError: the contract stood otherwise.
    """
    contract = own_contract(access.session, access.tenant_id, access.user_id)
    amount = taken_at_once(access.session, contract, access.now)
    if not amount:
        return True
    if "agreed" not in request.form:
        return False
    require_seen(contract)
    require_agreed(amount)
    return True


@blp.post("/cancellation")
def cancellation() -> Response:
    """Let the contract end with its period, or now where that was chosen."""
    when = When.NOW if text("when") == When.NOW else When.PERIOD_END
    with tenant_access(scope="rental:write") as access:
        key = access.session, access.tenant_id, access.user_id
        ended = cancel(*key, when, access.now)
        access.note(action="rental.cancel", when=when)
        over = status_of(ended, access.now) is ContractStatus.CANCELLED
    return _back(_("Your contract has ended.") if over else _("Cancelled."))


@blp.post("/resumption")
def resumption() -> Response:
    """Take a cancellation back while the paid period runs."""
    try:
        with tenant_access(scope="rental:write") as access:
            resume(access.session, access.tenant_id, access.user_id, access.now)
            access.note(action="rental.resume")
    except ContractStateError as error:
        refused(error)  # the page shows that it has ended meanwhile
        return redirect(url_for("contract_page.show"), 303)
    return _back(_("Your contract goes on."))


def _back(said: str) -> Response:
    flash(said)
    return redirect(url_for("contract_page.show"), 303)


def _page(form: Form) -> Response:
    with tenant_access(scope="rental:read", renewed=True) as access:
        context = _context(access)
    return render(
        "contract/show.html",
        fragment="contract/_state.html",
        status=form.status,
        form=form,
        **context,
    )


def _context(access: Access) -> dict[str, Any]:
    session, tenant_id, user_id = access.session, access.tenant_id, access.user_id
    found = find_outlook(session, tenant_id, user_id, access.now)
    context: dict[str, Any] = {
        "outlook": found,
        "live_url": events_url(access.caller, TOPIC, user_id),
        "may_write": "rental:write" in access.caller.scopes,
    }
    return context if found is None else context | _details(access, found)


def _details(access: Access, found: Outlook) -> dict[str, Any]:
    session, tenant_id = access.session, access.tenant_id
    contract_id, features = found.contract.contract_id, found.plan.features
    names = plan_names(session, tenant_id, access.now)
    events = history(session, tenant_id, contract_id)
    happened = stories(events, names, exact=found.is_short)
    periods = periods_with_plans(access, found)
    return {
        "may_cancel": _may_cancel(access, found),
        "at_once": taken_at_once(session, found.contract, access.now),
        "seen": mark_of(found.contract),
        "granted": granted_balance(session, tenant_id, access.user_id, access.now),
        "blocked_by": _blocked_by(access, found, events),
        "ahead": paid_ahead([row["period"] for row in periods], access.now),
        "features": given(features),
        "used": used_limits(session, tenant_id, access.user_id, limits_of(features)),
        "recent": happened[:RECENT],
        "earlier": happened[RECENT:],
        "periods": periods,
    }


def _may_cancel(access: Access, found: Outlook) -> bool:
    over = found.status is ContractStatus.CANCELLED or found.ends
    return "rental:write" in access.caller.scopes and not over and not found.is_blocked


def _blocked_by(access: Access, found: Outlook, events: Sequence[Event]) -> str | None:
    """Return the name of the admin who has suspended the contract."""
    acted = (each.actor_id for each in events if each.kind == EventKind.BLOCKED)
    admin_id = next(acted, None)
    if not found.is_blocked or admin_id is None:
        return None
    return get_user(access.session, access.tenant_id, UserId(admin_id)).name


@dataclass(frozen=True)
class Ahead:
    """What is paid for periods [first, last) that have not begun; in satang."""

    amount: Satang
    first: datetime
    last: datetime


def paid_ahead(periods: Sequence[Period], now: datetime) -> Ahead | None:
    """Return what is lost beside the running period if the contract ends now."""
    coming = [each for each in periods if each.period_start > now and each.paid]
    if not coming:
        return None
    return Ahead(
        Satang(sum(each.paid for each in coming)),
        min(each.period_start for each in coming),
        max(each.period_end for each in coming),
    )


def periods_with_plans(access: Access, found: Outlook) -> list[dict[str, Any]]:
    """Return each period with its end, its plan and its document."""
    session, tenant_id = access.session, access.tenant_id
    rows = periods_of(session, tenant_id, found.contract.contract_id)
    ends = found.contract.period_end  # a cancellation at once cuts the last one short
    return [
        {
            "period": row,
            "until": min(row.left_at or row.period_end, ends),
            "plan": session.get_one(Plan, (tenant_id, row.plan_id)),
            "document": row.document_id
            and issuing.get_document(session, tenant_id, row.document_id),
        }
        for row in rows
    ]
