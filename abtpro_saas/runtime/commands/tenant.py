"""``abtpro tenant create | set | list | second-factor-off``."""

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.billing.accounts import Merchant
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.qr.promptpay import IdKind
from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.identity import audit, people, tenants
from abtpro_saas.identity.hosts import host_rules
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.words import ActorKind, Locale
from abtpro_saas.ids import TenantId
from abtpro_saas.notifications import account
from abtpro_saas.runtime import house
from abtpro_saas.runtime.commands.arguments import first_line, needed_settings, tell
from abtpro_saas.runtime.house import House
from abtpro_saas.runtime.merchants import set_merchant

BRAND = (
    "name",
    "accent",
    "logo_url",
    "locale",
    "sign_up",
    "vat_basis_points",
    "prices_include_vat",
)
PAGE = 200
MERCHANT_HELP = (
    "opens this account, or changes of it what is given; top-ups are paid to it from"
    " then on"
)


def main(arguments: Sequence[str]) -> None:
    """Work on tenants as an operator does."""
    asked = _parser().parse_args(arguments)
    actions = {
        "create": _create,
        "set": _set,
        "list": _list,
        "second-factor-off": _second_factor_off,
    }
    with house.opened(needed_settings("house")) as opened:
        actions[asked.action](opened, asked, utc_now())


def _create(opened: House, asked: argparse.Namespace, now: datetime) -> None:
    _check(asked)
    own = host_rules(opened.settings).own_host(asked.slug)
    with plain_transaction(opened.operators) as session:
        made = tenants.create_tenant(
            session,
            slug=asked.slug,
            name=asked.name or asked.slug,
            hosts=[own, *(asked.host or ())],
            now=now,
        )
        _change_brand(session, made.tenant_id, asked)
    told = {"tenant": str(made.tenant_id), "host": own}
    told |= _admin(opened, made.tenant_id, asked.admin, now)
    tell(told | _merchant(opened, made.tenant_id, asked, now))


def _set(opened: House, asked: argparse.Namespace, now: datetime) -> None:
    _check(asked)
    rules = host_rules(opened.settings)
    with plain_transaction(opened.operators) as session:
        found = tenants.find_by_slug(session, asked.slug)
        _change_brand(session, found.tenant_id, asked)
        if asked.host is not None:
            hosts = [rules.own_host(asked.slug), *asked.host]
            tenants.set_hosts(session, found.tenant_id, hosts, now, rules=rules)
    told = {"tenant": str(found.tenant_id)}
    told |= _admin(opened, found.tenant_id, asked.admin, now)
    tell(told | _merchant(opened, found.tenant_id, asked, now))


def _list(opened: House, _asked: argparse.Namespace, _now: datetime) -> None:
    last: str | None = None
    with plain_transaction(opened.operators) as session:
        while page := tenants.list_tenants(session, after=last, limit=PAGE):
            for tenant in page:
                hosts = " ".join(tenants.list_hosts(session, tenant.tenant_id))
                state = "suspended" if tenant.suspended_at else "open"
                tell({f"{tenant.slug:<20}": f"{state:<10} {tenant.name}  ({hosts})"})
            last = page[-1].slug


def _second_factor_off(opened: House, asked: argparse.Namespace, now: datetime) -> None:
    """Let in whoever lost phone and codes where no other admin can, as the only one."""
    with plain_transaction(opened.operators) as session:
        tenant_id = tenants.find_by_slug(session, asked.slug).tenant_id
    with tenant_transaction(opened.app, tenant_id) as session:
        user = people.find_user(session, tenant_id, asked.email)
        if user is None:
            raise NotFoundError("nobody at this tenant has this e-mail address")
        was_on = account.remove_second_factor(
            session, tenant_id, user.user_id, now, by=None
        )
        audit.record(
            session,
            tenant_id=tenant_id,
            actor_kind=ActorKind.OPERATOR,
            actor_id=None,
            action="member.remove_second_factor",
            subject=str(user.user_id),
            detail={"was_on": was_on},
            now=now,
        )
    tell({user.email: "the second step is off" if was_on else "it was off already"})


