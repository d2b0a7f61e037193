"""The next period, paid by hand: what it costs first, then the payment."""

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
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.deals.finding import (
    ContractBlockedError,
    ContractStateError,
    find_contract,
    own_contract,
)
from abtpro_saas.contracts.deals.paying import Span, spendable
from abtpro_saas.contracts.deals.renewing import quote_renewal, renew
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.words import Billing
from abtpro_saas.money import Satang

blp = Blueprint("renewal_page", __name__, url_prefix="/contract/renewal")


@blp.get("")
def show() -> Response:
    """Show what the next period costs, on another plan if one is named."""
    return _page(EMPTY, request.args.get("plan"), request.args.get("billing"))


@blp.post("")
def pay() -> Response:
    """Pay for the next period from the wallet."""
    plan, billing = text("plan") or None, _billing(text("billing"))
    try:
        with tenant_access(scope="rental:write") as access:
            key = access.session, access.tenant_id, access.user_id
            contract = own_contract(*key)
            require_seen(contract)
            require_agreed(_quote(access, contract, plan, billing).paid)
            renew(*key, access.now, plan_code=plan, billing=billing)
            access.note(action="rental.renew", plan=plan)
    except ContractMovedError as error:
        refused(error)  # sent twice: the first one has paid
        tell_moved()
        return redirect(url_for("contract_page.show"), 303)
    except ANSWERABLE as error:
        return _page(refused(error), plan, billing)
    flash(_("Renewed. Thank you."))
    return redirect(url_for("contract_page.show"), 303)


def _billing(word: str | None) -> Billing | None:
    return Billing(word) if word in set(Billing) else None


def _quote(
    access: Access, contract: Contract, plan: str | None, billing: Billing | None
) -> Span:
    return quote_renewal(
        access.session, contract, access.now, plan_code=plan, billing=billing
    )


def _page(form: Form, plan: str | None, word: str | None) -> Response:
    billing = _billing(word)
    try:
        with tenant_access(scope="rental:write", renewed=True) as access:
            key = access.session, access.tenant_id, access.user_id
            contract = find_contract(*key)
            if contract is None:
                return redirect(url_for("pricing_page.show"))
            quoted = _quote(access, contract, plan, billing)
            held = spendable(*key, access.now)
            granted = granted_balance(*key, access.now)
            vat = parties.vat_rate(*key[:2], access.now)
    except (ContractStateError, ContractBlockedError) as error:
        refused(error)  # too early, or renewed by itself meanwhile
        return redirect(url_for("contract_page.show"), 303)
    missing = Satang(max(quoted.paid - held, 0))
    back = url_for("renewal_page.show", plan=plan, billing=billing)
    return render(
        "contract/renewal.html",
        status=form.status,
        form=form,
        quote=quoted,
        named={"plan": plan or "", "billing": billing or ""},
        seen=mark_of(contract),
        balance=held,
        granted=granted,
        missing=missing,
        top_up=topup_url(missing, back) if missing else None,
        vat=vat,
    )
