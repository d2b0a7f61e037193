"""Rows for every table, made from what the catalogue says of its columns and rules."""

from datetime import date, timedelta
from itertools import count

from psycopg import errors, sql

from tests.conftest import NOON

_number = count(1)

BY_TYPE = {
    "uuid": lambda n: f"00000000-0000-7000-8000-{n:012d}",
    "text": lambda n: f"x{n}",
    "integer": lambda _: 1,
    "smallint": lambda _: 1,
    "bigint": lambda _: 1,
    "double precision": lambda _: 1.0,
    "boolean": lambda _: False,
    # Each later than the one before: a start stands before its end.
    "timestamp with time zone": lambda n: NOON + timedelta(seconds=n),
    "date": lambda _: date(2026, 11, 22),
    "jsonb": lambda _: "{}",
    "bytea": lambda n: b"x%d" % n,
    "text[]": lambda _: [],
    "bytea[]": lambda _: [],
}
# What two parents of one row must agree on.
BY_NAME = {"currency": lambda _: "THB"}
# Tried in turn on the columns of a CHECK that a first value broke.
PATTERNS = (
    lambda n: f"x{n}@example.com",
    lambda n: f"X{n}",
    lambda n: f"{n:05d}",
    lambda n: f"{n:08d}",
    lambda n: f"{n:015d}",
    lambda _: "#000000",
)


class CannotFillError(AssertionError):
    """A table has a rule that no value tried here meets: teach PATTERNS one."""


class Rows:
    """Makes one row after another, parents first, over a superuser's connection."""

    def __init__(self, connection, catalogue):
        self._connection = connection
        self._catalogue = catalogue
        self._made = {}

    def of(self, table, tenant_id):
        """Return the tenant's row of ``table``, made at the first call."""
        if (table, tenant_id) not in self._made:
            values = self.fresh(table, tenant_id)
            self._made[table, tenant_id] = self._insert(table, values)
        return self._made[table, tenant_id]

    def fresh(self, table, tenant_id):
        """Return values for another row that every rule of the table allows."""
        values = {
            each.name: BY_NAME.get(each.name, BY_TYPE[each.type])(next(_number))
            for each in self._catalogue.columns(table)
            if each.required
        }
        if table != "tenants" or (table, tenant_id) not in self._made:
            values["tenant_id"] = tenant_id  # another tenant has another id
        for key in self._catalogue.foreign_keys(table):
            if any(column in values for column in key.columns[1:]):
                # A parent of its own: it may have one such child at most.
                parent = self._insert(key.parent, self.fresh(key.parent, tenant_id))
                pairs = zip(key.columns, key.parent_columns, strict=True)
                values |= {column: parent[theirs] for column, theirs in pairs}
        return self._fitting(table, values)

    def _fitting(self, table, values):
        """Change values until no CHECK refuses them, and no partial unique index."""
        rules = {rule.name: rule for rule in self._catalogue.constraints(table, "c")}
        bound = {
            column
            for key in self._catalogue.foreign_keys(table)
            for column in key.columns
        }
        tries = {
            name: self._candidates(table, set(rule.columns) - bound, rule.words)
            for name, rule in rules.items()
        }
        while (broken := self._broken(table, values)) is not None:
            if broken not in rules:
                values[self._switch(table, broken, values)] = False
                continue
            candidate = next(tries[broken], None)
            if candidate is None:
                raise CannotFillError(f"{table}: {rules[broken].definition}")
            values |= candidate
        return values

    def _switch(self, table, index, values):
        """Return the flag that a second row must not have, as ``active``."""
        flag = self._catalogue.index_condition(index)
        if flag is None or flag in values:
            raise CannotFillError(f"{table}: a second row breaks {index}")
        return flag

    def _candidates(self, table, columns, words):
        """Yield values to try for the columns of a CHECK that was broken."""
        types = {each.name: each.type for each in self._catalogue.columns(table)}
        texts = [column for column in sorted(columns) if types[column] == "text"]
        for word in words:
            yield dict.fromkeys(texts, word)
        for pattern in PATTERNS:
            yield {column: pattern(next(_number)) for column in texts}
        # One that may be left out, where a rule asks for one of several.
        for column in sorted(columns - set(texts)):
            yield {column: BY_TYPE[types[column]](next(_number))}

    def _broken(self, table, values):
        try:
            with self._connection.transaction(force_rollback=True):
                self._insert(table, values)
        except (errors.CheckViolation, errors.UniqueViolation) as error:
            return error.diag.constraint_name
        return None

    def _insert(self, table, values):
        """Insert without triggers: a row's own rules are what matters here."""
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")
            cursor = self._connection.execute(
                sql.SQL("{} RETURNING *").format(insertion(table, values)), values
            )
            names = [each.name for each in cursor.description]
            row = dict(zip(names, cursor.fetchone(), strict=True))
            self._connection.execute("SET LOCAL session_replication_role = origin")
        return row


def insertion(table, values):
    """Return the INSERT of ``values`` by their names."""
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
