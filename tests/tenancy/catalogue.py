"""What the database itself says of its tables: asked, never listed."""

import re
from dataclasses import dataclass

APP = "abtpro_app"

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND {} EXISTS (
  SELECT FROM pg_attribute a
  WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
ORDER BY c.relname
"""
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef
FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
CONSTRAINTS = """
SELECT x.conname, x.contype, pg_get_constraintdef(x.oid),
  ARRAY(SELECT a.attname FROM unnest(x.conkey) WITH ORDINALITY k(n, i)
    JOIN pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = k.n ORDER BY i),
  nullif(x.confrelid, 0)::regclass::text,
  ARRAY(SELECT a.attname FROM unnest(x.confkey) WITH ORDINALITY k(n, i)
    JOIN pg_attribute a ON a.attrelid = x.confrelid AND a.attnum = k.n ORDER BY i)
FROM pg_constraint x WHERE x.conrelid = %s::regclass ORDER BY x.conname
"""
UNIQUE_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid, 1, false),
  coalesce(obj_description(x.oid, 'pg_constraint'),
           obj_description(i.indexrelid, 'pg_class'), '')
FROM pg_index i LEFT JOIN pg_constraint x
  ON x.conindid = i.indexrelid AND x.conrelid = i.indrelid
WHERE i.indrelid = %s::regclass AND i.indisunique ORDER BY 1
"""
POLICIES = """
SELECT p.polname,
  ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE r::regrole::text END
    FROM unnest(p.polroles) r),
  p.polcmd::text, pg_get_expr(p.polqual, p.polrelid),
  pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p WHERE p.polrelid = %s::regclass ORDER BY p.polname
"""


@dataclass(frozen=True)
class Column:
    """A column, and whether a row may leave it out."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Constraint:
    """A rule of a table; ``parent`` and ``parent_columns`` are a foreign key's."""

    name: str
    kind: str
    definition: str
    columns: tuple[str, ...]
    parent: str | None
    parent_columns: tuple[str, ...]

    @property
    def words(self):
        """The words that the rule allows, such as those of a state."""
        if "= ANY (ARRAY[" not in self.definition:
            return []
        return re.findall(r"'([^']*)'::text", self.definition)


class Catalogue:
    """Answers about tables, over one connection."""

    def __init__(self, connection):
        self._connection = connection
        self.owned = [name for (name,) in self._all(TABLES.format(""))]
        self.common = [name for (name,) in self._all(TABLES.format("NOT"))]

    def _all(self, query, *values):
        return self._connection.execute(query, values).fetchall()

    def columns(self, table):
        return [
            Column(name, kind, not_null and not has_default)
            for name, kind, not_null, has_default in self._all(COLUMNS, table)
        ]

    def constraints(self, table, kind):
        return [
            Constraint(name, each, rule, tuple(of), parent, tuple(parent_of))
            for name, each, rule, of, parent, parent_of in self._all(CONSTRAINTS, table)
            if each == kind
        ]

    def foreign_keys(self, table):
        """Foreign keys to what a tenant owns, the tenant itself left out."""
        return [
            key
            for key in self.constraints(table, "f")
            if key.parent in self.owned and key.parent != "tenants"
        ]

    def unique_indexes(self, table):
        """(name, first column, comment) of each unique index."""
        return self._all(UNIQUE_INDEXES, table)

    def index_condition(self, index):
        """Return what a partial index asks of its rows, or None."""
        query = (
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index"
            " WHERE indexrelid = %s::regclass"
        )
        return self._all(query, index)[0][0]

    def policies(self, table):
        """(name, roles, command, USING, WITH CHECK) of each policy."""
        return self._all(POLICIES, table)

    def may(self, right, table, column=None, role=APP):
        """Tell whether the application has a right to a table, or to a column."""
        if column is None:
            query = "SELECT has_any_column_privilege(%s, %s, %s)"
            if right in {"DELETE", "TRUNCATE"}:
                query = "SELECT has_table_privilege(%s, %s, %s)"
            return self._all(query, role, table, right)[0][0]
        query = "SELECT has_column_privilege(%s, %s, %s, %s)"
        return self._all(query, role, table, column, right)[0][0]
