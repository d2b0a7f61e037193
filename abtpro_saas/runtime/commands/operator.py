"""``abtpro operator create | renew | code``."""

import argparse
from collections.abc import Sequence
from datetime import datetime

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.access import totp
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import renewal
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.runtime import house
from abtpro_saas.runtime.commands.arguments import (
    needed_settings,
    password,
    tell,
    this_installation,
)
from abtpro_saas.runtime.installation import InstallationError
from abtpro_saas.runtime.preparation import read_demo
from abtpro_saas.settings import SettingError


def main(arguments: Sequence[str]) -> None:
    """Let operators in; what is made for them is shown once."""
    asked = _parser().parse_args(arguments)
    actions = {"create": _create, "renew": _renew, "code": _code}
    actions[asked.action](asked, utc_now())


def _create(asked: argparse.Namespace, now: datetime) -> None:
    chosen = password(asked.password_file)
    settings = needed_settings("house")
    with (
        house.opened(settings) as opened,
        plain_transaction(opened.operators) as session,
    ):
        made = operators.create_operator(
            session,
            opened.keyring,
            email=asked.email,
            name=asked.name,
            password=chosen,
            now=now,
        )
        told = _told(made, chosen, asked)
        if asked.api_key:
            _, told["API key"] = operator_keys.mint_operator_key(
                session, made.operator_id, name=asked.api_key, now=now
            )
    tell(told)


def _renew(asked: argparse.Namespace, now: datetime) -> None:
    chosen = password(asked.password_file)
    settings = needed_settings("house")
    with (
        house.opened(settings) as opened,
        plain_transaction(opened.operators) as session,
    ):
        made = renewal.renew_operator(session, opened.keyring, asked.email, chosen, now)
    tell(_told(made, chosen, asked))


def _code(_asked: argparse.Namespace, now: datetime) -> None:
    """Show what the demo operator's authenticator would show.

    Raises:
        SettingError: this is no local installation.
        InstallationError: it has no demo yet.
    """
    installation = this_installation(new=False)
    if not installation.settings.is_local:
        raise SettingError("ABTPRO_ENV: expected local, where a demo operator exists")
    held = read_demo(installation).get("operator")
    if held is None:
        raise InstallationError(
            f"{installation.home} has no demo.json yet: `./dev up` writes it"
        )
    left_s = totp.PERIOD_S - int(now.timestamp()) % totp.PERIOD_S
    tell(
        {
            "operator": held["email"],
            "code": totp.code_at(held["totp_secret"], now),
            "good for": f"one sign-in; the next code comes in {left_s} s",
        }
    )


def _told(
    made: operators.NewOperator, chosen: str, asked: argparse.Namespace
) -> dict[str, str]:
    told = {"authenticator": made.totp_uri}
    return told if asked.password_file else told | {"password": chosen}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="abtpro operator")
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make an operator")
    create.add_argument("email")
    create.add_argument("--name", required=True)
    create.add_argument("--api-key", metavar="NAME", help="make an API key, too")
    renew = actions.add_parser(
        "renew", help="give who lost theirs a new password and authenticator"
    )
    renew.add_argument("email")
    for action in (create, renew):
        action.add_argument(
            "--password-file",
            metavar="FILE",
            help="its first line is the password (- reads it from standard input);"
            " without it one is made and shown",
        )
    actions.add_parser("code", help="the demo operator's present code (local only)")
    return parser
