"""Another plan: what it would cost now or at the period's end, then the change."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing.grants import granted_balance
from abtpro_saas.billing.invoices import parties
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.pages.contracts.agreement import (
    ContractMovedError,
    mark_of,
    require_agreed,
    require_seen,
    tell_moved,
    topup_url,
)
from abtpro_saas.blueprints.pages.contracts.offers import Offer, Visitor, offers
from abtpro_saas.blueprints.pages.contracts.outlook import find_outlook
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.frame.refusals import message
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.deals.changing import (
    SamePlanError,
    Wish,
    change,
    preview,
)
from abtpro_saas.contracts.deals.finding import (
    ContractStateError,
    own_contract,
)
from abtpro_saas.contracts.deals.reckoning import Preview, charge_share, credit_share
from abtpro_saas.contracts.words import Billing, When
from abtpro_saas.money import Satang

CONFLICT = 409

blp = Blueprint("change_page", __name__, url_prefix="/contract/change")


@dataclass(frozen=True)
class Way:
    """One time at which the plan may change: what it costs, or why it may not.

    ``top_up`` is where to get what the wallet lacks for it.
    """

    when: When
    preview: Preview | None
    refusal: str | None = None
    top_up: str | None = None

    @property
    def missing(self) -> Satang:
        """What the wallet lacks."""
        lacks = -self.preview.balance_after if self.preview else 0
        return Satang(max(lacks, 0))

    @property
    def charged(self) -> str | None:
        """How the charge was reckoned, in words; None where it is a whole price."""
        share = charge_share(self.preview) if self.preview else None
        if share is None or self.preview is None:
            return None
        return share.words(self.preview.full_price, language())

    @property
    def returned(self) -> str | None:
        """How the credit was reckoned, in words."""
        found = self.preview
        share = credit_share(found) if found else None
        if share is None or found is None or found.running is None:
            return None
        words = share.words(found.running.paid, language())
        if share.of(found.running.paid) == found.credit:
            return words
        return str(_("%(reckoned)s, less what was refunded", reckoned=words))


@blp.get("")
def show() -> Response:
    """Show the plans; of the one that is named, what changing to it would cost."""
    return _page(EMPTY, request.args.get("plan"), request.args.get("billing"))


@blp.post("")
def confirm() -> Response:
    """Change the plan now, or plan the change for the period's end."""
    when = When.NOW if text("when") == When.NOW else When.PERIOD_END
    try:
        with tenant_access(scope="rental:write") as access:
            key = access.session, access.tenant_id, access.user_id
            require_seen(own_contract(*key))
            wish = Wish(text("plan"), when, _billing(text("billing")))
            require_agreed(preview(*key, wish, access.now).agreed)
            change(*key, wish, access.now)
            access.note(action="rental.change", plan=wish.plan, when=when)
    except (ContractMovedError, SamePlanError) as error:
        refused(error)  # sent twice: the first one has changed it
        tell_moved()
        return redirect(url_for("contract_page.show"), 303)
    except ANSWERABLE as error:
        return _page(refused(error), text("plan"), text("billing"))
    flash(_("Your plan is changed.") if when is When.NOW else _("Saved."))
    return redirect(url_for("contract_page.show"), 303)


@blp.post("/withdrawal")
def withdraw() -> Response:
    """Drop a planned change: the present plan goes on."""
    try:
        with tenant_access(scope="rental:write") as access:
            key = access.session, access.tenant_id, access.user_id
            found = find_outlook(*key, access.now)
            if found is not None and found.changes:
                kept = found.plan.code, Billing(found.contract.billing)
                wish = Wish(kept[0], When.PERIOD_END, kept[1])
                change(*key, wish, access.now)
            access.note(action="rental.change", plan=None)
    except ANSWERABLE as error:
        return _page(refused(error), None, None)
    flash(_("Your present plan goes on."))
    return redirect(url_for("contract_page.show"), 303)


def _billing(word: str | None) -> Billing | None:
    return Billing(word) if word in set(Billing) else None


def _page(form: Form, code: str | None, word: str | None) -> Response:
    with tenant_access(scope="rental:write", renewed=True) as access:
        key = access.session, access.tenant_id, access.user_id
        found = find_outlook(*key, access.now)
        if found is None or not found.may_change:
            where = "pricing_page.show" if found is None else "contract_page.show"
            return redirect(url_for(where))
        billing = _billing(word) or Billing(found.contract.billing)
        sold = offers(*key[:2], billing, Visitor(found), access.now)
        chosen = next((o for o in sold if o.plan.code == (code or "").upper()), None)
        context: dict[str, Any] = {
            "outlook": found,
            "billing": billing,
            "seen": mark_of(found.contract),
            "granted": granted_balance(*key, access.now),
            "vat": parties.vat_rate(*key[:2], access.now),
            "offers": sold,
            "chosen": chosen,
            "ways": _ways(access, chosen) if chosen else (),
        }
    return render("change/show.html", status=form.status, form=form, **context)


def _ways(access: Access, chosen: Offer) -> list[Way]:
    """Return both times at which the plan may change, the earlier one first."""
    whens = (When.NOW, When.PERIOD_END)
    return [
        _way(access, Wish(chosen.plan.code, when, chosen.billing)) for when in whens
    ]


def _way(access: Access, wish: Wish) -> Way:
    key = access.session, access.tenant_id, access.user_id
    try:
        way = Way(wish.when, preview(*key, wish, access.now))
    except ContractStateError as error:
        return Way(wish.when, None, message(error.code, CONFLICT))
    if not way.missing:
        return way
    there = url_for("change_page.show", plan=wish.plan, billing=wish.billing)
    return replace(way, top_up=topup_url(way.missing, there))
