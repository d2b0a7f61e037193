"""What each database role may change, column by column."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from abtpro_saas.database import plain_transaction, tenant_transaction


@pytest.mark.parametrize(
    "change", ["slug = 'other'", "suspended_at = now()", "created_at = now()"]
)
def test_a_tenant_changes_neither_its_name_in_urls_nor_its_standing(
    engine, tenant, change
):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_transaction(engine, tenant) as session,
    ):
        session.execute(text(f"UPDATE tenants SET {change}"))


@pytest.mark.parametrize(
    "change", ["kind = 'x'", "message = '{}'", "process_id = 'x'", "tenant_id = NULL"]
)
def test_the_relay_changes_no_message(relay_engine, change):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        plain_transaction(relay_engine) as session,
    ):
        session.execute(text(f"UPDATE outbox SET {change}"))


@pytest.mark.parametrize("role", ["engine", "relay_engine", "operator_engine"])
def test_no_role_makes_tables_of_its_own(request, role):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        plain_transaction(request.getfixturevalue(role)) as session,
    ):
        session.execute(text("CREATE TEMP TABLE mine (n int)"))
