"""``abtpro operator create``."""

import argparse
from collections.abc import Sequence

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.runtime import house
from abtpro_saas.runtime.commands.arguments import password, tell, this_installation


def main(arguments: Sequence[str]) -> None:
    """Make an operator; password, authenticator secret and key are shown once."""
    asked = _parser().parse_args(arguments)
    chosen, now = password(asked.password_file), utc_now()
    settings = this_installation().complete_settings()
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
        told = {"authenticator": made.totp_uri}
        if not asked.password_file:
            told["password"] = chosen
        if asked.api_key:
            _, told["API key"] = operator_keys.mint_operator_key(
                session, made.operator_id, name=asked.api_key, now=now
            )
    tell(told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="abtpro operator")
    create = parser.add_subparsers(dest="action", required=True).add_parser("create")
    create.add_argument("email")
    create.add_argument("--name", required=True)
    create.add_argument(
        "--password-file",
        metavar="FILE",
        help="its first line is the password (- reads it from standard input);"
        " without it one is made and shown",
    )
    create.add_argument("--api-key", metavar="NAME", help="make an API key, too")
    return parser
