"""How every table, role and function is built, asked of the catalogue."""

CONDITION = (
    "(tenant_id = "
    "(NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"
)
OTHERS = {"abtpro_relay", "abtpro_operator", "abtpro_lookup"}


def ask(stage, query, *values):
    return stage.connection.execute(query, values).fetchall()


def test_row_security_is_on_and_forced(stage):
    query = (
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE oid = %s::regclass"
    )
    lax = [t for t in stage.catalogue.owned if ask(stage, query, t) != [(True, True)]]

    assert lax == []


def test_one_policy_holds_for_the_application_and_it_is_the_tenants(stage):
    odd = {}
    for table in stage.catalogue.owned:
        general = [
            rule
            for rule in stage.catalogue.policies(table)
            if not set(rule[1]) <= OTHERS
        ]
        if general != [("tenant", ["public"], "*", CONDITION, CONDITION)]:
            odd[table] = general

    assert odd == {}


def test_primary_keys_begin_with_the_tenant(stage):
    keys = {t: stage.catalogue.constraints(t, "p") for t in stage.catalogue.owned}

    assert [t for t, key in keys.items() if key[0].columns[0] != "tenant_id"] == []


def test_foreign_keys_begin_with_the_tenant(stage):
    loose = [
        key.name
        for table in stage.catalogue.owned
        for key in stage.catalogue.foreign_keys(table)
        if (key.columns[0], key.parent_columns[0]) != ("tenant_id", "tenant_id")
    ]

    assert loose == []


def test_every_row_belongs_to_a_tenant_that_exists(stage):
    orphans = [
        table
        for table in stage.catalogue.owned
        if table != "tenants"
        and not any(
            (key.columns, key.parent) == (("tenant_id",), "tenants")
            for key in stage.catalogue.constraints(table, "f")
        )
    ]

    assert orphans == []


def test_a_unique_key_begins_with_the_tenant_or_says_why_not(stage):
    unexplained = [
        name
        for table in stage.catalogue.owned
        for name, first, comment in stage.catalogue.unique_indexes(table)
        if first != "tenant_id" and not comment.startswith("global: ")
    ]

    assert unexplained == []


def test_tables_without_a_tenant_are_closed_to_the_application(stage):
    rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    opened = [
        (table, right)
        for table in stage.catalogue.common
        for right in rights
        if stage.catalogue.may(right, table)
    ]

    # Which migrations stand is no secret, and health asks it.
    assert opened == [("alembic_version", "SELECT")]


def test_nobody_but_their_role_has_rights_to_tables(stage):
    query = (
        "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a"
        " WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0"
    )

    assert ask(stage, query) == []


def test_no_role_of_the_program_goes_around_the_walls(stage):
    query = (
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'abtpro%%' AND (rolsuper"
        " OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
    )

    assert ask(stage, query) == []


def test_the_application_owns_nothing_and_belongs_to_nobody(stage):
    owned = (
        "SELECT classid::regclass, objid FROM pg_shdepend"
        " WHERE refobjid = 'abtpro_app'::regrole AND deptype = 'o'"
    )
    member = (
        "SELECT roleid::regrole FROM pg_auth_members"
        " WHERE member = 'abtpro_app'::regrole"
    )

    assert ask(stage, owned) == []
    assert ask(stage, member) == []


def test_no_running_role_makes_anything(stage):
    query = (
        "SELECT r.rolname, what FROM pg_roles r, unnest(ARRAY['CREATE']) what"
        " WHERE r.rolname IN ('abtpro_app', 'abtpro_relay', 'abtpro_operator',"
        " 'abtpro_lookup') AND (has_schema_privilege(r.oid, 'public', what)"
        " OR has_database_privilege(r.oid, current_database(), what))"
    )

    assert ask(stage, query) == []


def test_the_lookup_role_only_reads_what_tenants_own(stage):
    written = [
        (table, right)
        for table in stage.catalogue.owned
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
        if stage.catalogue.may(right, table, role="abtpro_lookup")
    ]

    assert written == []


def test_the_operators_role_reads_no_tenants_people_or_money(stage):
    """It makes, names and suspends tenants: the two tables that say so, no other."""
    readable = [
        table
        for table in stage.catalogue.owned
        if stage.catalogue.may("SELECT", table, role="abtpro_operator")
    ]

    assert readable == ["tenant_hosts", "tenants"]


DEFINERS = """
SELECT p.oid::regprocedure::text, p.proowner::regrole::text,
  p.prorettype = 'trigger'::regtype,
  coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp'],
  has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
ORDER BY 1
"""


def test_ways_in_belong_to_the_lookup_role_with_a_fixed_path(stage):
    """A trigger may be the owner's: forced row security holds for owners too."""
    found = ask(stage, DEFINERS)
    loose = [
        name
        for name, owner, is_trigger, fixed_path, is_public in found
        if not (owner == "abtpro_lookup" or (is_trigger and owner == "abtpro_owner"))
        or not fixed_path
        or is_public
    ]

    assert loose == []
    assert {name.partition("(")[0] for name, *_ in found} >= {
        "find_tenant",
        "find_api_key",
    }


def test_no_view_goes_around_the_policies(stage):
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND (relkind = 'm' OR (relkind = 'v' AND NOT coalesce(reloptions, '{}')"
        " @> ARRAY['security_invoker=true']))"
    )

    assert ask(stage, query) == []
