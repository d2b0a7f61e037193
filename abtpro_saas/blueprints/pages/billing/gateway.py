"""A tenant's merchant at a payment gateway, as its admin connects it."""

from datetime import timedelta
from secrets import token_urlsafe

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing import accounts
from abtpro_saas.billing.accounts import (
    GatewayAccountError,
    Merchant,
    NoGatewayError,
)
from abtpro_saas.billing.gateways.catalogue import drivers, gateway
from abtpro_saas.billing.qr.promptpay import IdKind
from abtpro_saas.blueprints.billing.admin_gateway import listed_gateways, listed_url
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.frame import labels
from abtpro_saas.blueprints.pages.frame.forms import (
    AT_THE_DOOR,
    EMPTY,
    Form,
    text,
)
from abtpro_saas.blueprints.pages.identity.present_password import (
    confirmed_access,
    refused_form,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.money import parse_baht

LEAST_SECRET = 16
ROTATION = "rotation"
"""The form of a new secret; the page has another one."""

LONGEST_LIFE = 10_080
"""A week, in minutes."""

blp = Blueprint("gateway_page", __name__, url_prefix="/tenant/gateway")


@blp.get("")
def show() -> Response:
    """Show what is connected, and the form to connect something else."""
    return _page(EMPTY)


@blp.post("")
def change() -> Response:
    """Make the merchant that was sent the one that new top-ups are paid to.

    The password is asked for: a gateway of a thief's says what has been paid.
    """
    try:
        merchant = _merchant()
        secret = _secret(needed=gateway(merchant.driver).confirms != "MANUAL")
        with confirmed_access(scope="tenant:write") as access:
            access.note(action="gateway.set", subject=merchant.merchant_id)
            accounts.open_account(
                access.session,
                house().keyring,
                access.tenant_id,
                merchant,
                secret=secret,
                now=access.now,
            )
    except AT_THE_DOOR as error:
        return _page(refused_form(error, beside={"merchant_taken": "merchant_id"}))
    flash(_("Saved."))
    return redirect(url_for("gateway_page.show"), 303)


@blp.post("/secret")
def rotate() -> Response:
    """Take a new secret, and the password; the one before it holds until the next."""
    try:
        secret = _secret()
        with confirmed_access(scope="tenant:write") as access:
            account = accounts.active_account(access.session, access.tenant_id)
            access.note(action="gateway.rotate_secret", subject=account.merchant_id)
            accounts.rotate_secret(
                access.session,
                house().keyring,
                access.tenant_id,
                account.gateway_account_id,
                secret,
            )
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=ROTATION))
    flash(_("Saved."))
    return redirect(url_for("gateway_page.show"), 303)


def _merchant() -> Merchant:
    driver = text("driver")
    gateway(driver)
    kind = text("promptpay_kind")
    if kind and kind not in set(IdKind):
        raise GatewayAccountError("not a kind of PromptPay ID", "promptpay_kind")
    return Merchant(
        merchant_id=text("merchant_id"),
        driver=driver,
        base_url=listed_url(text("base_url")),
        biller_id=text("biller_id") or None,
        promptpay_id=text("promptpay_id") or None,
        promptpay_kind=IdKind(kind) if kind and text("promptpay_id") else None,
        least=parse_baht(text("least"), "least"),
        most=parse_baht(text("most"), "most"),
        qr_life=_life(text("qr_minutes")),
        hints="hints" in request.form,
    )


def _life(minutes: str) -> timedelta:
    if not minutes.isdecimal() or not 1 <= int(minutes) <= LONGEST_LIFE:
        raise GatewayAccountError("from one minute to a week", "qr_minutes")
    return timedelta(minutes=int(minutes))


def _secret(*, needed: bool = True) -> str:
    secret = text("secret")
    if not secret and not needed:
        return token_urlsafe(32)  # nobody signs: a secret that nobody knows
    if not LEAST_SECRET <= len(secret) <= accounts.LONGEST_SECRET:
        raise GatewayAccountError("a secret has 16 to 256 characters", "secret")
    return secret


def _page(form: Form) -> Response:
    with tenant_access(scope="tenant:read") as access:
        try:
            account = accounts.active_account(access.session, access.tenant_id)
        except NoGatewayError:
            account = None
        may_write = "tenant:write" in access.caller.scopes
    form = form.among({ROTATION} if account else set())
    return render(
        "tenant/gateway.html",
        status=form.status,
        form=form,
        gateway=account,
        drivers=[(name, labels.said(name)) for name in drivers()],
        urls=[(url, url) for url in listed_gateways()],
        may_write=may_write,
    )