def _change_brand(
    session: Session, tenant_id: TenantId, asked: argparse.Namespace
) -> None:
    given = {name: getattr(asked, name) for name in BRAND}
    if any(value is not None for value in given.values()):
        tenants.update_tenant(session, tenant_id, **given)


def _admin(
    opened: House, tenant_id: TenantId, email: str | None, now: datetime
) -> dict[str, str]:
    """Let somebody in who then invites the others."""
    if email is None:
        return {}
    password = secrets.token_urlsafe(15)
    with tenant_transaction(opened.app, tenant_id) as session:
        people.create_user(
            session,
            tenant_id,
            email=email,
            name=email.partition("@")[0],
            role=Role.ADMIN,
            password=password,
            now=now,
        )
    return {"admin": email, "password": password}


def _merchant(
    opened: House, tenant_id: TenantId, asked: argparse.Namespace, now: datetime
) -> dict[str, str]:
    """Make a merchant the tenant's active one, and change of it what is given."""
    given = _gateway_options(asked)
    merchant_id = given.pop("merchant_id", None)
    if merchant_id is None:
        return {}
    file = asked.webhook_secret_file
    made = set_merchant(
        opened.app,
        opened.keyring,
        tenant_id,
        merchant_id,
        given,
        secret=first_line(file) if file else None,
        now=now,
    )
    told = {"merchant": merchant_id}
    return told if made is None else told | {"webhook secret": made}


def _gateway_options(asked: argparse.Namespace) -> dict[str, Any]:
    named = {field.name for field in fields(Merchant)}
    given = {name: value for name, value in vars(asked).items() if name in named}
    return {name: value for name, value in given.items() if value is not None}


def _check(asked: argparse.Namespace) -> None:
    """Refuse what could have no effect, before anything else has one.

    Raises:
        InvalidError: a gateway option says nothing of which merchant, or no driver's
            name.
    """
    given = _gateway_options(asked)
    if "merchant_id" not in given and (given or asked.webhook_secret_file):
        raise InvalidError("say with --merchant-id which gateway account is meant")
    if "driver" in given:
        gateway(given["driver"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="abtpro tenant")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="show every tenant with its hosts")
    for action, text in (
        ("create", "make a tenant"),
        ("set", "change what is given of a tenant"),
    ):
        _add_options(actions.add_parser(action, help=text))
    lost = actions.add_parser(
        "second-factor-off",
        help="take a lost second factor from a member, such as a tenant's only admin",
    )
    lost.add_argument("slug")
    lost.add_argument("email")
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    yes_or_no = argparse.BooleanOptionalAction
    parser.add_argument("slug")
    parser.add_argument("--name")
    parser.add_argument("--accent", metavar="#RRGGBB", help="colour of the brand")
    parser.add_argument("--logo-url")
    parser.add_argument("--locale", choices=list(Locale), type=Locale)
    parser.add_argument("--sign-up", action=yes_or_no, help="visitors may register")
    parser.add_argument("--vat-basis-points", type=int, help="700 is 7 %%")
    parser.add_argument("--prices-include-vat", action=yes_or_no)
    parser.add_argument("--host", action="append", help="a domain of its own")
    parser.add_argument("--admin", metavar="EMAIL", help="make its first admin")
    gateway = parser.add_argument_group("gateway account")
    gateway.add_argument("--merchant-id", help=MERCHANT_HELP)
    gateway.add_argument("--driver", help="generic, classic or manual")
    gateway.add_argument("--base-url", help="where the gateway answers")
    gateway.add_argument("--biller-id", help="15 digits, for bill payment")
    gateway.add_argument("--promptpay-id", help="for credit transfers")
    gateway.add_argument("--promptpay-kind", choices=list(IdKind), type=IdKind)
    gateway.add_argument(
        "--webhook-secret-file",
        metavar="FILE",
        help="its first line is the secret (- reads it from standard input);"
        " without it a new account is given one, which is shown, and another keeps its",
    )
