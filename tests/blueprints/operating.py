"""Operators for the tests of what is theirs."""

from uuid import uuid4

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.identity.access import passwords
from abtpro_saas.identity.operators import keys as operator_keys
from abtpro_saas.identity.operators import service as operators


def new_operator_key(engine, keyring):
    """Make an operator; return a key of theirs."""
    with plain_transaction(engine) as session:
        made = operators.create_operator(
            session,
            keyring,
            email=f"{uuid4().hex}@example.com",
            name="Nok",
            password="correct horse battery",
            now=utc_now(),
            profile=passwords.QUICK,
        )
        _, key = operator_keys.mint_operator_key(
            session, made.operator_id, name="CI", now=utc_now()
        )
    return key
