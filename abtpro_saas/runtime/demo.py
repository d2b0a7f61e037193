"""The demo: two tenants with people, keys and merchants, and an operator.

Passwords and keys are random for each installation. They are kept in a draft that is
written just before each commit, so a start that broke off is taken up where it ended;
``demo.json`` appears when all is there. What it says opens: people who are there
already with other passwords (a backup of another home was restored) get the draft's.
"""

import json
import secrets
import string
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.billing import grants
from abtpro_saas.billing.accounts import Merchant
from abtpro_saas.contracts.deals.buying import Purchase, buy
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.database import existing, plain_transaction, tenant_transaction
from abtpro_saas.errors import NotFoundError, UnauthenticatedError
from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.access import credentials
from abtpro_saas.identity.access.passwords import verify_password
from abtpro_saas.identity.hosts import host_rules
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.limits import KeyLimits
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import renewal
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.operators.service import NewOperator, OperatorTakenError
from abtpro_saas.identity.roles import SCOPES, Role
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import TenantId
from abtpro_saas.money import Satang
from abtpro_saas.runtime.house import House
from abtpro_saas.runtime.installation import Installation, write_private
from abtpro_saas.runtime.merchants import keep_merchant, register_at_simulator
from abtpro_saas.runtime.preparation import DEMO, addresses

TENANTS = {"siam": "Siam Trading School", "lanna": "Lanna Capital"}
PEOPLE = {
    "siam": {
        "admin@siam.example": ("Ploy Srisai", Role.ADMIN),
        "anan@siam.example": ("Anan Wongsa", Role.TRADER),
        "mali@siam.example": ("Mali Chaiyo", Role.TRADER),
    },
    "lanna": {
        "admin@lanna.example": ("Kamol Inta", Role.ADMIN),
        "nara@lanna.example": ("Nara Kaewta", Role.TRADER),
        "tawan@lanna.example": ("Tawan Promma", Role.TRADER),
    },
}
OPERATOR = "operator@abtpro.example"
DRAFT = "demo.draft.json"
PLAN = "ENTERPRISE"
CREDIT = Satang(12 * 499_900)
CREDIT_LASTS = timedelta(days=400)
"""What the first trader of each tenant pays the plan with; the second has none."""

WEBHOOK = "/api/v1/payment/webhook/promptpay"
HERE = "127.0.0.1"

_LETTERS = [c for c in string.ascii_lowercase + string.digits if c not in "l1o0i"]


class Draft:
    """What is random in the demo, by name; kept before it is used."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: dict[str, str] = (
            json.loads(file.read_text("utf-8")) if file.is_file() else {}
        )

    def get(self, name: str) -> str:
        """Return what is kept under ``name``, or nothing."""
        return self._held.get(name, "")

    def keep(self, name: str, value: str) -> str:
        """Keep ``value`` under ``name``."""
        self._held[name] = value
        write_private(self._file, json.dumps(self._held, indent=2) + "\n")
        return value

    def password(self, name: str) -> str:
        """Return the password kept under ``name``, made now if there is none."""
        groups = ["".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in "four"]
        return self.get(name) or self.keep(name, "-".join(groups))


def seed(installation: Installation, house: House, now: datetime) -> None:
    """Make what is missing of the demo, then write demo.json."""
    draft = Draft(installation.home / DRAFT)
    told: dict[str, Any] = {
        **addresses(installation),
        "operator": _operator(house, draft, now),
        "tenants": [_tenant(house, draft, slug, now) for slug in TENANTS],
    }
    _register_main(house)
    write_private(
        installation.home / DEMO,
        json.dumps(told, indent=2, ensure_ascii=False) + "\n",
    )


def _operator(house: House, draft: Draft, now: datetime) -> dict[str, str]:
    password, named = draft.password(f"{OPERATOR} password"), f"{OPERATOR} key"
    secret = draft.get(f"{OPERATOR} totp")
    with plain_transaction(house.operators) as session:
        if not renewal.fits_operator(
            session, house.keyring, OPERATOR, password, secret
        ):
            made = _let_operator_in(house, session, password, now)
            secret = draft.keep(f"{OPERATOR} totp", made.totp_secret)
    with plain_transaction(house.operators) as session:
        if not _opens_operators(house, draft.get(named), now):
            found = existing(operators.find_operator(session, OPERATOR)).operator_id
            _, key = operator_keys.mint_operator_key(
                session, found, name="Demo", now=now
            )
            draft.keep(named, key)
    return {
        "email": OPERATOR,
        "password": password,
        "api_key": draft.get(named),
        "totp_secret": secret,
    }


def _let_operator_in(
    house: House, session: Session, password: str, now: datetime
) -> NewOperator:
    """Make the operator; who came with a restored database is given new secrets."""
    try:
        return operators.create_operator(
            session,
            house.keyring,
            email=OPERATOR,
            name="Demo Operator",
            password=password,
            now=now,
        )
    except OperatorTakenError:
        return renewal.renew_operator(session, house.keyring, OPERATOR, password, now)


def _opens_operators(house: House, key: str, now: datetime) -> bool:
    try:
        return bool(key) and bool(
            operator_keys.authenticate_operator_key(house.operators, key, HERE, now)
        )
    except UnauthenticatedError:
        return False


def _tenant(house: House, draft: Draft, slug: str, now: datetime) -> dict[str, Any]:
    tenant_id = _tenant_id(house, slug, now)
    number = list(TENANTS).index(slug) + 1
    merchant = Merchant(
        merchant_id=f"{slug}-merchant",
        base_url=house.settings.payment_gateway_url,
        biller_id=f"09940000000{number:02d}00",
    )
    secret = draft.get(f"{slug} webhook") or draft.keep(
        f"{slug} webhook", secrets.token_urlsafe(32)
    )
    keep_merchant(house.app, house.keyring, tenant_id, merchant, secret=secret, now=now)
    _register(house, merchant, TENANTS[slug], secret)
    users = [_user(house, draft, tenant_id, who, now) for who in PEOPLE[slug]]
    _rent(house, tenant_id, slug, now)
    return {
        "slug": slug,
        "name": TENANTS[slug],
        "merchant_id": merchant.merchant_id,
        "webhook_secret": secret,
        "users": users,
    }


def _tenant_id(house: House, slug: str, now: datetime) -> TenantId:
    hosts = [host_rules(house.settings).own_host(slug)]
    with plain_transaction(house.operators) as session:
        try:
            return tenants.find_by_slug(session, slug).tenant_id
        except NotFoundError:
            made = tenants.create_tenant(
                session,
                slug=slug,
                name=TENANTS[slug],
                hosts=hosts,
                now=now,
                sign_up=True,
            )
            return made.tenant_id


def _user(
    house: House, draft: Draft, tenant_id: TenantId, email: str, now: datetime
) -> dict[str, str]:
    password, named = draft.password(f"{email} password"), f"{email} key"
    slug = email.partition("@")[2].partition(".")[0]
    name, role = PEOPLE[slug][email]
    with tenant_transaction(house.app, tenant_id) as session:
        user = people.find_user(session, tenant_id, email) or people.create_user(
            session, tenant_id, email=email, name=name, role=role,
            password=password, now=now,
        )  # fmt: skip
        if not verify_password(user.password_hash, password):
            # Restored from another installation, say: what is printed here must open.
            credentials.set_password(session, tenant_id, user.user_id, password, now)
        if not _opens(house, draft.get(named), now):
            draft.keep(named, _mint(session, user, role, now))
    return {
        "email": email,
        "password": password,
        "role": role.value,
        "api_key": draft.get(named),
    }


def _rent(house: House, tenant_id: TenantId, slug: str, now: datetime) -> None:
    """Let the tenant's first trader rent the largest plan, on credit for a year."""
    admin, trader, _ = PEOPLE[slug]
    with tenant_transaction(house.app, tenant_id) as session:
        giver, renter = (
            existing(people.find_user(session, tenant_id, who)).user_id
            for who in (admin, trader)
        )
        if find_contract(session, tenant_id, renter) is not None:
            return
        credit = session, tenant_id, renter, CREDIT, now + CREDIT_LASTS, "Demo"
        grants.grant(*credit, by=giver, now=now)
        buy(session, tenant_id, renter, Purchase(PLAN, auto_renew=True), now)


def _opens(house: House, key: str, now: datetime) -> bool:
    try:
        return bool(key) and bool(keys.authenticate_key(house.app, key, HERE, now))
    except UnauthenticatedError:
        return False


def _mint(session: Session, user: User, role: Role, now: datetime) -> str:
    scopes = SCOPES[role]
    return keys.mint_key(
        session, user.tenant_id, user.user_id,
        name="Demo", scopes=scopes, limits=KeyLimits(scopes), now=now,
    ).plain  # fmt: skip


def _register_main(house: House) -> None:
    settings = house.settings
    merchant = Merchant(
        settings.promptpay_merchant_id, biller_id=settings.promptpay_biller_id or None
    )
    if merchant.merchant_id and merchant.biller_id:
        _register(house, merchant, "ABTPro", settings.promptpay_webhook_secret)


def _register(house: House, merchant: Merchant, name: str, secret: str) -> None:
    # The simulator knocks at the address itself: it need not resolve our host name.
    here = f"http://{HERE}:{house.settings.port}"
    register_at_simulator(
        house.settings.payment_gateway_url,
        merchant,
        secrets=[secret],
        name=name,
        callback_url=here + WEBHOOK,
    )
